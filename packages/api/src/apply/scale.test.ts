import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagedFieldsEntry } from '../generated/meta.ts';
import { ownersAfterScale, scaleOwners } from './scale.ts';

const entry = (
  manager: string,
  operation: string,
  apiVersion: string,
  fields: readonly string[],
  subresource = '',
) => ({
  manager,
  operation,
  apiVersion,
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
  ...(subresource === '' ? {} : { subresource }),
});
const parent: readonly ManagedFieldsEntry[] = [
  entry('applier', 'Apply', 'apps/v1', ['replicas', 'selector']),
  entry('creator', 'Update', 'apps/v1', ['paused']),
];

test('scaleOwners() shows who owns the replicas, and nothing else of theirs', () => {
  assert.deepEqual(scaleOwners(parent), [entry('applier', 'Apply', 'autoscaling/v1', ['replicas'])]);
});

test('ownersAfterScale() changes nothing when the owners of the replicas stay', () => {
  assert.deepEqual(ownersAfterScale(parent, scaleOwners(parent), 'apps/v1'), parent);
});

test('ownersAfterScale() takes the replicas from who lost them, and gives them by an entry of the subresource', () => {
  const scale = [entry('scaler', 'Update', 'autoscaling/v1', ['replicas'], 'scale')];
  assert.deepEqual(ownersAfterScale(parent, scale, 'apps/v1'), [
    entry('applier', 'Apply', 'apps/v1', ['selector']),
    entry('creator', 'Update', 'apps/v1', ['paused']),
    entry('scaler', 'Update', 'apps/v1', ['replicas'], 'scale'),
  ]);
});

test('ownersAfterScale() forgets who owned nothing but the replicas', () => {
  const only = [entry('one', 'Update', 'apps/v1', ['replicas'])];
  assert.deepEqual(ownersAfterScale(only, [], 'apps/v1'), []);
});
