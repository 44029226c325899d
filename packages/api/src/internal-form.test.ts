import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalForm } from './internal-form.ts';

test('internalForm() shows Go names, and every field of a struct', () => {
  assert.deepEqual(internalForm({ type: 'Canary' }, 'k8s.io/api/apps/v1.DeploymentStrategy'), {
    Type: 'Canary',
    RollingUpdate: null,
  });
  assert.deepEqual(internalForm({ kind: 'Role', name: 'x' }, 'k8s.io/api/rbac/v1.RoleRef'), {
    APIGroup: '',
    Kind: 'Role',
    Name: 'x',
  });
});

test('internalForm() leaves types of meta/v1 and plain values alone', () => {
  const spec = { minAvailable: 1, selector: { matchLabels: { a: 'b' } } };
  assert.deepEqual(internalForm(spec, 'k8s.io/api/policy/v1.PodDisruptionBudgetSpec'), {
    MinAvailable: 1,
    Selector: { matchLabels: { a: 'b' } },
    MaxUnavailable: null,
    UnhealthyPodEvictionPolicy: null,
  });
  assert.equal(internalForm(undefined, 'k8s.io/apimachinery/pkg/apis/meta/v1.LabelSelector'), null);
});
