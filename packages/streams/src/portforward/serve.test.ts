import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { SpdyConnection } from '../spdy/connection.ts';
import { servePortForward } from './serve.ts';

function setUp(connect: (port: number) => Promise<Duplex>) {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const clock = fakeClock();
  const done = servePortForward({ socket: far, clock, connect });
  return { client: new SpdyConnection({ socket: near, role: 'client', clock }), done };
}

test('servePortForward() joins a pair of streams to one connection, whichever comes first', async () => {
  const { client, done } = setUp(async (port) => {
    const [near, far] = duplexPair() as [Duplex, Duplex];
    far.write(`port ${port} says `);
    far.pipe(far);
    return near;
  });
  const pair = (kind: string) => client.openStream({ streamtype: kind, port: '8080', requestid: '1' });
  const data = await pair('data');
  const error = await pair('error');
  data.end('hello');
  assert.equal(await text(data), 'port 8080 says hello');
  assert.equal(await text(error), '');
  await client.close();
  await done;
});

test('servePortForward() reports why a port cannot be reached', async () => {
  const { client } = setUp(() => Promise.reject(new Error('connection refused')));
  const headers = { port: '1', requestid: '0' };
  const error = await client.openStream({ ...headers, streamtype: 'error' });
  const data = await client.openStream({ ...headers, streamtype: 'data' });
  assert.equal(await text(error), 'error forwarding port 1 to pod: connection refused');
  assert.equal(await text(data), '');
  client.abort();
});

test('servePortForward() refuses streams without a port', async () => {
  const { client } = setUp(() => Promise.reject(new Error('never')));
  const stream = await client.openStream({ streamtype: 'data' });
  assert.equal(await text(stream), '');
  client.abort();
});
