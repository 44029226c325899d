import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Transport, TransportError, type TransportErrorCode } from '@steersman/client';
import { spreadTransport } from './spread.ts';

/** Answers with its number as the status, or fails. */
function server(status: number, failure?: TransportErrorCode): Transport {
  return {
    async request() {
      if (failure !== undefined) throw new TransportError(failure, 'gone');
      return { status, headers: {}, body: (async function* () {})() };
    },
    async close() {},
  };
}
const send = async (transport: Transport, method: string) =>
  (await transport.request({ method, path: '/', headers: {} })).status;

test('spreadTransport() asks each server in turn', async () => {
  const transport = spreadTransport([server(1), server(2), server(3)]);
  const asked = [];
  for (let request = 0; request < 6; request++) asked.push(await send(transport, 'POST'));
  assert.deepEqual(asked, [2, 3, 1, 2, 3, 1]);
});

test('spreadTransport() repeats elsewhere what a server cannot have seen, and reads', async () => {
  const unreachable = spreadTransport([server(1), server(2, 'ConnectionFailed')]);
  assert.equal(await send(unreachable, 'POST'), 1);
  const lost = () => spreadTransport([server(1), server(2, 'ConnectionLost')]);
  assert.equal(await send(lost(), 'GET'), 1);
  await assert.rejects(send(lost(), 'POST'), { code: 'ConnectionLost' });
});

test('spreadTransport() fails when every server has failed', async () => {
  const transport = spreadTransport([server(1, 'ConnectionFailed'), server(2, 'ConnectionFailed')]);
  await assert.rejects(send(transport, 'GET'), { code: 'ConnectionFailed' });
});

test('spreadTransport() leads a request past a server that is gone, however many others are under way', async () => {
  const transport = spreadTransport([server(1), server(2, 'ConnectionFailed'), server(3)]);
  const statuses = await Promise.all(Array.from({ length: 50 }, () => send(transport, 'POST')));
  assert.deepEqual([...new Set(statuses)].toSorted(), [1, 3]);
});
