import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEffects } from '@steersman/machinery';
import { callInProcess } from './in-process.ts';
import { servingHandler } from './serving.ts';

async function get(path: string, verified: boolean): Promise<number> {
  const certificate = { verified: true, commonName: 'prometheus', organizations: [], fingerprint: '', notAfter: 0 };
  const peer = { remoteAddress: '127.0.0.1', scheme: 'https' as const, ...(verified ? { certificate } : {}) };
  const answer = await callInProcess(servingHandler(fakeEffects()), peer, { method: 'GET', path, headers: {} });
  return answer.status;
}

test('servingHandler() tells health to everyone and metrics to known clients', async () => {
  assert.deepEqual(
    [
      await get('/healthz', false),
      await get('/metrics', false),
      await get('/metrics', true),
      await get('/secret', true),
    ],
    [200, 401, 200, 404],
  );
});
