import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { createClient, createFakeApi, createInformers } from '@steersman/client';
import { fakeEffects } from '@steersman/machinery';
import type { PacketFilter, ServicePort } from './contract.ts';
import { startKubeProxy } from './proxy.ts';

/** Remembers what it was given; can be made to lose it, as when somebody flushes the rules. */
function rememberingFilter() {
  const applied: (readonly ServicePort[])[] = [];
  const state = { intact: true, checks: 0 };
  const filter: PacketFilter = {
    async apply(ports) {
      applied.push(ports);
      state.intact = true;
    },
    async check() {
      state.checks += 1;
      return state.intact;
    },
    cleanup: async () => {},
  };
  return { applied, state, filter };
}

async function setUp() {
  const effects = fakeEffects();
  const api = createFakeApi({ effects });
  const client = createClient(api.transport);
  const stop = new AbortController();
  const { filter, applied, state } = rememberingFilter();
  const told: number[] = [];
  await client.resource(Resources.services).create({
    metadata: { name: 'web', namespace: 'ns' },
    spec: { clusterIP: '10.96.0.20', ports: [{ port: 80 }] },
  });
  const proxy = startKubeProxy({
    client,
    informers: createInformers({ client, effects }),
    effects,
    signal: stop.signal,
    nodeName: 'n1',
    filters: [{ family: 'IPv4', filter }],
    forgetUdpFlow: async () => {},
    onPorts: async (ports) => void told.push(ports.length),
  });
  await proxy.ready;
  return { effects, client, applied, state, told, proxy, stop };
}

test('startKubeProxy() applies what is there, then changes in batches', async () => {
  const { applied, client, effects, stop, proxy, told } = await setUp();
  assert.deepEqual(
    applied[0]?.map(({ clusterIP, endpoints }) => [clusterIP, endpoints.length]),
    [['10.96.0.20', 0]],
  );
  for (const name of ['a', 'b']) {
    await client.resource(Resources.endpointSlices).create({
      metadata: { name, namespace: 'ns', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [`10.244.0.${name.charCodeAt(0)}`] }],
      ports: [{ port: 8080 }],
    });
  }
  await effects.clock.advance(1_000);
  assert.equal(applied.at(-1)?.[0]?.endpoints.length, 2);
  assert.ok(told.length >= 2);
  stop.abort();
  await proxy.done;
});

test('startKubeProxy() looks every 30 s whether the rules are still there', async () => {
  const { applied, state, effects, stop, proxy } = await setUp();
  const before = applied.length;
  state.intact = false;
  await effects.clock.advance(31_000);
  assert.ok(applied.length > before);
  assert.equal(state.intact, true);
  assert.ok(state.checks > 0);
  stop.abort();
  await proxy.done;
});
