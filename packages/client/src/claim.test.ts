import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSelectorMatcher } from '@steersman/api';
import { planClaims } from './claim.ts';

const owner = { metadata: { name: 'web', namespace: 'default', uid: 'w' } };
const selector = labelSelectorMatcher({ matchLabels: { app: 'web' } });
const pod = (name: string, app: string, ownerUid?: string, deletionTimestamp?: string) => ({
  metadata: {
    name,
    labels: { app },
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(ownerUid === undefined
      ? {}
      : {
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: ownerUid, controller: true }],
        }),
  },
});
const names = (objects: readonly { metadata: { name: string } }[]) => objects.map(({ metadata }) => metadata.name);

test('planClaims() keeps, adopts and releases by selector and controller', () => {
  const pods = [
    pod('mine', 'web', 'w'),
    pod('stray', 'web'),
    pod('other', 'web', 'o'),
    pod('left', 'db', 'w'),
    pod('dying', 'web', undefined, '2026-01-01T00:00:00Z'),
  ];
  const plan = planClaims(owner, selector, pods);
  assert.deepEqual([names(plan.owned), names(plan.adopt), names(plan.release)], [['mine'], ['stray'], ['left']]);
});

test('planClaims() of an owner on its way out adopts and releases nothing', () => {
  const dying = { metadata: { ...owner.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const plan = planClaims(dying, selector, [pod('mine', 'web', 'w'), pod('stray', 'web'), pod('left', 'db', 'w')]);
  assert.deepEqual([names(plan.owned), plan.adopt, plan.release], [['mine'], [], []]);
});
