/** Which structs have something to check: asked once per struct, so that a kind without rules costs nothing per write. */
import type { FactRule } from '../facts.ts';
import type { Field, Schema, StructSchema } from '../schema/schema.ts';

/** How much is enforced. `enforced`: what v1.36 enforces on its own; `declared`: also the rules it only declares (stage alpha). */
export type RuleLevel = 'enforced' | 'declared';

const reached = { enforced: new WeakMap<StructSchema, boolean>(), declared: new WeakMap<StructSchema, boolean>() };

/** The rules of a list that apply at a level. Rules of another dialect (kubebuilder's) belong to CustomResourceDefinitions. */
export function rulesAt(level: RuleLevel, rules: readonly FactRule[] | undefined): readonly FactRule[] {
  if (rules === undefined || rules.length === 0) return [];
  return rules.filter(({ stage, from }) => from === undefined && (level === 'declared' || stage !== 'alpha'));
}

/** Whether a value of this schema can break a rule, itself or anywhere inside. */
export function hasRules(schema: Schema, level: RuleLevel): boolean {
  if (schema.kind === 'list' || schema.kind === 'map') return hasRules(schema.element, level);
  if (schema.kind === 'scalar') return rulesAt(level, schema.rules).length > 0;
  const known = reached[level].get(schema);
  if (known !== undefined) return known;
  const found = search(schema, level, new Set());
  reached[level].set(schema, found);
  return found;
}

/** Types refer to themselves, hence the set; only the answer for the root of a search is complete, so only that is kept. */
function search(struct: StructSchema, level: RuleLevel, seen: Set<StructSchema>): boolean {
  seen.add(struct);
  return struct.fields.some((field) => {
    if (rulesAt(level, field.rules).length > 0) return true;
    const inner = innermost(field);
    if (inner.kind === 'scalar') return rulesAt(level, inner.rules).length > 0;
    return inner.kind === 'struct' && !seen.has(inner) && search(inner, level, seen);
  });
}

function innermost({ schema }: Field): Schema {
  let inner = schema;
  while (inner.kind === 'list' || inner.kind === 'map') inner = inner.element;
  return inner;
}
