import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, seededRandom } from '@steersman/machinery';
import { runtimeConformance } from '../conformance.suite.ts';
import { createAddressPool } from './addresses.ts';
import { createSimulatedRuntime } from './simulated.ts';

runtimeConformance('simulated', async () => {
  const clock = fakeClock();
  return {
    runtime: createSimulatedRuntime({ clock, random: seededRandom(1), podCidr: '10.244.1.0/24' }),
    image: 'busybox',
    logDirectory: '/logs',
    cgroupParent: '/test',
    until: async (what, holds) => {
      await clock.advance(1000);
      assert.equal(await holds(), true, what);
    },
  };
});

test('createAddressPool() hands out the range once and reuses what comes back', () => {
  const pool = createAddressPool('10.244.1.0/29');
  const taken = Array.from({ length: 5 }, () => pool.take());
  assert.deepEqual(taken, ['10.244.1.2', '10.244.1.3', '10.244.1.4', '10.244.1.5', '10.244.1.6']);
  assert.equal(pool.take(), undefined);
  pool.give('10.244.1.4');
  assert.equal(pool.take(), '10.244.1.4');
});

test('createSimulatedRuntime() has no network until it knows a pod range', async () => {
  const runtime = createSimulatedRuntime({ clock: fakeClock(), random: seededRandom(1) });
  const network = async () => (await runtime.status()).conditions.find(({ type }) => type === 'NetworkReady')?.status;
  assert.equal(await network(), false);
  await runtime.setPodCidrs(['10.244.3.0/24']);
  assert.equal(await network(), true);
});
