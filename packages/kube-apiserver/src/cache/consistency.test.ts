import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const CHECK_MS = 300_000;

async function checks(api: Awaited<ReturnType<typeof startTestServer>>): Promise<Map<string, number>> {
  const text = String((await api.send<string>('GET', '/metrics')).body);
  const found = [...text.matchAll(/consistency_checks_total\{group="",resource="configmaps",status="(\w+)"\} (\d+)/g)];
  return new Map(found.map(([, status = '', count]) => [status, Number(count)]));
}

test('keepChecking() finds the cache equal to the store and says so in a metric', async () => {
  await using api = await startTestServer();
  for (const name of ['a', 'b']) assert.equal((await api.send('POST', MAPS, configMap(name))).status, 201);
  await api.effects.clock.advance(CHECK_MS + 10);
  assert.deepEqual(await checks(api), new Map([['success', 1]]));
});

test('keepChecking() finds what the watch has missed, and the cache is read again', async () => {
  const base = await startTestServer();
  const { storage } = base;
  let deaf = false;
  const lossy = {
    ...storage,
    watch: ((request, handler) =>
      storage.watch(request, (batch) => handler(deaf ? { ...batch, events: [] } : batch))) as typeof storage.watch,
  };
  await using api = await startTestServer({ storage: lossy, effects: base.effects });
  deaf = true;
  assert.equal((await base.send('POST', MAPS, configMap('missed'))).status, 201);
  const names = async () =>
    (await api.send<{ items: KubeObject[] }>('GET', MAPS)).body.items.map(({ metadata }) => metadata.name);
  assert.deepEqual(await names(), []);
  deaf = false;
  await base.effects.clock.advance(CHECK_MS + 10);
  assert.deepEqual(
    await checks(api),
    new Map([
      ['success', 1],
      ['failure', 1],
    ]),
  );
  assert.deepEqual(await names(), ['missed']);
  await base[Symbol.asyncDispose]();
});
