import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { SpdyConnection } from './connection.ts';
import type { SpdyStream } from './stream.ts';

function pairOf(onStream: (stream: SpdyStream) => void) {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const clock = fakeClock();
  const server = new SpdyConnection({ socket: far, role: 'server', clock, onStream });
  const client = new SpdyConnection({ socket: near, role: 'client', clock });
  return { server, client };
}

test('SpdyConnection carries headers and bytes both ways and half-closes', async () => {
  const { client, server } = pairOf((stream) => {
    stream.write(`hello ${stream.headers['streamtype']} `);
    stream.pipe(stream);
  });
  for (const name of ['stdin', 'error']) {
    const stream = await client.openStream({ streamType: name, port: '80' });
    stream.end('and goodbye');
    assert.equal(await text(stream), `hello ${name} and goodbye`);
  }
  await Promise.all([client.close(), server.closed]);
});

test('SpdyConnection moves more than its windows when both sides read', async () => {
  const { client } = pairOf((stream) => stream.pipe(stream));
  const stream = await client.openStream({});
  const payload = Buffer.alloc(1_000_000, 'x');
  stream.end(payload);
  assert.equal((await text(stream)).length, payload.length);
  await client.close();
});

test('SpdyConnection holds a writer back when the reader stands still', async () => {
  let accepted: SpdyStream | undefined;
  const { client } = pairOf((stream) => {
    accepted = stream;
  });
  const stream = await client.openStream({});
  let written = 0;
  const chunk = Buffer.alloc(16_384);
  for (let turn = 0; turn < 2_000; turn++) {
    if (stream.writableNeedDrain) await new Promise((resolve) => setImmediate(resolve));
    else {
      stream.write(chunk);
      written += chunk.length;
    }
  }
  assert.ok(written < 1_000_000, `${written} bytes were accepted although nobody read`);
  assert.ok(accepted !== undefined);
  client.abort();
});

test('SpdyConnection delivers what was sent before a reset, and then the end', async () => {
  let accepted: SpdyStream | undefined;
  const { client } = pairOf((stream) => {
    accepted = stream;
  });
  const stream = await client.openStream({});
  accepted?.write('the outcome');
  await new Promise((resolve) => setImmediate(resolve));
  accepted?.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  stream.write('nobody listens');
  assert.equal(await text(stream), 'the outcome');
  client.abort();
});

test('SpdyConnection sends nothing to a peer that has ended a stream it only read', async () => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const clock = fakeClock();
  const client = new SpdyConnection({ socket: near, role: 'client', clock });
  let accepted: SpdyStream | undefined;
  const server = new SpdyConnection({
    socket: far,
    role: 'server',
    clock,
    onStream: (stream) => {
      accepted = stream;
    },
  });
  const stream = await client.openStream({ streamtype: 'stdout' });
  let sent = 0;
  const write = near.write.bind(near);
  near.write = ((chunk: Buffer) => {
    sent += chunk.length;
    return write(chunk);
  }) as typeof near.write;
  accepted?.end('the last word');
  assert.equal(await text(stream), 'the last word');
  assert.ok(stream.destroyed || stream.readableEnded);
  stream.destroy();
  assert.equal(sent, 0);
  client.abort();
  await server.closed;
});

test('SpdyConnection ends streams when the socket ends', async () => {
  const { client, server } = pairOf((stream) => void stream.write('last words'));
  const stream = await client.openStream({});
  void server.close();
  assert.equal(await text(stream), 'last words');
  await client.close();
});

test('SpdyConnection refuses bytes that are not SPDY', async () => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const server = new SpdyConnection({ socket: far, role: 'server', clock: fakeClock() });
  near.resume();
  near.write(Buffer.from('80020001000000ff', 'hex'));
  await server.closed;
});
