import assert from 'node:assert/strict';
import { test } from 'node:test';
import { huffmanDecoded } from '../grpc/huffman.ts';
import { beginningOf } from './first-request.ts';

const frame = (type: number, flags: number, payload: Buffer) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head[8] = type === 1 ? 1 : 0;
  return Buffer.concat([head, payload]);
};
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const settings = frame(4, 0, Buffer.alloc(6));
const acknowledgement = frame(4, 1, Buffer.alloc(0));
const literal = (text: string) => Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
/** :method POST, a path by name, the authority, and something behind it. */
const headers = (authority: Buffer) =>
  frame(1, 4, Buffer.concat([Buffer.of(0x83, 0x44), literal('/a'), Buffer.of(0x41), authority, Buffer.of(0x86)]));

test('huffmanDecoded() reads the examples of RFC 7541', () => {
  assert.equal(huffmanDecoded(Buffer.from('f1e3c2e5f23a6ba0ab90f4ff', 'hex')), 'www.example.com');
  assert.equal(huffmanDecoded(Buffer.from('9d29ad171863c78f0b97c8e9ae82ae43d3', 'hex')), 'https://www.example.com');
  assert.equal(huffmanDecoded(Buffer.from('ffffffff', 'hex')), undefined);
});

test('beginningOf() makes an authority with a scheme harmless, at its length, and takes the acknowledgement away', () => {
  const coded = Buffer.from('9d29ad171863c78f0b97c8e9ae82ae43d3', 'hex');
  const behind = frame(0, 1, Buffer.from('data'));
  for (const authority of [
    literal('https://www.example.com'),
    Buffer.concat([Buffer.of(0x80 | coded.length), coded]),
  ]) {
    const expected = Buffer.concat([PREFACE, settings, headers(literal('https:--www.example.com')), behind]);
    for (const order of [
      [settings, acknowledgement, headers(authority), behind],
      [settings, headers(authority), acknowledgement, behind],
    ])
      assert.deepEqual(beginningOf(Buffer.concat([PREFACE, ...order])), expected);
  }
});

test('beginningOf() waits for the acknowledgement and for a whole request, and leaves a good one as it is', () => {
  const whole = [PREFACE, settings, acknowledgement, headers(literal('host:2379'))];
  const bytes = Buffer.concat(whole);
  for (let length = 0; length < bytes.length; length += 1)
    assert.equal(beginningOf(bytes.subarray(0, length)), undefined, `after ${length} bytes`);
  assert.deepEqual(beginningOf(bytes), Buffer.concat(whole.toSpliced(2, 1)));
  const ping = frame(6, 0, Buffer.alloc(8));
  assert.deepEqual(
    beginningOf(Buffer.concat([PREFACE, settings, acknowledgement, ping])),
    Buffer.concat([PREFACE, settings, ping]),
  );
});
