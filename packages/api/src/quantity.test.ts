import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuantity, Quantity } from './quantity.ts';

const canonical: readonly (readonly [string, string])[] = [
  ['0', '0'],
  ['0Ki', '0'],
  ['1', '1'],
  ['1000', '1k'],
  ['1024', '1024'],
  ['1024Ki', '1Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5', '500m'],
  ['100m', '100m'],
  ['1000m', '1'],
  ['1e3', '1e3'],
  ['12e4', '120e3'],
  ['1E', '1E'],
  ['0.5Ki', '512'],
  ['-1.5', '-1500m'],
  ['+2', '2'],
  ['.5', '500m'],
  ['5.', '5'],
  ['1500Ki', '1500Ki'],
  ['1n', '1n'],
  ['0.1n', '1n'],
  ['1.1Ki', '1126400m'],
  ['100000000000000000000000', '100e21'],
  ['1e30', '1e30'],
  ['10000Ei', '9223372036854775807'],
  ['Gi', '0'],
  ['.', '0'],
  ['-', '0'],
  ['2048Mi', '2Gi'],
  ['1e-3', '1e-3'],
];
test('parseQuantity() writes back the canonical form', () => {
  for (const [text, expected] of canonical) assert.equal(parseQuantity(text).toString(), expected, text);
});
test('parseQuantity() refuses what is no quantity, in the words of upstream', () => {
  const format = { name: 'QuantityError', message: /^quantities must match the regular expression/ };
  for (const text of ['', '1x', '1 Gi', '1.2.3', '1KiB', '0x10', '1e5x', 'abc'])
    assert.throws(() => parseQuantity(text), format, text);
  const suffix = { name: 'QuantityError', message: "unable to parse quantity's suffix" };
  for (const text of ['--1', '1e', '1i', '1K', '1mm', '1Ki5']) assert.throws(() => parseQuantity(text), suffix, text);
});
test('Quantity rounds up to whole units and thousandths', () => {
  assert.equal(parseQuantity('1.0001').value(), 2n);
  assert.equal(parseQuantity('100u').milliValue(), 1n);
  assert.equal(parseQuantity('250m').milliValue(), 250n);
});
test('Quantity adds, subtracts and compares exactly', () => {
  assert.equal(parseQuantity('1Gi').add(parseQuantity('1Gi')).toString(), '2Gi');
  assert.equal(parseQuantity('100m').add(parseQuantity('0.9')).toString(), '1');
  assert.equal(Quantity.of(0).add(parseQuantity('1Ki')).toString(), '1Ki');
  assert.equal(parseQuantity('1').subtract(parseQuantity('1500m')).toString(), '-500m');
  assert.equal(parseQuantity('1Ki').compare(parseQuantity('1k')), 1);
});
