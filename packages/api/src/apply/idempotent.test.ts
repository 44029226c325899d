import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../contract.ts';
import { schemaFor } from '../schema/build.ts';
import type { Schema, StructSchema } from '../schema/schema.ts';
import { applyServerSide, type FieldManager } from './apply.ts';
import { decodePartial } from './partial.ts';

const DEPTH_MAX = 6; // Down to the ports of a container.
const word = fc.constantFrom('a', 'b', 'c');

/** A part of an object, as somebody may apply it: few names, so that keys of list maps meet. */
function arbitraryPart(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.kind === 'map')
    return fc.dictionary(word, arbitraryPart(schema.element, depth + 1), { maxKeys: 2, noNullPrototype: true });
  if (schema.kind === 'list') return arbitraryList(schema.element, schema.keys, schema.topology, depth);
  if (schema.kind === 'struct') return arbitraryStruct(schema, depth, []);
  switch (schema.type) {
    case 'string':
      return word;
    case 'bool':
      return fc.boolean();
    case 'int32':
    case 'int64':
    case 'intOrString':
      return fc.integer({ min: 1, max: 3 });
    case 'quantity':
      return fc.constantFrom('1', '250m', '1Gi');
    default:
      return fc.constant(undefined);
  }
}

function arbitraryList(
  element: Schema,
  keys: readonly string[],
  topology: 'atomic' | 'set' | 'map',
  depth: number,
): fc.Arbitrary<unknown> {
  if (topology === 'map' && element.kind === 'struct') {
    const identity = (item: unknown) => JSON.stringify(keys.map((key) => (item as Record<string, unknown>)[key]));
    return fc.uniqueArray(arbitraryStruct(element, depth + 1, keys), {
      minLength: 1,
      maxLength: 3,
      selector: identity,
    });
  }
  const items = arbitraryPart(element, depth + 1);
  return topology === 'set' ? fc.uniqueArray(items, { maxLength: 2 }) : fc.array(items, { maxLength: 2 });
}

function arbitraryStruct(schema: StructSchema, depth: number, always: readonly string[]): fc.Arbitrary<unknown> {
  const usable = schema.fields.filter(({ name }) => !['kind', 'apiVersion', 'metadata', 'status'].includes(name));
  const fixed = usable.filter(({ name }) => always.includes(name));
  const record = (fields: typeof usable) =>
    fc.record(Object.fromEntries(fields.map((field) => [field.name, arbitraryPart(field.schema, depth + 1)])), {
      noNullPrototype: true,
    });
  if (depth >= DEPTH_MAX || usable.length === 0) return record(fixed);
  const chosen = fc.uniqueArray(fc.constantFrom(...usable), { minLength: 1, maxLength: 5 });
  return chosen.chain((fields) => record([...new Set([...fixed, ...fields])]));
}

const KINDS = [
  ['', 'v1', 'Pod'],
  ['', 'v1', 'Service'],
  ['', 'v1', 'ConfigMap'],
  ['apps', 'v1', 'Deployment'],
  ['networking.k8s.io', 'v1', 'Ingress'],
] as const;

for (const [group, version, kind] of KINDS) {
  const schema = schemaFor({ group, version, kind });
  assert.ok(schema);
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const documents = arbitraryStruct(schema, 0, []).map(
    (part) =>
      // Through JSON, as it would arrive: what is undefined is absent.
      JSON.parse(JSON.stringify({ kind, apiVersion, metadata: { name: 'x' }, ...(part as object) })) as unknown,
  );
  const apply = (live: KubeObject | undefined, document: unknown, by: Partial<FieldManager> = {}) =>
    applyServerSide<KubeObject>({
      live,
      applied: decodePartial(document, schema),
      schema,
      apiVersion,
      manager: 'one',
      force: true,
      now: '2024-01-01T00:00:00Z',
      ...by,
    });

  test(`applyServerSide() of the same ${kind} again changes nothing, not even when it was applied`, () => {
    fc.assert(
      fc.property(documents, documents, (first, other) => {
        const once = apply(apply(undefined, other, { manager: 'two' }), first);
        assert.deepEqual(apply(once, first, { now: '2030-01-01T00:00:00Z' }), once);
      }),
      { numRuns: 150 },
    );
  });
}
