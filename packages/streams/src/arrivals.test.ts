import assert from 'node:assert/strict';
import { Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { arrivals } from './arrivals.ts';

const ofText = async (chunks: AsyncIterable<Buffer>): Promise<string> => {
  let all = '';
  for await (const chunk of chunks) all += chunk.toString();
  return all;
};

test('arrivals() gives what has arrived although a failing write has destroyed the stream', async () => {
  const socket = new Duplex({
    read() {},
    write: (_chunk, _encoding, callback) => callback(new Error('write EPIPE')),
  });
  const chunks: string[] = [];
  socket.push('the last ');
  const reading = (async () => {
    for await (const chunk of arrivals(socket)) {
      chunks.push(chunk.toString());
      if (chunks.length === 1) {
        socket.push('word');
        socket.write('more input');
        await new Promise((resolve) => socket.once('close', resolve));
      }
    }
  })();
  await assert.rejects(reading, /EPIPE/);
  assert.equal(chunks.join(''), 'the last word');
});

test('arrivals() ends with its stream, and makes the sender wait while nobody takes what it gives', async () => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const reader = arrivals(far);
  near.write('first');
  assert.equal(String((await reader.next()).value), 'first');
  let sent = 0;
  while (sent < 100 && near.write(Buffer.alloc(65_536, 'x'))) {
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(sent < 100, 'the sender was held up');
  near.end();
  assert.ok((await ofText(reader)).length >= sent * 65_536);
  assert.equal(far.destroyed, false);
});
