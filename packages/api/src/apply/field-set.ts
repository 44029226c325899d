/**
 * Sets of fields of an object, as managedFields records them (FieldsV1; KEP 555). A set is a tree: each node may be a member itself
 * and have members below it. Children are keyed as FieldsV1 writes them: `f:name` for a field, `k:{...}` for an element of a keyed
 * list, `v:...` for an element of a set. Immutable.
 */

export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

const NO_CHILDREN: ReadonlyMap<string, FieldSet> = new Map();
export const EMPTY_SET: FieldSet = { member: false, children: NO_CHILDREN };
export const LEAF: FieldSet = { member: true, children: NO_CHILDREN };

export const isEmptySet = (set: FieldSet): boolean => !set.member && set.children.size === 0;

/** A node, or the shared empty one. */
export function nodeOf(member: boolean, children: ReadonlyMap<string, FieldSet>): FieldSet {
  if (children.size === 0) return member ? LEAF : EMPTY_SET;
  return { member, children };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const children = new Map(a.children);
  for (const [key, child] of b.children) {
    const own = children.get(key);
    children.set(key, own === undefined ? child : union(own, child));
  }
  return nodeOf(a.member || b.member, children);
}

/** Members of `a` that are not members of `b`; `a` itself when there are no others. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (b.children.size === 0 && !(a.member && b.member)) return a;
  let children: Map<string, FieldSet> | undefined;
  for (const [key, other] of b.children) {
    const child = a.children.get(key);
    if (child === undefined) continue;
    const left = difference(child, other);
    if (left === child) continue;
    children ??= new Map(a.children);
    if (isEmptySet(left)) children.delete(key);
    else children.set(key, left);
  }
  const member = a.member && !b.member;
  return children === undefined && member === a.member ? a : nodeOf(member, children ?? a.children);
}

/** Members of `a` that neither are members of `b` nor lie below one; `a` itself when there are no others. */
export function outside(a: FieldSet, b: FieldSet): FieldSet {
  if (b.member) return EMPTY_SET;
  let children: Map<string, FieldSet> | undefined;
  for (const [key, other] of b.children) {
    const child = a.children.get(key);
    if (child === undefined) continue;
    const left = outside(child, other);
    if (left === child) continue;
    children ??= new Map(a.children);
    if (isEmptySet(left)) children.delete(key);
    else children.set(key, left);
  }
  return children === undefined ? a : nodeOf(a.member, children);
}

/** Members of both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    const both = other === undefined ? EMPTY_SET : intersection(child, other);
    if (!isEmptySet(both)) children.set(key, both);
  }
  return nodeOf(a.member && b.member, children);
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    if (other === undefined || !equalSets(child, other)) return false;
  }
  return true;
}

/** The set of one path of fields: `fieldPath('metadata', 'name')`. */
export function fieldPath(...names: readonly string[]): FieldSet {
  return names.reduceRight<FieldSet>((below, name) => nodeOf(false, new Map([[`f:${name}`, below]])), LEAF);
}

/** Every member as upstream prints paths: `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): readonly string[] {
  const below = [...set.children]
    .sort(([a], [b]) => compareKeys(a, b))
    .flatMap(([key, child]) => pathsOf(child, prefix + stepText(key)));
  return set.member ? [prefix, ...below] : below;
}

function stepText(key: string): string {
  const body = key.slice(2);
  if (key.startsWith('f:')) return `.${body}`;
  if (key.startsWith('v:')) return `[=${body}]`;
  if (!key.startsWith('k:')) return `[${body}]`;
  const fields = Object.entries(JSON.parse(body) as Record<string, unknown>);
  return `[${fields.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

function compareKeys(a: string, b: string): number {
  const order = 'fkvi';
  return order.indexOf(a.charAt(0)) - order.indexOf(b.charAt(0)) || (a < b ? -1 : a > b ? 1 : 0);
}

type Fields = Readonly<Record<string, unknown>>;

/** FieldsV1 of sets met before: most managers of an object are not touched by a change, and need not be written anew. */
const written = new WeakMap<FieldSet, Fields>();
const readBefore = new WeakMap<object, FieldSet>();

/** The set as FieldsV1. */
export function toFieldsV1(set: FieldSet): Fields {
  const known = written.get(set);
  if (known !== undefined) return known;
  const made = writeFields(set);
  written.set(set, made);
  return made;
}

const NO_FIELDS: Fields = Object.freeze({});

function writeFields(set: FieldSet): Fields {
  if (set.children.size === 0) return NO_FIELDS;
  const made: Record<string, unknown> = set.member ? { '.': NO_FIELDS } : {};
  // Within one node all keys are of one sort, so their text sorts them as upstream does.
  const keys = [...set.children.keys()];
  if (keys.length > 1) keys.sort();
  for (const key of keys) made[key] = writeFields(set.children.get(key) ?? EMPTY_SET);
  return made;
}

/** Deeper than this no object is; bounds the work that a hostile managedFields can ask for. */
const FIELDS_DEPTH_MAX = 200;

/** Reads FieldsV1; undefined when it is not that. */
export function fromFieldsV1(fields: unknown): FieldSet | undefined {
  if (typeof fields !== 'object' || fields === null) return undefined;
  const known = readBefore.get(fields);
  if (known !== undefined) return known;
  const set = readFields(fields, 0);
  if (set === undefined || isEmptySet(set)) return set;
  readBefore.set(fields, set);
  written.set(set, fields as Fields);
  return set;
}

function readFields(fields: unknown, depth: number): FieldSet | undefined {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields) || depth > FIELDS_DEPTH_MAX)
    return undefined;
  const children = new Map<string, FieldSet>();
  let member = false;
  for (const [key, value] of Object.entries(fields)) {
    if (key === '.') {
      member = true;
      continue;
    }
    const child = isKey(key) ? readFields(value, depth + 1) : undefined;
    if (child === undefined) return undefined;
    children.set(key, child);
  }
  return nodeOf(depth > 0 && (member || children.size === 0), children);
}

function isKey(key: string): boolean {
  if (key.startsWith('f:')) return true;
  return key.startsWith('k:') ? isJsonObject(key.slice(2)) : key.startsWith('v:') || key.startsWith('i:');
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
