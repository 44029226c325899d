import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type ResponseStream, UNREAD_RESPONSE_MS_MAX } from '@steersman/server';
import type { Exchange } from '../pipeline/exchange.ts';
import { openBody } from './compress.ts';

/** A client that lets the server wait after every write, for as long as it is told to. */
function reluctantClient() {
  const received: Uint8Array[] = [];
  const waits: (number | undefined)[] = [];
  const listeners: (() => void)[] = [];
  let read: () => void = () => undefined;
  const stream = {
    closed: false,
    unsentBytes: 0,
    write: (chunk: Uint8Array) => void received.push(Uint8Array.from(chunk)),
    drained(waitMs?: number) {
      waits.push(waitMs);
      return new Promise<void>((resolve) => {
        read = resolve;
      });
    },
    onClose: (callback: () => void) => void listeners.push(callback),
    end: () => undefined,
    destroy() {
      stream.closed = true;
      for (const listener of listeners) listener();
      read();
    },
  };
  const exchange = {
    request: { method: 'GET', headers: { 'accept-encoding': 'gzip' } },
    response: { stream: () => stream as unknown as ResponseStream },
    warnings: [],
  } as unknown as Exchange;
  return { exchange, stream, received, waits, read: () => read() };
}

/** Bytes that cannot be made smaller. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let index = 0; index < length; index++) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    bytes[index] = state >> 16;
  }
  return bytes;
}

test('openBody compresses whatever its client takes, and leaves nothing behind each time it waits', async (t) => {
  const client = reluctantClient();
  const warnings: string[] = [];
  const warned = ({ message }: Error) => void warnings.push(message);
  process.on('warning', warned);
  t.after(() => process.off('warning', warned));
  const body = openBody(client.exchange, 'application/json', undefined);
  const part = noise(64 * 1024);
  const reading = setInterval(client.read, 1);
  t.after(() => clearInterval(reading));
  const parts = 30;
  for (let sent = 0; sent < parts; sent++) {
    body.write(part);
    await body.drained();
  }
  const ended = new Promise<void>((resolve) => {
    client.stream.end = () => resolve() as undefined;
  });
  body.end();
  await ended;
  assert.deepEqual(gunzipSync(Buffer.concat(client.received)), Buffer.concat(Array(parts).fill(part)));
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
});

test('openBody has a client cut that reads nothing of a compressed body, and waits no more for it', async () => {
  const client = reluctantClient();
  const body = openBody(client.exchange, 'application/json', undefined);
  while (client.waits.length === 0) {
    body.write(noise(64 * 1024));
    await new Promise(setImmediate);
  }
  assert.deepEqual(client.waits, [UNREAD_RESPONSE_MS_MAX]);
  body.write(noise(1024 * 1024));
  const drained = body.drained();
  client.stream.destroy();
  await drained;
  assert.equal(body.closed, true);
});
