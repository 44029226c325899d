/**
 * Validation errors that name a field, with the reasons and texts that clients of Kubernetes match on
 * (API conventions, "Response Status Kind": causes).
 */

/** The reason of one cause in a Status. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

export interface FieldError {
  readonly type: FieldErrorType;
  /** JSON path such as `spec.containers[0].name`. */
  readonly field: string;
  /** The cause's message, without the field's name in front. */
  readonly message: string;
}

/** A place in an object. Immutable; its text is made only when an error needs it. */
export class FieldPath {
  readonly #parent: FieldPath | undefined;
  readonly #step: string;
  constructor(step: string, parent?: FieldPath) {
    this.#step = step;
    this.#parent = parent;
  }
  child(...names: readonly string[]): FieldPath {
    return names.reduce<FieldPath>((at, name) => new FieldPath(name, at), this);
  }
  index(index: number): FieldPath {
    return new FieldPath(`[${index}]`, this);
  }
  key(key: string): FieldPath {
    return new FieldPath(`[${key}]`, this);
  }
  toString(): string {
    const parent = this.#parent?.toString() ?? '';
    if (parent === '' || this.#step.startsWith('[')) return parent + this.#step;
    return `${parent}.${this.#step}`;
  }
}

/** The path of a field, from the object's root. */
export function path(first: string, ...more: readonly string[]): FieldPath {
  return new FieldPath(first).child(...more);
}

/** Given as a value, it is left out of the message: the field alone says enough. */
export const OMITTED: unique symbol = Symbol('omitted value');

/** A value as the messages show it: strings quoted, objects as JSON. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'object') return JSON.stringify(value).replace(HTML_MARKS, unicodeEscape);
  return String(value);
}

/** Upstream's JSON is safe inside HTML; its quoted strings are not JSON, and are not. */
const HTML_MARKS = /[<>&\u2028\u2029]/g;
const JSON_CONTROLS = /\\u00([01][0-9a-f])/g;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '07': '\\a', '0b': '\\v' };

function unicodeEscape(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Quoted as Go's %q: control characters are named or hexadecimal, other text stays as it is. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  return json
    .replace(JSON_CONTROLS, (_, code: string) => SHORT_ESCAPES[code] ?? `\\x${code}`)
    .replaceAll('\x7f', '\\x7f');
}

function make(type: FieldErrorType, at: FieldPath, head: string, detail: string): FieldError {
  return { type, field: at.toString(), message: detail === '' ? head : `${head}: ${detail}` };
}

/** Makers of field errors. `detail` says what is wrong and what would be right. */
export const fieldErrors = {
  required: (at: FieldPath, detail = ''): FieldError => make('FieldValueRequired', at, 'Required value', detail),
  invalid: (at: FieldPath, value: unknown, detail: string): FieldError =>
    make('FieldValueInvalid', at, value === OMITTED ? 'Invalid value' : `Invalid value: ${shown(value)}`, detail),
  /** Lists the allowed values, quoted, in the order given: upstream sorts most of its sets, but not every list. */
  notSupported: (at: FieldPath, value: unknown, allowed: Iterable<string>): FieldError => {
    const choices = [...allowed].map(quoted);
    const detail = choices.length === 0 ? '' : `supported values: ${choices.join(', ')}`;
    return make('FieldValueNotSupported', at, `Unsupported value: ${shown(value)}`, detail);
  },
  duplicate: (at: FieldPath, value: unknown): FieldError =>
    make('FieldValueDuplicate', at, `Duplicate value: ${shown(value)}`, ''),
  forbidden: (at: FieldPath, detail: string): FieldError => make('FieldValueForbidden', at, 'Forbidden', detail),
  notFound: (at: FieldPath, value: unknown): FieldError =>
    make('FieldValueNotFound', at, `Not found: ${shown(value)}`, ''),
  /** The value itself is left out of the message, it may be huge. `max` is in bytes. */
  tooLong: (at: FieldPath, _value: unknown, max: number): FieldError =>
    make('FieldValueTooLong', at, 'Too long', `may not be more than ${max} byte${max === 1 ? '' : 's'}`),
  tooMany: (at: FieldPath, actual: number, max: number): FieldError =>
    make('FieldValueTooMany', at, `Too many: ${actual}`, `must have at most ${max} item${max === 1 ? '' : 's'}`),
  typeInvalid: (at: FieldPath, value: unknown, detail: string): FieldError =>
    make('FieldValueTypeInvalid', at, `Invalid value: ${shown(value)}`, detail),
  internal: (at: FieldPath, error: unknown): FieldError =>
    make('InternalError', at, 'Internal error', error instanceof Error ? error.message : String(error)),
} as const;

/** One line per error as kubectl shows it; several are bracketed and duplicates are dropped. */
export function aggregateMessage(errors: readonly FieldError[]): string {
  const lines = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  return lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
}
