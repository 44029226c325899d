import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { schemaFor, schemaOfType } from './build.ts';
import { applyDeclaredDefaults, prune } from './defaults.ts';
import { semanticEqual } from './equal.ts';
import { goTypeName, type StructSchema } from './schema.ts';
import { zeroOf } from './zero.ts';

function schema(kind: string, group = '', version = 'v1'): StructSchema {
  const found = schemaFor({ group, version, kind });
  assert.ok(found);
  return found;
}

test('schemaFor() finds registered kinds, and options in every group and version', () => {
  assert.equal(schema('Pod').model, 'io.k8s.api.core.v1.Pod');
  assert.equal(schema('Status').model, 'io.k8s.apimachinery.pkg.apis.meta.v1.Status');
  assert.equal(schema('DeleteOptions', 'apps'), schema('DeleteOptions'));
  assert.equal(schemaFor({ group: '', version: 'v1', kind: 'PodSpec' }), undefined);
  assert.equal(schemaFor({ group: 'nowhere', version: 'v1', kind: 'Pod' }), undefined);
});

test('schemaOfType() gives fields their topology and follows aliases', () => {
  const spec = schemaOfType('k8s.io/api/core/v1.PodSpec');
  assert.ok(spec?.kind === 'struct');
  const containers = spec.byName.get('containers');
  assert.ok(containers?.schema.kind === 'list');
  assert.deepEqual([containers.schema.topology, containers.schema.keys], ['map', ['name']]);
  assert.deepEqual([containers.patchStrategy, containers.patchMergeKey], [['merge'], 'name']);
  assert.equal(goTypeName(containers.schema), '[]v1.Container');
  const alias = schemaOfType('k8s.io/api/admissionregistration/v1beta1.Rule');
  assert.equal(alias, schemaOfType('k8s.io/api/admissionregistration/v1.Rule'));
});

test('schemaOfType() puts the fields of inlined structs in their place', () => {
  const volume = schemaOfType('k8s.io/api/core/v1.Volume');
  assert.ok(volume?.kind === 'struct');
  assert.equal(volume.fields[0]?.name, 'name');
  assert.ok(volume.byName.has('emptyDir'));
  assert.equal(volume.wire[1]?.inline?.name, 'VolumeSource');
});

test('zeroOf() gives what upstream writes for an unset struct', () => {
  assert.deepEqual(zeroOf(schema('Deployment', 'apps')), {
    metadata: {},
    spec: { template: { metadata: {}, spec: { containers: [] } }, strategy: {} },
    status: {},
  });
});

test('applyDeclaredDefaults() fills in what the facts declare, and no more', () => {
  const service = { spec: { ports: [{ port: 80 }, { port: 81, protocol: 'UDP' }] } };
  applyDeclaredDefaults(service, schema('Service'));
  assert.deepEqual(service, {
    spec: {
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 81, protocol: 'UDP' },
      ],
    },
  });
});

test('prune() removes unknown fields at any depth', () => {
  const pod = { foo: 1, metadata: { labels: { any: 'x' }, bar: 2 }, spec: { containers: [{ name: 'a', imag: 'x' }] } };
  prune(pod, schema('Pod'));
  assert.deepEqual(pod, { metadata: { labels: { any: 'x' } }, spec: { containers: [{ name: 'a' }] } });
});

test('semanticEqual() sees no difference between empty, null and absent, nor in the order of keys', () => {
  assert.ok(semanticEqual({ a: 1, b: { c: [] } }, { b: null, a: 1 }));
  assert.ok(semanticEqual([{ a: {} }], [{}]));
  assert.ok(!semanticEqual({ a: 0 }, {}));
  assert.ok(!semanticEqual({ a: '' }, {}));
  assert.ok(!semanticEqual([1, 2], [2, 1]));
  assert.ok(!semanticEqual({ a: [1] }, { a: { 0: 1 } }));
});

test('semanticEqual() is true of any value and its copy, whatever the order of keys', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, reversed(inner)]),
    );
  };
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.ok(semanticEqual(value, reversed(value)))));
});
