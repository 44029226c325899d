import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaFor } from '../schema/build.ts';
import { decodeCbor, parseCbor } from './decode.ts';
import { encodeCbor } from './encode.ts';

const hex = (value: unknown) =>
  Buffer.from(encodeCbor(value))
    .toString('hex')
    .replace(/^d9d9f7/, '');
const parse = (text: string) => parseCbor(Buffer.from(text, 'hex'));

test('encodeCbor() begins with the tag that says it is CBOR', () => {
  assert.equal(Buffer.from(encodeCbor({})).toString('hex'), 'd9d9f7a0');
});

test('encodeCbor() writes the shortest form of everything, as RFC 8949 appendix A', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-1000, '3903e7'],
    [9223372036854775807n, '1b7fffffffffffffff'],
    [-9223372036854775808n, '3b7fffffffffffffff'],
    [100000.5, 'fa47c35040'],
    [1.1, 'fb3ff199999999999a'],
    [true, 'f5'],
    [null, 'f6'],
    ['IETF', '4449455446'],
    [[1, [2]], '82018102'],
  ];
  for (const [value, expected] of cases) assert.equal(hex(value), expected);
});

test('encodeCbor() orders keys by their encoding and leaves out what is undefined', () => {
  assert.equal(hex({ b: 1, aa: 2, a: 3, none: undefined }), 'a3416103416201426161' + '02');
});

test('parseCbor() reads both kinds of strings, halves, and bytes that are to be shown as base64', () => {
  assert.deepEqual(parse('826161' + '4161'), ['a', 'a']);
  assert.equal(parse('f93e00'), 1.5);
  assert.equal(parse('d643010203'), 'AQID');
  assert.equal(parse('1b7fffffffffffffff'), 9223372036854775807n);
});

test('parseCbor() refuses what Kubernetes does not read', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /unexpected EOF/],
    ['9f01ff', /indefinite/],
    ['a2416101416102', /duplicate map key "a"/],
    ['a10102', /map keys must be strings/],
    ['61ff', /invalid UTF-8/],
    ['1bffffffffffffffff', /out of the range/],
    ['f97e00', /NaN/],
    ['f7', /simple values/],
    ['c000', /tag 0 is not supported/],
    ['0000', /extraneous data/],
    ['9affffffff', /unexpected EOF/],
    [`${'81'.repeat(100)}00`, /max nested level/],
  ];
  for (const [text, expected] of refused) assert.throws(() => parse(text), expected, text);
});

test('parseCbor() makes an own property even of __proto__', () => {
  const value = parseCbor(encodeCbor(JSON.parse('{"__proto__":{"x":1}}'))) as object;
  assert.deepEqual(Object.keys(value), ['__proto__']);
  assert.equal((value as { x?: number }).x, undefined);
});

test('decodeCbor() answers malformed bytes with a bad request, and tells of unknown fields', () => {
  const schema = schemaFor({ group: '', version: 'v1', kind: 'ConfigMap' });
  assert.ok(schema);
  assert.throws(() => decodeCbor(Buffer.from('a1', 'hex'), schema), { name: 'ApiError', code: 400 });
  const map = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c' }, data: { a: 'ü' } };
  assert.deepEqual(decodeCbor(encodeCbor(map), schema).object, map);
  const { problems } = decodeCbor(encodeCbor({ ...map, extra: 1 }), schema, { fieldValidation: 'Warn' });
  assert.deepEqual(problems, ['unknown field "extra"']);
});
