/**
 * Runs the declarative validation rules of the facts over an object (KEP-5073). On an update, what did not change is not
 * judged again, so that a rule may tighten without locking existing objects.
 */
import type { FactRule } from '../facts.ts';
import { type FieldError, FieldPath, fieldErrors } from '../field-errors.ts';
import { semanticEqual } from '../schema/equal.ts';
import type { Field, ListSchema, Schema, StructSchema } from '../schema/schema.ts';
import { type Before, oldElement, repeatedElements, topologyOf } from './lists.ts';
import { hasRules, type RuleLevel, rulesAt } from './plan.ts';
import { unionErrors } from './unions.ts';
import { isSet, valueErrors } from './values.ts';

export interface RuleOptions {
  readonly level: RuleLevel;
  /** The stored object, on an update. */
  readonly old?: object | undefined;
  /** Which feature gates are on; none when absent. */
  readonly gates?: ReadonlySet<string>;
}

interface Walk {
  readonly level: RuleLevel;
  readonly update: boolean;
  readonly gates: ReadonlySet<string>;
  readonly errors: FieldError[];
}

type Json = Readonly<Record<string, unknown>>;
const NO_GATES: ReadonlySet<string> = new Set();
/** The path of an object's root: prints as nothing. */
const ROOT = new FieldPath('');

/** The causes of every broken rule, in field order. Free for kinds without rules. */
export function declaredErrors(object: object, schema: StructSchema, options: RuleOptions): readonly FieldError[] {
  if (!hasRules(schema, options.level)) return [];
  const { level, old, gates = NO_GATES } = options;
  const walk: Walk = { level, update: old !== undefined, gates, errors: [] };
  checkStruct(walk, object as Json, { value: old, known: old !== undefined }, schema, ROOT);
  return walk.errors;
}

/** Adds to hand-written causes those declared ones that name another field or another reason. */
export function withDeclared(own: readonly FieldError[], declared: readonly FieldError[]): readonly FieldError[] {
  if (declared.length === 0) return own;
  const said = new Set(own.map(({ type, field }) => `${type} ${field}`));
  return [...own, ...declared.filter(({ type, field }) => !said.has(`${type} ${field}`))];
}

function checkStruct(walk: Walk, value: Json, before: Before, struct: StructSchema, at: FieldPath): void {
  const old = before.value as Json | undefined;
  walk.errors.push(...unionErrors(walk.level, struct, value, walk.update && before.known ? old : undefined, at));
  for (const field of struct.fields) {
    const rules = rulesAt(walk.level, field.rules).filter((rule) => applies(rule, walk, struct, value));
    if (rules.length === 0 && !hasRules(field.schema, walk.level)) continue;
    checkField(walk, field, rules, value[field.name], { value: old?.[field.name], known: before.known }, at);
  }
}

/** Gates and discriminators decide whether a rule is in force at all. */
function applies({ on = [] }: FactRule, { gates }: Walk, struct: StructSchema, value: Json): boolean {
  return on.every(({ ifEnabled, ifDisabled, member }) => {
    if (ifEnabled !== undefined) return gates.has(String(ifEnabled));
    if (ifDisabled !== undefined) return !gates.has(String(ifDisabled));
    if (member === undefined) return true;
    const discriminator = struct.unions[0]?.discriminator;
    return discriminator !== undefined && value[discriminator] === member;
  });
}

function checkField(
  walk: Walk,
  field: Field,
  rules: readonly FactRule[],
  value: unknown,
  before: Before,
  parent: FieldPath,
): void {
  const at = parent.child(field.name);
  const plain = rules.filter(({ on = [] }) => on.every((step) => !isNarrowing(step)));
  if (walk.update && before.known && semanticEqual(value ?? null, before.value ?? null)) return;
  const stopped = gateErrors(walk, field, plain, value, before, at);
  if (stopped !== undefined) {
    walk.errors.push(...stopped);
    return;
  }
  if (!isSet(value, field)) return;
  for (const rule of plain) walk.errors.push(...valueErrors(rule, value, at));
  checkNarrowed(walk, rules, value, at);
  checkInside(walk, field.schema, plain, value, before, at);
}

