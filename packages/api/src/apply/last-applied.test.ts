import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigMap } from '../generated/core.ts';
import { schemaFor } from '../schema/build.ts';
import type { StructSchema } from '../schema/schema.ts';
import { applyServerSide, trackUpdate } from './apply.ts';
import { LAST_APPLIED_ANNOTATION } from './last-applied.ts';

const schema = schemaFor({ group: '', version: 'v1', kind: 'ConfigMap' }) as StructSchema;
const now = '2024-01-01T00:00:00Z';
const applied = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data });

/** As kubectl apply leaves an object; `live` is what became of the data since, by the same manager. */
function clientApplied(data: object, live = data): ConfigMap {
  const metadata = { name: 'a', annotations: { [LAST_APPLIED_ANNOTATION]: JSON.stringify(applied(data)) } };
  const after = { ...applied(live), metadata } as ConfigMap;
  return trackUpdate({ before: undefined, after, schema, manager: 'kubectl-client-side-apply', apiVersion: 'v1', now });
}
const apply = (live: ConfigMap, data: object, manager: string) =>
  applyServerSide({ live, applied: applied(data), schema, force: false, manager, apiVersion: 'v1', now });

test('applyServerSide() lets kubectl change what kubectl applied from the client, and keeps the annotation up to date', () => {
  const made = apply(clientApplied({ key: '1' }), { key: '2' }, 'kubectl');
  assert.deepEqual(made.data, { key: '2' });
  const remembered = JSON.parse(made.metadata.annotations?.[LAST_APPLIED_ANNOTATION] ?? '') as ConfigMap;
  assert.deepEqual(remembered, applied({ key: '2' }));
});

test('applyServerSide() refuses that to other managers, and to kubectl for values that others changed since', () => {
  assert.throws(
    () => apply(clientApplied({ key: '1' }), { key: '2' }, 'other'),
    /conflict with "kubectl-client-side-apply"/,
  );
  assert.throws(() => apply(clientApplied({ key: '1' }, { key: 'changed' }), { key: '2' }, 'kubectl'), /\.data\.key/);
});
