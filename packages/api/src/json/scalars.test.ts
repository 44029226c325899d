import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';
import { canonicalBase64, canonicalQuantity } from './scalars.ts';
import { canonicalMicroTime, canonicalTime } from './times.ts';

test('canonicalTime() writes UTC in whole seconds and takes the zero time for none', () => {
  assert.equal(canonicalTime('2024-02-29T23:59:59Z'), '2024-02-29T23:59:59Z');
  assert.equal(canonicalTime('2024-03-01T01:30:00.9+02:30'), '2024-02-29T23:00:00Z');
  assert.equal(canonicalTime('0001-01-01T00:00:00Z'), undefined);
  assert.throws(() => canonicalTime('2023-02-29T00:00:00Z'), /day out of range/);
  assert.throws(() => canonicalTime('2023-02-28T24:00:00Z'), /hour out of range/);
  assert.throws(() => canonicalTime('2023-02-28 10:00:00Z'), /cannot parse " 10:00:00Z" as "T"/);
});

test('canonicalMicroTime() writes six decimals', () => {
  assert.equal(canonicalMicroTime('2024-01-01T00:00:00Z'), '2024-01-01T00:00:00.000000Z');
  assert.equal(canonicalMicroTime('2024-01-01T00:00:00.1234567+00:00'), '2024-01-01T00:00:00.123456Z');
});

test('formatDuration() writes durations as Go does and parseDuration() reads them', () => {
  const cases: readonly (readonly [string, bigint])[] = [
    ['0s', 0n],
    ['1ns', 1n],
    ['1.5µs', 1_500n],
    ['250ms', 250_000_000n],
    ['30s', 30_000_000_000n],
    ['1m0s', 60_000_000_000n],
    ['1h2m3.5s', 3_723_500_000_000n],
    ['-2h0m0s', -7_200_000_000_000n],
  ];
  for (const [text, nanoseconds] of cases) {
    assert.equal(formatDuration(nanoseconds), text);
    assert.equal(parseDuration(text), nanoseconds);
  }
  for (const bad of ['', '1', 's', '1h-2m', '1d', '.s'])
    assert.throws(() => parseDuration(bad), /time: invalid duration/);
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
      (value) => parseDuration(formatDuration(value)) === value,
    ),
  );
});

test('canonicalBase64() accepts line breaks, clears unused bits and refuses the rest', () => {
  assert.equal(canonicalBase64('YWJj\nZA=='), 'YWJjZA==');
  assert.equal(canonicalBase64('YWJjZB=='), 'YWJjZA==');
  assert.throws(() => canonicalBase64('YWJj-A=='), /illegal base64 data at input byte 4/);
  assert.throws(() => canonicalBase64('YWJ'), /illegal base64 data/);
});

test('canonicalQuantity() agrees on its quick and its careful way', () => {
  for (const text of ['0', '1', '999m', '128Mi', '1Ki', '999Ti', '10k', '7G'])
    assert.equal(canonicalQuantity(text), text);
  assert.equal(canonicalQuantity('1000m'), '1');
  assert.equal(canonicalQuantity('0Mi'), '0');
  assert.equal(canonicalQuantity(1.5), '1500m');
  assert.throws(() => canonicalQuantity(true), /quantities must match/);
});
