import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { splice } from './splice.ts';

test('splice() passes on everything that was sent before one side went away, to a slow reader too', async () => {
  const received: Buffer[] = [];
  const slow = new Duplex({
    highWaterMark: 1024,
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      received.push(chunk);
      setImmediate(() => setImmediate(callback));
    },
    final(callback) {
      callback();
      this.push(null); // As a peer that hangs up once it has been told that there is no more.
    },
  });
  // A socket without half-open: its own writable side ends as soon as its peer has ended.
  const server = new Duplex({
    allowHalfOpen: false,
    highWaterMark: 1 << 20,
    read() {},
    write: (_chunk, _encoding, done) => done(),
  });
  const sent = Buffer.alloc(300_000, 'x');
  for (let offset = 0; offset < sent.length; offset += 10_000) server.push(sent.subarray(offset, offset + 10_000));
  server.push(null);
  await splice(slow, server);
  assert.equal(Buffer.concat(received).length, sent.length);
  assert.ok(slow.destroyed && server.destroyed);
});

/** Reads to the end without destroying, as `text()` would. */
async function read(stream: Duplex): Promise<string> {
  let all = '';
  stream.on('data', (chunk: Buffer) => {
    all += chunk.toString();
  });
  await once(stream, 'end');
  return all;
}

test('splice() passes a half-close on and goes on in the other direction', async () => {
  const [near, left] = duplexPair() as [Duplex, Duplex];
  const [far, right] = duplexPair() as [Duplex, Duplex];
  const done = splice(left, right);
  near.end('question');
  assert.equal(await read(far), 'question');
  far.end('answer');
  assert.equal(await read(near), 'answer');
  await done;
});

test('splice() ends both sides when one breaks', async () => {
  const [near, left] = duplexPair() as [Duplex, Duplex];
  const [far, right] = duplexPair() as [Duplex, Duplex];
  const done = splice(left, right);
  near.write('half a question');
  left.destroy(new Error('cable cut'));
  far.resume();
  far.once('end', () => far.end());
  await done;
  assert.ok(left.destroyed && right.destroyed);
});
