import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../contract.ts';
import { schemaFor } from '../schema/build.ts';
import type { Schema } from '../schema/schema.ts';
import { trackUpdate } from './apply.ts';
import { blankOf } from './blank.ts';
import { compareFields } from './compare.ts';
import { toFieldsV1, union } from './field-set.ts';
import { fieldsOfNew } from './fields-of-new.ts';
import { ownable, UNOWNED_FIELDS } from './managers.ts';

const DEPTH_MAX = 6; // Down to the ports of a container.
const FIELDS_MAX = 3;

/** Any value that fits, with much that is empty, and some nulls. */
function arbitraryValue(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.kind === 'scalar') return fc.constantFrom('b', 'a', null);
  if (depth > DEPTH_MAX) return fc.constant(schema.kind === 'list' ? [] : {});
  const inner = (next: Schema) => arbitraryValue(next, depth + 1);
  if (schema.kind === 'list') return fc.array(inner(schema.element), { maxLength: 2 });
  if (schema.kind === 'map')
    return fc.dictionary(fc.constantFrom('z', 'b', '1'), inner(schema.element), { noNullPrototype: true });
  return fc
    .shuffledSubarray([...schema.fields], { maxLength: Math.min(FIELDS_MAX, schema.fields.length) })
    .chain((fields) =>
      fc.record(Object.fromEntries(fields.map((field) => [field.name, inner(field.schema)])), {
        noNullPrototype: true,
      }),
    );
}

for (const kind of ['Pod', 'Service', 'ConfigMap']) {
  const schema = schemaFor({ group: '', version: 'v1', kind });
  assert.ok(schema !== undefined);
  test(`fieldsOfNew of any ${kind} is what comparing it with a blank one gives, to the byte`, () => {
    fc.assert(
      fc.property(arbitraryValue(schema), (object) => {
        const { added, modified } = compareFields(blankOf(schema), object, schema);
        assert.equal(
          JSON.stringify(fieldsOfNew(object as object, schema, UNOWNED_FIELDS) ?? {}),
          JSON.stringify(toFieldsV1(ownable(union(added, modified)))),
        );
      }),
      { numRuns: 500 },
    );
  });
}

test('trackUpdate records no manager for a new object of which nobody can own anything', () => {
  const schema = schemaFor({ group: '', version: 'v1', kind: 'ConfigMap' });
  assert.ok(schema !== undefined);
  const after: KubeObject = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'one', uid: 'u' } };
  const request = { before: undefined, after, schema, manager: 'm', apiVersion: 'v1', now: '2026-01-01T00:00:00Z' };
  assert.deepEqual(trackUpdate(request), after);
});