const isNarrowing = (step: Readonly<Record<string, unknown>>): boolean =>
  'subfield' in step || 'eachVal' in step || 'eachKey' in step || 'item' in step;

/** Rules that end the judgement of a field: what is missing, forbidden, immutable or far too long gets no second cause. */
function gateErrors(
  walk: Walk,
  field: Field,
  rules: readonly FactRule[],
  value: unknown,
  before: Before,
  at: FieldPath,
): readonly FieldError[] | undefined {
  for (const { rule, value: limit } of rules) {
    if (rule === 'required' && !isSet(value, field)) return [fieldErrors.required(at, '')];
    // Nobody asked for a default; upstream drops it where the field's gate is off.
    if (rule === 'forbidden' && isSet(value, field) && value !== field.default) return [fieldErrors.forbidden(at, '')];
    if (rule === 'immutable' && walk.update && before.known) {
      return [fieldErrors.invalid(at, value, 'field is immutable')];
    }
    if (rule === 'update' && limit === 'NoModify' && walk.update && isSet(before.value, field) && isSet(value, field))
      return [fieldErrors.invalid(at, value, 'field cannot be modified once set')];
    if (rule === 'maxItems' && Array.isArray(value) && value.length > Number(limit))
      return [fieldErrors.tooMany(at, value.length, Number(limit))];
  }
  return undefined;
}

function checkNarrowed(walk: Walk, rules: readonly FactRule[], value: unknown, at: FieldPath): void {
  for (const rule of rules) {
    for (const step of rule.on ?? []) {
      if ('eachKey' in step) {
        for (const key of Object.keys(value as Json)) walk.errors.push(...valueErrors(rule, key, at));
      } else if ('eachVal' in step) {
        for (const [key, item] of Object.entries(value as Json))
          walk.errors.push(...valueErrors(rule, item, Array.isArray(value) ? at.index(Number(key)) : at.key(key)));
      } else if ('subfield' in step) {
        const name = String(step['subfield']);
        const inner = (value as Json)[name];
        if (inner !== undefined && inner !== '') walk.errors.push(...valueErrors(rule, inner, at.child(name)));
      }
    }
  }
}

function checkInside(
  walk: Walk,
  schema: Schema,
  rules: readonly FactRule[],
  value: unknown,
  before: Before,
  at: FieldPath,
): void {
  if (schema.kind === 'list' && Array.isArray(value)) checkList(walk, schema, rules, value, before, at);
  else if (!hasRules(schema, walk.level)) return;
  else if (schema.kind === 'struct') checkStruct(walk, value as Json, before, schema, at);
  else if (schema.kind === 'map') {
    for (const [key, item] of Object.entries(value as Json)) {
      const old = (before.value as Json | undefined)?.[key];
      checkElement(walk, schema.element, item, { value: old, known: old !== undefined }, at.key(key));
    }
  } else if (schema.kind === 'scalar') checkScalar(walk, schema, value, at);
}

function checkList(
  walk: Walk,
  schema: ListSchema,
  rules: readonly FactRule[],
  value: readonly unknown[],
  before: Before,
  at: FieldPath,
): void {
  const topology = topologyOf(schema, rules);
  if (topology.enforced)
    for (const index of repeatedElements(value, topology))
      walk.errors.push(fieldErrors.duplicate(at.index(index), value[index]));
  if (!hasRules(schema.element, walk.level)) return;
  value.forEach((item, index) => {
    checkElement(walk, schema.element, item, oldElement(before, item, topology), at.index(index));
  });
}

function checkElement(walk: Walk, schema: Schema, item: unknown, before: Before, at: FieldPath): void {
  if (item === null || item === undefined) return;
  if (walk.update && before.known && semanticEqual(item, before.value ?? null)) return;
  checkInside(walk, schema, [], item, before, at);
}

function checkScalar(walk: Walk, schema: Schema & { readonly kind: 'scalar' }, value: unknown, at: FieldPath): void {
  const closed = rulesAt(walk.level, schema.rules).some(({ rule }) => rule === 'enum');
  if (closed && !schema.values.includes(String(value)))
    walk.errors.push(fieldErrors.notSupported(at, value, [...schema.values].sort()));
}
