import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderDecoder } from './hpack-decoder.ts';
import { HeaderEncoder } from './hpack-encoder.ts';
import { type Field, STATIC_FIELDS } from './hpack-table.ts';
import { huffmanDecoded } from './huffman.ts';

const request = (...more: Field[]): Field[] => [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
  ...more,
];

test('huffmanDecoded() reads the examples of RFC 7541', () => {
  assert.equal(huffmanDecoded(Buffer.from('f1e3c2e5f23a6ba0ab90f4ff', 'hex')), 'www.example.com');
  assert.equal(huffmanDecoded(Buffer.from('9d29ad171863c78f0b97c8e9ae82ae43d3', 'hex')), 'https://www.example.com');
  assert.equal(huffmanDecoded(Buffer.from('ffffffff', 'hex')), undefined);
});

test('STATIC_FIELDS has the 61 fields of RFC 7541', () => {
  assert.equal(STATIC_FIELDS.length, 61);
  assert.deepEqual(STATIC_FIELDS[1], [':method', 'GET']);
  assert.deepEqual(STATIC_FIELDS[15], ['accept-encoding', 'gzip, deflate']);
  assert.deepEqual(STATIC_FIELDS[60], ['www-authenticate', '']);
});

test('HeaderDecoder reads the requests of RFC 7541, plain and in Huffman code', () => {
  const examples = [
    ['828684410f7777772e6578616d706c652e636f6d', '828684be58086e6f2d6361636865'],
    ['828684418cf1e3c2e5f23a6ba0ab90f4ff', '828684be5886a8eb10649cbf'],
  ];
  for (const [first, second] of examples) {
    const decoder = new HeaderDecoder();
    assert.deepEqual(decoder.decode(Buffer.from(first!, 'hex')), request());
    assert.deepEqual(decoder.decode(Buffer.from(second!, 'hex')), request(['cache-control', 'no-cache']));
  }
});

test('HeaderDecoder forgets the oldest fields when its table is full, or is made smaller', () => {
  const decoder = new HeaderDecoder();
  const remember = (name: string, value: string) =>
    Buffer.concat([Buffer.of(0x40, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);
  for (let index = 0; index < 200; index += 1) decoder.decode(remember(`n${index % 10}`, 'v'.repeat(100)));
  assert.deepEqual(decoder.decode(Buffer.of(0xbe)), [['n9', 'v'.repeat(100)]]);
  assert.throws(() => decoder.decode(Buffer.of(0xff, 0x40)), /nothing is at/);
  assert.throws(() => decoder.decode(Buffer.of(0x20, 0xbe)), /nothing is at 62/);
});

test('HeaderDecoder refuses blocks that are cut off, numbers without end and tables that were not allowed', () => {
  for (const block of ['410f7777', '40', 'ffffffffffffffffff7f', '3fe2ffff7f', '80'])
    assert.throws(() => new HeaderDecoder().decode(Buffer.from(block, 'hex')), /header block is broken/, block);
});

test('HeaderEncoder writes fields that come again in a byte each, whatever came in between', () => {
  const [encoder, decoder] = [new HeaderEncoder(), new HeaderDecoder()];
  const long = request(['token', 't'.repeat(300)], ['te', 'trailers']);
  const short = request(['te', 'trailers'], ['grpc-status', '0']);
  for (const fields of [long, short, long, request(['x', '1']), short, long])
    assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
  assert.equal(encoder.encode(long).length, long.length);
  const once: Field[] = [['grpc-message', 'not found']];
  const before = encoder.encode(long);
  assert.deepEqual(decoder.decode(encoder.encodeOnce(once)), once);
  assert.deepEqual(encoder.encode(long), before);
});

test('HeaderEncoder remembers no more than the other side has room for', () => {
  const [encoder, decoder] = [new HeaderEncoder(), new HeaderDecoder()];
  for (let index = 0; index < 300; index += 1) {
    const fields = request(['path', `${index}`.repeat(20)]);
    assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
  }
  encoder.setTableBytes(100);
  for (const fields of [request(), request(['a', 'b'.repeat(90)]), request()])
    assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
});
