import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCidrSet } from './cidr-set.ts';

test('createCidrSet() gives each block once, skips what is occupied and takes back what is released', () => {
  const set = createCidrSet('10.244.0.0/22', 24);
  set.occupy('10.244.1.0/24');
  assert.deepEqual(
    [set.allocate(), set.allocate(), set.allocate(), set.allocate()],
    ['10.244.0.0/24', '10.244.2.0/24', '10.244.3.0/24', undefined],
  );
  set.release('10.244.2.0/24');
  set.release('192.168.0.0/24');
  assert.equal(set.allocate(), '10.244.2.0/24');
});

test('createCidrSet() writes IPv6 blocks in the short form', () => {
  const set = createCidrSet('fd00:10:244::/48', 64);
  assert.deepEqual([set.allocate(), set.allocate()], ['fd00:10:244::/64', 'fd00:10:244:1::/64']);
});

test('createCidrSet() refuses blocks larger than the range', () => {
  assert.throws(() => createCidrSet('10.244.0.0/24', 16), /no blocks of size/);
  assert.throws(() => createCidrSet('pods', 24), /is not a CIDR/);
});
