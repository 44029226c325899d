import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceTable } from '@steersman/api';
import { featureGatesOf } from '@steersman/server';
import { enabledBy } from './runtime-config.ts';

function on(switches: Record<string, string>, resource: string, gates: Record<string, string> = {}): boolean {
  const row = resourceTable.find(({ group, version, plural }) => `${group}/${version}/${plural}` === resource)!;
  return enabledBy(new Map(Object.entries(switches)), featureGatesOf(new Map(Object.entries(gates))))(row);
}

test('enabledBy lets the narrower switch win: resource, version, stage, all', () => {
  const vac = 'storage.k8s.io/v1beta1/volumeattributesclasses';
  assert.equal(on({}, vac), false);
  assert.equal(on({ 'api/beta': 'true' }, vac), true);
  assert.equal(on({ 'api/all': 'true', 'api/beta': 'false' }, vac), false);
  assert.equal(on({ 'api/beta': 'false', 'storage.k8s.io/v1beta1': '' }, vac), true);
  assert.equal(on({ 'storage.k8s.io/v1beta1': 'true', [vac]: 'false' }, vac), false);
  assert.equal(on({ 'api/all': 'false', 'api/v1': 'true' }, '/v1/pods'), true);
});

test('enabledBy asks the feature gate of a resource too', () => {
  const bundles = 'certificates.k8s.io/v1beta1/clustertrustbundles';
  assert.equal(on({ 'api/beta': 'true' }, bundles), false);
  assert.equal(on({ 'api/beta': 'true' }, bundles, { ClusterTrustBundle: 'true' }), true);
});

test('enabledBy refuses switches that make no sense', () => {
  const refused = (switches: Record<string, string>) => {
    assert.throws(() => on(switches, '/v1/pods'), { name: 'ConfigurationError' });
    try {
      on(switches, '/v1/pods');
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  assert.equal(refused({ 'api/all': 'false' }), 'invalid runtime-config with only api/all=false');
  assert.equal(refused({ pods: 'true' }), 'runtime-config invalid key pods');
  assert.equal(refused({ 'b.io/v1': 'true', 'a.io/v1': 'true' }), 'unknown api groups a.io/v1,b.io/v1');
  assert.equal(refused({ 'apps/v9': 'true' }), 'group version apps/v9 that has not been registered');
  assert.equal(refused({ 'api/beta': 'yes' }), 'invalid value api/beta=yes');
  assert.match(refused({ 'apps/v1/Deployments': 'false' }), /resource is always lowercase plural, not "Deployments"/);
});
