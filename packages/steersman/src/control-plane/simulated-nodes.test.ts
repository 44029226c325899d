import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callInProcess, type HttpHandler, type Peer } from '@steersman/server';
import { kubeletsHandler } from './simulated-nodes.ts';

const kubelet: HttpHandler = (request, response) => {
  response.send(200, {}, Buffer.from(`${request.method} ${request.path}?${request.query}`));
};
const handler = kubeletsHandler(new Map([['node-1', kubelet]]));
const certificate = (organizations: readonly string[], verified = true): Peer => ({
  remoteAddress: '127.0.0.1',
  scheme: 'https',
  certificate: { verified, commonName: 'client', organizations, fingerprint: '', notAfter: 0 },
});

async function ask(peer: Peer, path: string): Promise<string> {
  const answer = await callInProcess(handler, peer, { method: 'GET', path, headers: {} });
  let text = '';
  for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
  return `${answer.status} ${text}`;
}

test('kubeletsHandler() hands a request to the kubelet that its path names', async () => {
  const server = certificate(['system:masters']);
  assert.equal(
    await ask(server, '/node-1/containerLogs/a/b/c?tailLines=1'),
    '200 GET /containerLogs/a/b/c?tailLines=1',
  );
  assert.match(await ask(server, '/node-2/pods'), /^503 /);
});

test('kubeletsHandler() answers API servers only', async () => {
  const strangers = [certificate(['system:nodes']), certificate(['system:masters'], false)];
  for (const peer of [...strangers, { remoteAddress: '127.0.0.1', scheme: 'https' } as const])
    assert.equal(await ask(peer, '/node-1/pods'), '401 Unauthorized');
});
