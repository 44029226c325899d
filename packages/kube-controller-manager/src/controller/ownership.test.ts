import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, Pod } from '@steersman/api';
import { createExpectations } from '@steersman/client';
import { fakeClock } from '@steersman/machinery';
import { type Owner, observe, ownershipIndexes, ownersOf } from './ownership.ts';

const pod = (name: string, labels: Record<string, string>, owner?: { readonly kind: string; readonly name: string }) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'here',
      labels,
      ...(owner && {
        ownerReferences: [{ ...owner, apiVersion: 'apps/v1', uid: `uid-${owner.name}`, controller: true }],
      }),
    },
    spec: { containers: [] },
  }) satisfies Pod;
const owner = (name: string, matchLabels: Record<string, string>): Owner => ({
  metadata: { name, namespace: 'here' },
  spec: { selector: { matchLabels } },
});
const owners = { list: () => [owner('web', { app: 'web' }), owner('all', {})] };
const web = { kind: 'ReplicaSet', name: 'web' };

test('ownersOf() names the controller of an object, whatever its labels', () => {
  const change = { kind: 'added', object: pod('a', { app: 'other' }, web) } as const;
  assert.deepEqual(ownersOf(change, 'ReplicaSet', owners), ['here/web']);
  assert.deepEqual(ownersOf(change, 'Job', owners), []);
});

test('ownersOf() names every owner that might adopt an object without a controller, unless it is gone', () => {
  const orphan = pod('a', { app: 'web' });
  assert.deepEqual(ownersOf({ kind: 'added', object: orphan }, 'ReplicaSet', owners), ['here/web', 'here/all']);
  assert.deepEqual(ownersOf({ kind: 'deleted', last: orphan }, 'ReplicaSet', owners), []);
});

test('ownersOf() names the owner that an object had before', () => {
  const change = { kind: 'updated', object: pod('a', { app: 'x' }), previous: pod('a', { app: 'x' }, web) } as const;
  assert.deepEqual(ownersOf(change, 'ReplicaSet', owners), ['here/all', 'here/web']);
});

test('observe() tells the expectations what the cache shows of creations and deletions', () => {
  const expectations = createExpectations(fakeClock());
  expectations.expectCreations('here/web', 1);
  observe(expectations, { kind: 'added', object: pod('a', {}, web) }, 'Job');
  assert.equal(expectations.met('here/web'), false);
  observe(expectations, { kind: 'added', object: pod('a', {}, web) }, 'ReplicaSet');
  assert.equal(expectations.met('here/web'), true);
  expectations.expectDeletions('here/web', ['here/a']);
  observe(expectations, { kind: 'deleted', last: pod('a', {}, web) }, 'ReplicaSet');
  assert.equal(expectations.met('here/web'), true);
});

test('ownershipIndexes file an object under its controller, or among the orphans of its namespace', () => {
  const filed = (object: KubeObject) => [ownershipIndexes.controller(object), ownershipIndexes.orphan(object)];
  assert.deepEqual(filed(pod('a', {}, web)), [['uid-web'], []]);
  assert.deepEqual(filed(pod('a', {})), [[], ['here']]);
});
