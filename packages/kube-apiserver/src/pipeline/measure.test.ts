import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../test-server.ts';

test('requests for what does not exist share one series, however many they are', async () => {
  await using api = await startTestServer();
  const series = async () => {
    const text = String((await api.send('GET', '/metrics')).body);
    return text.split('\n').filter((line) => line.startsWith('apiserver_request_total{')).length;
  };
  await api.send('GET', '/api/v1/nothing');
  await api.send('GET', '/api/v1/pods');
  await api.send('GET', '/api/v1/namespaces/default/pods/p/nothing');
  await series();
  const before = await series();
  for (let at = 0; at < 50; at += 1) {
    await api.send('GET', `/api/v1/nothing${at}`, undefined, { 'user-agent': `agent ${at}` });
    await api.send('GET', `/apis/group${at}/v1/nothing`);
    await api.send('GET', `/api/v1/namespaces/default/pods/p/sub${at}`);
  }
  assert.ok((await series()) <= before + 1);
});
