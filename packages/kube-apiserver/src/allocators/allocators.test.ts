import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import { AddressRangeError, addressRange } from './address-range.ts';
import { addressBands, bandAllocator, nodePortBands } from './band-allocator.ts';

test('addressRange() maps offsets to IPv4 addresses and back, and leaves out network and broadcast', () => {
  const range = addressRange('10.96.0.0/16');
  assert.equal(range.addressAt(1), '10.96.0.1');
  assert.equal(range.addressAt(range.last), '10.96.255.254');
  assert.equal(range.offsetOf('10.96.1.0'), 256);
  assert.equal(range.offsetOf('10.97.0.0'), undefined);
  assert.equal(range.offsetOf('fd00::1'), undefined);
});

test('addressRange() writes IPv6 addresses in their short form', () => {
  const range = addressRange('fd00:10:96::/112');
  assert.equal(range.addressAt(1), 'fd00:10:96::1');
  assert.equal(range.offsetOf('fd00:10:96:0:0:0:0:ff'), 255);
  assert.equal(range.text, 'fd00:10:96::/112');
});

test('addressRange() refuses what is no range', () => {
  for (const bad of ['10.96.0.0', '10.96.0.0/33', '10.96.0.300/16', 'x/8', 'fd00::1::/64'])
    assert.throws(() => addressRange(bad), AddressRangeError, bad);
});

test('addressBands() and nodePortBands() split ranges as KEP-3070 and KEP-3668 say', () => {
  assert.equal(addressBands(65534).lower, 256);
  assert.equal(addressBands(254).lower, 16);
  assert.equal(nodePortBands(30000, 32767).lower, 86);
});

test('bandAllocator() gives numbers of the upper band first, each once, and then the lower band', () => {
  const numbers = bandAllocator({ first: 1, last: 40, lower: 16 }, seededRandom(1));
  const upper = Array.from({ length: 24 }, () => numbers.takeAny() ?? 0);
  assert.ok(upper.every((number) => number > 16));
  assert.equal(new Set(upper).size, 24);
  assert.ok((numbers.takeAny() ?? 99) <= 16);
  assert.equal(numbers.free, 15);
});

test('bandAllocator() refuses a number that is taken or outside, and gives a released one again', () => {
  const numbers = bandAllocator({ first: 1, last: 2, lower: 0 }, seededRandom(1));
  assert.equal(numbers.take(1), true);
  assert.equal(numbers.take(1), false);
  assert.equal(numbers.take(3), false);
  assert.equal(numbers.takeAny(), 2);
  assert.equal(numbers.takeAny(), undefined);
  numbers.release(1);
  assert.equal(numbers.takeAny(), 1);
});
