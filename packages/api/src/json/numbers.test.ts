import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeCbor,
  decodeEnvelopedObject,
  decodeJson,
  decodeYaml,
  encodeCbor,
  encodeEnvelope,
  schemaFor,
  toYaml,
} from '../index.ts';
import { parseJson } from './numbers.ts';

const LARGE = ['9223372036854775807', '-9223372036854775808', '9007199254740993', '1152921504606846977'];
const schema = schemaFor({ group: '', version: 'v1', kind: 'Pod' });
assert.ok(schema);
const pod = (field: string, value: string, side = 'spec') =>
  `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"},"${side}":{"${field}":${value},"containers":[]}}`;
const deadline = (object: unknown) =>
  (object as { spec: { activeDeadlineSeconds: unknown } }).spec.activeDeadlineSeconds;

for (const digits of LARGE) {
  test(`decodeJson() and every other codec keep the integer ${digits}`, () => {
    const text = pod('activeDeadlineSeconds', digits);
    const { object } = decodeJson(text, schema);
    assert.equal(deadline(object), BigInt(digits));
    assert.match(JSON.stringify(object), new RegExp(`"activeDeadlineSeconds":${digits}[,}]`));
    assert.match(toYaml(object), new RegExp(`activeDeadlineSeconds: ${digits}\n`));
    assert.deepEqual(decodeYaml(toYaml(object), schema).object, object);
    assert.deepEqual(decodeEnvelopedObject(encodeEnvelope(object, schema)), object);
    assert.deepEqual(decodeCbor(encodeCbor(object), schema).object, object);
    assert.deepEqual(structuredClone(object), object);
  });
}

test('parseJson() keeps small integers numbers, and what no int64 can hold as JSON.parse reads it', () => {
  assert.deepEqual(parseJson('[1234567890123456,"1234567890123456789",9223372036854775808,1e30]'), [
    1234567890123456,
    '1234567890123456789',
    2 ** 63,
    1e30,
  ]);
});

test("decodeJson() refuses integers that do not fit, in upstream's words", () => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    [
      'activeDeadlineSeconds',
      '9223372036854775808',
      /cannot unmarshal number .* into Go struct field PodSpec\.spec\.activeDeadlineSeconds of type int64/,
    ],
    ['priority', '4294967296', /number 4294967296 into Go struct field PodSpec\.spec\.priority of type int32/],
    [
      'priority',
      '9007199254740993',
      /number 9007199254740993 into Go struct field PodSpec\.spec\.priority of type int32/,
    ],
    ['priority', '1.0', /cannot unmarshal number 1\.0 into Go struct field PodSpec\.spec\.priority of type int32$/],
    ['priority', '1e3', /cannot unmarshal number 1e3 into Go struct field PodSpec\.spec\.priority of type int32$/],
    ['priority', `1${'0'.repeat(5000)}`, /cannot unmarshal number/],
  ];
  for (const [field, value, message] of refused)
    assert.throws(() => decodeJson(pod(field, value), schema), { code: 400, message });
});

test('decodeYaml() takes 1.0 and 1e3 for integers, as upstream does on its way through JSON', () => {
  const yaml = (value: string) => `kind: Pod\napiVersion: v1\nspec: {priority: ${value}, containers: []}\n`;
  assert.equal((decodeYaml(yaml('1.0'), schema).object as { spec?: { priority?: number } }).spec?.priority, 1);
  assert.equal((decodeYaml(yaml('1e3'), schema).object as { spec?: { priority?: number } }).spec?.priority, 1000);
});

test('decodeJson() takes fractions in strings, quantities and values of any type', () => {
  const text =
    '{"kind":"Pod","apiVersion":"v1","metadata":{"annotations":{"a":",1.5"}},"spec":{"overhead":{"cpu":0.5},"containers":[]}}';
  const { object } = decodeJson(text, schema);
  assert.deepEqual((object as { spec?: { overhead?: unknown } }).spec?.overhead, { cpu: '500m' });
});
