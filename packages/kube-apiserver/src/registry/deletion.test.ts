import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@steersman/api';
import { type DeleteOptions, planDeletion } from './deletion.ts';
import type { ServedResource } from './served-resource.ts';

const NOW = Date.UTC(2026, 0, 1);
const pods = {
  strategy: { validated: true, graceSeconds: (_pod: KubeObject, asked: number | undefined) => asked ?? 30 },
} as unknown as ServedResource;
const maps = { strategy: { validated: true } } as unknown as ServedResource;

function plan(resource: ServedResource, metadata: KubeObject['metadata'], options: DeleteOptions = {}) {
  const result = planDeletion(resource, { kind: 'Thing', metadata: { name: 'a', ...metadata } }, options, NOW);
  return result.kind === 'mark' ? result.object.metadata : result.kind;
}

test('planDeletion removes what has neither grace period nor finalizers', () => {
  assert.equal(plan(maps, {}), 'remove');
  assert.equal(plan(pods, {}, { gracePeriodSeconds: 0 }), 'remove');
});

test('planDeletion marks a graceful deletion in the future and raises the generation', () => {
  assert.deepEqual(plan(pods, { generation: 4 }), {
    name: 'a',
    generation: 5,
    deletionTimestamp: '2026-01-01T00:00:30Z',
    deletionGracePeriodSeconds: 30,
  });
});

test('planDeletion() bounds a grace period that no time can hold', () => {
  for (const gracePeriodSeconds of [2n ** 63n - 1n, Number.MAX_SAFE_INTEGER]) {
    const marked = plan(pods, {}, { gracePeriodSeconds: gracePeriodSeconds as number });
    assert.equal((marked as KubeObject['metadata']).deletionTimestamp, '2318-04-12T23:47:16Z');
  }
});

test('planDeletion lets a second delete only shorten the grace period', () => {
  const marked = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
  assert.equal(plan(pods, marked), 'wait');
  assert.equal(plan(pods, marked, { gracePeriodSeconds: 60 }), 'wait');
  const shorter = { name: 'a', deletionTimestamp: '2026-01-01T00:00:10Z', deletionGracePeriodSeconds: 10 };
  assert.deepEqual(plan(pods, marked, { gracePeriodSeconds: 10 }), shorter);
  assert.equal(plan(pods, marked, { gracePeriodSeconds: 0 }), 'remove');
});

test('planDeletion waits for finalizers, and sets the one that a propagation policy asks for', () => {
  const mark = { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 };
  assert.deepEqual(plan(maps, { finalizers: ['a/b'] }), { ...mark, finalizers: ['a/b'] });
  assert.deepEqual(plan(maps, {}, { propagationPolicy: 'Foreground' }), {
    ...mark,
    finalizers: ['foregroundDeletion'],
  });
  assert.deepEqual(plan(maps, {}, { orphanDependents: true }), { ...mark, finalizers: ['orphan'] });
  assert.equal(plan(maps, { finalizers: ['orphan'] }, { propagationPolicy: 'Background' }), 'remove');
});
