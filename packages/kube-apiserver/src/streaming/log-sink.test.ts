import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { isForbidden } from '@steersman/api';
import type { StreamRequest } from '../streaming-contract.ts';
import { openLogSink } from './log-sink.ts';

/** A request for a WebSocket with this subprotocol, and the client's end of its connection. */
function upgrading(protocol: string): { readonly request: StreamRequest; readonly client: Duplex } {
  const [client, socket] = duplexPair();
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocol === '' ? {} : { 'sec-websocket-protocol': protocol }),
  };
  const http = { method: 'GET', headers };
  return { request: { http, upgrade: { socket, head: new Uint8Array() } } as unknown as StreamRequest, client };
}

/** The frame that closes: everything went well. */
const CLOSE = [0x88, 0x02, 0x03, 0xe8];

/** What the client has received after the head of the answer, and that head. */
async function received(client: Duplex): Promise<{ readonly head: string; readonly frames: Buffer }> {
  let bytes = Buffer.of();
  for await (const chunk of client) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (bytes.includes(Buffer.from(CLOSE))) break;
  }
  const end = bytes.indexOf('\r\n\r\n') + 4;
  return { head: bytes.subarray(0, end).toString(), frames: bytes.subarray(end) };
}

test('openLogSink sends an empty message, then bytes, over a WebSocket', async () => {
  const { request, client } = upgrading('binary.k8s.io');
  const sink = await openLogSink(request);
  await sink.write(Buffer.from('hi\n'));
  sink.end();
  const { head, frames } = await received(client);
  assert.match(head, /^HTTP\/1\.1 101 /);
  assert.match(head, /Sec-WebSocket-Protocol: binary\.k8s\.io/);
  assert.deepEqual([...frames], [0x82, 0, 0x82, 3, ...Buffer.from('hi\n'), ...CLOSE]);
});

test('openLogSink sends base64 text where that subprotocol is asked for', async () => {
  const { request, client } = upgrading('unknown, base64.binary.k8s.io');
  const sink = await openLogSink(request);
  await sink.write(Buffer.from('hi\n'));
  sink.end();
  const { frames } = await received(client);
  assert.deepEqual([...frames], [0x81, 0, 0x81, 4, ...Buffer.from('aGkK'), ...CLOSE]);
});

test('openLogSink refuses subprotocols that it does not know', async () => {
  await assert.rejects(openLogSink(upgrading('channel.k8s.io').request), isForbidden);
});
