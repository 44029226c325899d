import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../test-server.ts';

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

async function metricsOf(api: TestServer): Promise<string[]> {
  return String((await api.send('GET', '/metrics')).body).split('\n');
}

test("upstream's series about requests, admission and the store are there with its labels", async () => {
  await using api = await startTestServer();
  await api.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' } });
  await api.send('GET', '/api/v1/endpoints');
  await api.send(
    'PATCH',
    '/api/v1/namespaces/default/configmaps/a?fieldManager=me',
    { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } },
    { 'content-type': 'application/apply-patch+yaml' },
  );
  const lines = await metricsOf(api);
  const target = 'group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver"';
  for (const wanted of [
    `apiserver_request_sli_duration_seconds_count{verb="POST",${target}} 1`,
    `apiserver_request_total{verb="APPLY",${target},dry_run="",code="200"} 1`,
    'apiserver_requested_deprecated_apis{group="",version="v1",resource="endpoints",subresource="",removed_release=""} 1',
    'apiserver_admission_step_admission_duration_seconds_count{type="admit",operation="CREATE",rejected="false"} 1',
    'etcd_requests_total{operation="create",group="",resource="configmaps"} 1',
  ])
    assert.ok(
      lines.includes(wanted),
      `${wanted}\n${lines.filter((line) => line.startsWith(wanted.slice(0, wanted.indexOf('{')))).join('\n')}`,
    );
});

test('watches are counted while they are open', async () => {
  await using api = await startTestServer();
  const open = async () =>
    (await metricsOf(api))
      .filter((line) => line.startsWith('apiserver_longrunning_requests{'))
      .map((line) => line.at(-1));
  const watch = api.watch('/api/v1/namespaces/default/configmaps?watch=1');
  const first = watch.next();
  await api.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' } });
  await first;
  assert.deepEqual(await open(), ['1']);
  await watch.return?.();
  assert.deepEqual(await open(), ['0']);
});

test("upstream's series about who comes in and what they may do are there", async () => {
  await using api = await startTestServer();
  await api.send('GET', '/api/v1/pods', undefined, {}, { name: 'ann@example.com', groups: [] });
  const lines = await metricsOf(api);
  for (const wanted of [
    'authenticated_user_requests{username="email_id"} 1',
    'authorization_attempts_total{result="denied"} 1',
    'authorization_attempts_total{result="allowed"} 1',
    'authentication_attempts{result="success"} 2',
  ])
    assert.ok(lines.includes(wanted), wanted);
});
