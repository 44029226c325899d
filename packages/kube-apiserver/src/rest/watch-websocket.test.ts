import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import type { HttpRequest } from '@steersman/server';
import { WebSocket } from 'ws';
import type { ApiServerOptions } from '../server-options.ts';
import { startTestServer, type TestServer } from '../test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const everyone: Partial<ApiServerOptions> = {
  authenticators: [{ name: 'everyone', authenticate: async () => ({ name: 'admin', groups: ['system:masters'] }) }],
};

/** A WebSocket client of the server, over a pair of streams: no port is opened. */
async function connected(api: TestServer, path: string, accept: string) {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const server = createServer();
  const upgraded = once(server, 'upgrade') as Promise<[IncomingMessage, Duplex, Buffer]>;
  server.emit('connection', far);
  // The pair of streams never reports a close of its own: without a short wait the client's timer outlives the test.
  const options = { createConnection: () => near as never, closeTimeout: 10, headers: { accept } };
  const client = new WebSocket(`ws://test${path}`, ['example.com'], options);
  const [message, socket, head] = await upgraded;
  const url = new URL(message.url ?? '', 'http://test');
  const request: HttpRequest = {
    method: 'GET',
    path: url.pathname,
    query: url.search.slice(1),
    headers: message.headers as Record<string, string>,
    headerValues: (name) => [String(message.headers[name] ?? '')],
    peer: { remoteAddress: '127.0.0.1', scheme: 'https' },
    signal: new AbortController().signal,
    body: async () => new Uint8Array(0),
    async *bodyStream() {},
  };
  const unused = () => assert.fail('answered without the WebSocket');
  const response = { started: false, status: 0, setHeader() {}, send: unused, stream: unused };
  const messages = on(client, 'message') as AsyncIterator<[Buffer, boolean]>;
  await api.server.handler(request, response, { socket, head });
  const end = () => {
    near.destroy();
    far.destroy();
  };
  const next = async () => (await messages.next()).value as [Buffer, boolean];
  return { client, next, end };
}

test('webSocketStream() sends each event of a watch as a text message', async () => {
  await using api = await startTestServer(everyone);
  for (const name of ['one', 'two']) await api.send('POST', MAPS, { metadata: { name } });
  const { client, next, end } = await connected(api, `${MAPS}?watch=true`, 'application/json');
  const seen: string[] = [];
  const read = async () => {
    const [data, isBinary] = await next();
    assert.equal(isBinary, false);
    assert.match(data.toString(), /\}\n$/);
    const { type, object } = JSON.parse(data.toString()) as { type: string; object: { metadata: { name: string } } };
    seen.push(`${type} ${object.metadata.name}`);
  };
  await read();
  await read();
  await api.send('DELETE', `${MAPS}/one`);
  await read();
  assert.deepEqual(seen, ['ADDED one', 'ADDED two', 'DELETED one']);
  assert.equal(client.protocol, 'example.com');
  end();
});

test('webSocketStream() sends events in protobuf as binary messages, and closes when the watch ends', async () => {
  await using api = await startTestServer(everyone);
  await api.send('POST', MAPS, { metadata: { name: 'one' } });
  const path = `${MAPS}?watch=true&timeoutSeconds=1`;
  const { client, next, end } = await connected(api, path, 'application/vnd.kubernetes.protobuf');
  const [data, isBinary] = await next();
  assert.equal(isBinary, true);
  assert.match(data.toString('latin1'), /ADDED.*k8s\0/s);
  const closed = once(client, 'close');
  await api.effects.clock.advance(1000);
  const [code] = await closed;
  assert.equal(code, 1000);
  end();
});
