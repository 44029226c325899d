import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMicroTime, formatTime, humanDuration, parseTime } from './time.ts';

test('formatTime() and formatMicroTime() write RFC 3339 in UTC and parseTime() reads it', () => {
  assert.equal(formatTime(1_700_000_000_999), '2023-11-14T22:13:20Z');
  assert.equal(formatMicroTime(1_700_000_000_999), '2023-11-14T22:13:20.999000Z');
  assert.equal(parseTime('2023-11-14T23:13:20+01:00'), 1_700_000_000_000);
  assert.equal(parseTime('2023-11-14T22:13:20.5Z'), 1_700_000_000_500);
  assert.ok(Number.isNaN(parseTime('yesterday')));
});
test('humanDuration() prints ages as kubectl does', () => {
  const second = 1000;
  const hour = 3600 * second;
  const cases: readonly (readonly [number, string])[] = [
    [-5 * second, '<invalid>'],
    [-1500, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [120 * second, '2m'],
    [185 * second, '3m5s'],
    [600 * second, '10m'],
    [179 * 60 * second, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 60 * second, '3h1m'],
    [9 * hour, '9h'],
    [47 * hour, '47h'],
    [49 * hour, '2d1h'],
    [8 * 24 * hour, '8d'],
    [400 * 24 * hour, '400d'],
    [3 * 365 * 24 * hour, '3y'],
    [(3 * 365 + 2) * 24 * hour, '3y2d'],
    [9 * 365 * 24 * hour, '9y'],
  ];
  for (const [ms, expected] of cases) assert.equal(humanDuration(ms), expected, String(ms));
});
