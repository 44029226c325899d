import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import { createJsonReader, type WebAssemblyApi } from './json-reader.ts';
import { JSON_BYTES_MAX, SLOTS_MAX } from './json-reader-code.ts';
import { endOfNested, parsedValue, type ReadValue, readSparse, wantedFields } from './sparse-json.ts';
import { textPool } from './text-pool.ts';

const TEXTS = ['}', '{', '"', '\\', '\\"', 'ü', '\n', '🦀', '"}', ',"spec":{', 'plain', '', 'a:b', 'x'.repeat(100)];
const NAMES = ['metadata', 'spec', 'labels', 'name', 'phase', 'f:spec', 'ü'];
const PATHS = ['metadata.labels', 'metadata.name', 'spec.name', 'spec.spec.phase', 'phase', 'labels'];

function randomJson(random: { integer(below: number): number }, depth: number): unknown {
  const kind = random.integer(depth > 4 ? 5 : 9);
  if (kind < 2) return TEXTS[random.integer(TEXTS.length)];
  if (kind === 2) return [0, -1.5, 1e21, 42][random.integer(4)];
  if (kind === 3) return [true, false, null][random.integer(3)];
  if (kind === 4) return Array.from({ length: random.integer(3) }, () => randomJson(random, depth + 1));
  const names = Array.from({ length: random.integer(5) }, () => NAMES[random.integer(NAMES.length)]!);
  return Object.fromEntries(names.map((name) => [name, randomJson(random, depth + 1)]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is left of a value when only the given paths below it are kept. */
function kept(value: Record<string, unknown>, paths: readonly string[]): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    if (paths.includes(name)) return [[name, inner]];
    const below = paths.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1));
    if (below.length === 0) return [];
    return [[name, isObject(inner) ? kept(inner, below) : inner]];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

const wantedOf = (read: ReadValue) => wantedFields(new Map(PATHS.map((path) => [path, read])));
const WAYS = [wantedOf(parsedValue), wantedOf(textPool()())];

test('readSparse() finds the same as JSON.parse(), whatever the object and its texts hold', () => {
  const random = seededRandom(11);
  for (let round = 0; round < 3000; round++) {
    const object = {
      ...(randomJson(random, 0) as object),
      metadata: randomJson(random, 1),
      spec: randomJson(random, 1),
    };
    const json = JSON.stringify(object);
    const expected = kept(JSON.parse(json) as Record<string, unknown>, PATHS);
    for (const wanted of WAYS) assert.deepEqual(readSparse(Buffer.from(json), wanted), expected, json);
  }
});

test('readSparse() passes over texts, escapes and brackets wherever they lie', () => {
  const wanted = wantedFields(new Map([['after', parsedValue]]));
  for (const part of ['{', '}', '[', ']', '"', '\\', '{"', '"}', '\\"', '\\\\"}', ']]]]', '"{"{"'])
    for (let length = 0; length <= 34; length++) {
      const filling = 'x'.repeat(length);
      const before = [filling, { [filling]: [[], {}, part] }, part + filling, filling + part, [[[[{ a: [[]] }]]]]];
      const json = JSON.stringify({ before, after: length });
      assert.deepEqual(readSparse(Buffer.from(json), wanted), { after: length }, json);
    }
});

test('readSparse() refuses a field that comes twice, and what is longer than it has room for', () => {
  const wanted = wantedFields(new Map([['a.b', parsedValue]]));
  for (const json of ['{"a":1,"a":2}', '{"a":{"b":1,"b":2}}', '{"a":{"b":1},"a":{}}'])
    assert.equal(readSparse(Buffer.from(json), wanted), undefined, json);
  const long = (length: number) => Buffer.from(JSON.stringify({ filling: 'x'.repeat(length), a: { b: 1 } }));
  const bytes = long(0).length;
  assert.deepEqual(readSparse(long(JSON_BYTES_MAX - bytes), wanted), { a: { b: 1 } });
  assert.equal(readSparse(long(JSON_BYTES_MAX - bytes + 1), wanted), undefined);
});

test('readSparse() refuses everything when more is wanted than it can look for', () => {
  const wantedOfMany = (count: number, length = 3) =>
    wantedFields(
      new Map(Array.from({ length: count }, (_, index) => [String(index).padStart(length, 'x'), parsedValue])),
    );
  const json = Buffer.from('{"xx7":1}');
  assert.deepEqual(readSparse(json, wantedOfMany(SLOTS_MAX)), { xx7: 1 });
  for (const many of [wantedOfMany(SLOTS_MAX + 1), wantedOfMany(1, 256), wantedOfMany(30, 200)])
    assert.equal(readSparse(json, many), undefined);
});

test('createJsonReader() reads nothing where there is no WebAssembly, or no room for it', () => {
  class Unable {
    constructor() {
      throw new RangeError('could not allocate memory');
    }
  }
  const { plan } = wantedFields(new Map([['a', parsedValue]]));
  for (const api of [undefined, { Module: Unable, Instance: Unable } as unknown as WebAssemblyApi])
    assert.equal(createJsonReader(api).read(Buffer.from('{"a":1}'), plan!), false);
});

test('readSparse() refuses what is cut off', () => {
  const bytes = Buffer.from(
    '{"metadata":{"name":"a\\"b","labels":{"a":"b"}},"other":[{"a":1},"]"],"spec":{"name":true}}',
  );
  for (const wanted of WAYS) {
    assert.ok(readSparse(bytes, wanted));
    for (let length = 0; length < bytes.length; length++)
      assert.equal(readSparse(bytes.subarray(0, length), wanted), undefined, `${length} bytes`);
  }
});

test('readSparse() refuses blanks, escaped names and what follows an object', () => {
  for (const json of ['{"a": 1, "b":2}', ' {}', '{"\\u0073pec":{}}', '{} ', '{}{}', '[]', '{"a":}', '{"a":1,}', '{,}'])
    assert.equal(readSparse(Buffer.from(json), WAYS[0]!), undefined, json);
});

test('textPool() makes equal short texts one value', () => {
  const read = textPool()();
  const bytes = Buffer.from('"node-1""node-1""node-2"');
  const texts = [0, 8, 16].map((start) => read(bytes, start, start + 8));
  assert.deepEqual(texts, ['node-1', 'node-1', 'node-2']);
});

test('textPool() tells texts apart that follow one another in a field, whatever they hold', () => {
  const read = textPool()();
  const random = seededRandom(5);
  const texts = [...TEXTS, 'plaim', 'plain2', '\u0001', '"plain"', ' plain'];
  for (let round = 0; round < 1000; round++) {
    const text = texts[random.integer(texts.length)]!;
    const bytes = Buffer.from(`x${JSON.stringify(text)}x`);
    assert.equal(read(bytes, 1, bytes.length - 1), text);
  }
});

test('endOfNested() finds the end of any JSON object, whatever its texts hold', () => {
  const random = seededRandom(7);
  for (let round = 0; round < 500; round++) {
    const json = JSON.stringify({ a: randomJson(random, 0), b: randomJson(random, 0) });
    const bytes = Buffer.from(`x${json},"spec":{"a":"}"}}`);
    assert.equal(endOfNested(bytes, 1), 1 + Buffer.byteLength(json), json);
  }
});
