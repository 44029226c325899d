import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { createLeases } from './leases.ts';

function granting() {
  const clock = fakeClock();
  const granted: number[] = [];
  const leases = createLeases(clock, async (seconds) => String(granted.push(seconds)));
  return { clock, granted, leases };
}

test('createLeases() shares one lease among keys of one time to live, for a small part of that time', async () => {
  const { clock, granted, leases } = granting();
  const ids = await Promise.all([leases.leaseFor(3600), leases.leaseFor(3600), leases.leaseFor(100)]);
  assert.deepEqual(ids, ['1', '1', '2']);
  assert.deepEqual(granted, [3660, 105]);
  await clock.advance(59_000);
  assert.equal(await leases.leaseFor(3600), '1');
  await clock.advance(2_000);
  assert.equal(await leases.leaseFor(3600), '3', 'the first would end too early for it');
});

test('createLeases() hangs at most 1000 keys on one lease and none on one that is gone', async () => {
  const { granted, leases } = granting();
  for (let key = 0; key < 1001; key += 1) await leases.leaseFor(3600);
  assert.equal(granted.length, 2);
  leases.forget('2');
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(await leases.leaseFor(3600), '3');
});
