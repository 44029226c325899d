/**
 * Which fields an object sets, and which differ between two versions of it.
 */

import { semanticEqual } from '../schema/equal.ts';
import type { Field, Schema } from '../schema/schema.ts';
import { EMPTY_SET, type FieldSet, isEmptySet, LEAF, nodeOf } from './field-set.ts';
import { isLeaf, isObject, partsOf } from './topology.ts';

/** Every field that the value sets, as an apply of it would own. */
export function fieldSetOf(value: unknown, schema: Schema | undefined, field?: Field): FieldSet {
  if (value === undefined) return EMPTY_SET;
  if (schema === undefined || isLeaf(schema, field)) return LEAF;
  const children = new Map<string, FieldSet>();
  for (const [key, part] of partsOf(value, schema)) {
    const below = fieldSetOf(part.value, part.schema, part.field);
    // Elements and entries exist on their own; a declared field does when there is nothing in it.
    const member =
      !part.declared || part.value === null || (isObject(part.value) && Object.keys(part.value).length === 0);
    const node = member ? nodeOf(true, below.children) : below;
    if (!isEmptySet(node)) children.set(key, node);
  }
  return nodeOf(false, children);
}

/** The differences between two versions of an object. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const SAME: Comparison = { added: EMPTY_SET, modified: EMPTY_SET, removed: EMPTY_SET };

/** Compares field by field. Equal parts cost no more than a look at them. */
export function compareFields(before: unknown, after: unknown, schema: Schema | undefined, field?: Field): Comparison {
  if (before === after) return SAME;
  if (before === undefined || after === undefined || schema === undefined || isLeaf(schema, field))
    return compareLeaves(before, after, schema, field);
  const sets = {
    added: new Map<string, FieldSet>(),
    modified: new Map<string, FieldSet>(),
    removed: new Map<string, FieldSet>(),
  };
  const [left, right] = [partsOf(before, schema), partsOf(after, schema)];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [old, now] = [left.get(key), right.get(key)];
    if (old !== undefined && now !== undefined && old.value === now.value) continue;
    const part = now ?? old;
    const inner = compareFields(old?.value, now?.value, part?.schema, part?.field);
    for (const kind of ['added', 'modified', 'removed'] as const) {
      const oneSided = kind === 'added' ? old === undefined : kind === 'removed' && now === undefined;
      const own =
        oneSided &&
        part !== undefined &&
        (!part.declared || (isObject(part.value) && Object.keys(part.value).length === 0));
      const node = own ? nodeOf(true, inner[kind].children) : inner[kind];
      if (!isEmptySet(node)) sets[kind].set(key, node);
    }
  }
  return {
    added: nodeOf(false, sets.added),
    modified: nodeOf(false, sets.modified),
    removed: nodeOf(false, sets.removed),
  };
}

function compareLeaves(
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  field: Field | undefined,
): Comparison {
  if (before === undefined) return { ...SAME, added: fieldSetOf(after, schema, field) };
  if (after === undefined) return { ...SAME, removed: fieldSetOf(before, schema, field) };
  return semanticEqual(before, after) ? SAME : { ...SAME, modified: LEAF };
}
