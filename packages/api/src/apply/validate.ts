/**
 * What server-side apply refuses before it merges anything: the checks of upstream's structured merge, with its words.
 */
import { goKind, goText } from '../patch/go-text.ts';
import type { ListSchema, ScalarSchema, Schema } from '../schema/schema.ts';
import { elementKey, isObject, type Json, keyDefault, memberOf } from './topology.ts';

/** Upstream lists every problem; a hostile document cannot make us list without end. */
const PROBLEMS_MAX = 100;

/** One text per problem, such as `.spec.foo: field not declared in schema`. */
export function applyProblems(document: unknown, schema: Schema): readonly string[] {
  const problems: string[] = [];
  check(document, schema, '', problems);
  return problems;
}

function check(value: unknown, schema: Schema | undefined, at: string, problems: string[]): void {
  // Null is a fine value of everything.
  if (schema === undefined || value === null || value === undefined || problems.length >= PROBLEMS_MAX) return;
  if (schema.kind === 'scalar') checkScalar(value, schema, at, problems);
  else if (schema.kind === 'list') checkList(value, schema, at, problems);
  else checkMap(value, schema, at, problems);
}

function checkMap(value: unknown, schema: Schema, at: string, problems: string[]): void {
  if (!isObject(value)) return report(problems, at, `expected map, got &{${goText(value)}}`);
  for (const name of Object.keys(value)) {
    const inner = memberOf(schema, name);
    if (inner.schema === undefined) report(problems, `${at}.${name}`, 'field not declared in schema');
    else check(value[name], inner.schema, `${at}.${name}`, problems);
  }
}

function checkList(value: unknown, schema: ListSchema, at: string, problems: string[]): void {
  if (!Array.isArray(value)) return report(problems, at, `expected list, got &{${goText(value)}}`);
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    if (schema.topology === 'atomic') {
      check(item, schema.element, `${at}[${index}]`, problems);
      continue;
    }
    const unfit = schema.topology === 'map' ? unfitElement(item, schema) : unfitMember(item);
    // Without a key nothing more can be said about the list.
    if (unfit !== undefined) return report(problems, at, `element ${index}: ${unfit}`);
    const key = elementKey(item, schema);
    if (seen.has(key)) report(problems, at, `duplicate entries for key ${keyText(key)}`);
    seen.add(key);
    check(item, schema.element, `${at}${keyText(key)}`, problems);
  }
}

function unfitElement(item: unknown, schema: ListSchema): string | undefined {
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isObject(item)) return 'associative list with keys may not have non-map elements';
  if (schema.keys.some((key) => (item as Json)[key] !== undefined || keyDefault(schema.element, key) !== undefined))
    return undefined;
  const keys = schema.keys.map((key) => JSON.stringify(key)).join(' ');
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}

function unfitMember(item: unknown): string | undefined {
  if (item === null) return "associative list without keys has an element that's an explicit null";
  if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
  return isObject(item) ? "associative list without keys has an element that's a map type" : undefined;
}

function checkScalar(value: unknown, schema: ScalarSchema, at: string, problems: string[]): void {
  const composite = isObject(value) || Array.isArray(value);
  switch (schema.type) {
    case 'string':
    case 'bytes':
    case 'duration':
      if (typeof value !== 'string')
        report(problems, at, `expected string, got &value.valueUnstructured{Value:${goText(value)}}`);
      return;
    case 'bool':
      if (typeof value !== 'boolean') report(problems, at, `expected boolean, got &{${goText(value)}}`);
      return;
    case 'int32':
    case 'int64':
    case 'float64':
      if (typeof value !== 'number' && typeof value !== 'bigint')
        report(problems, at, `expected numeric (int or float), got ${goKind(value)}`);
      return;
    case 'quantity':
    case 'time':
    case 'microTime':
    case 'intOrString':
      if (composite) report(problems, at, `expected any scalar, got &{${goText(value)}}`);
      return;
    case 'object':
    case 'rawExtension':
    case 'fieldsV1':
      if (!isObject(value)) report(problems, at, `expected map, got &{${goText(value)}}`);
      return;
    default:
  }
}

function report(problems: string[], at: string, problem: string): void {
  problems.push(at === '' ? problem : `${at}: ${problem}`);
}

/** The key of an element as messages show it: `[name="web"]`. */
function keyText(key: string): string {
  const body = key.slice(2);
  if (key.startsWith('v:')) return `[=${body}]`;
  const fields = Object.entries(JSON.parse(body) as Json);
  return `[${fields.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}
