/**
 * Reads the text of a JSON document itself: a cheap count of its keys, which tells whether any occurs twice, and a careful
 * scan for the rare document that is malformed or has duplicates.
 */
import type { Schema } from '../schema/schema.ts';
import { DecodeError, JSON_DEPTH_MAX, Trail } from './problems.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Keys in well-formed JSON text: the colons outside of strings. */
export function countKeysOfText(text: string): number {
  let keys = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) keys += 1;
    else if (code === QUOTE) at = endOfString(text, at);
  }
  return keys;
}

/** Position of the quote that ends the string starting at `start`. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1 && escaped(text, at)) at = text.indexOf('"', at + 1);
  return at === -1 ? text.length : at;
}

function escaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}

/** Reports unknown and duplicate fields in document order. The text must have been parsed before. */
export function reportFields(text: string, schema: Schema, trail: Trail): void {
  new Scanner(text, trail).document(schema);
}

/** Throws DecodeError when a field of an integer type has a number with a fraction or an exponent. The text must be JSON. */
export function checkIntegers(text: string, schema: Schema): void {
  new Scanner(text, new Trail(), false, true).document(schema);
}

/** One text per key that an object of the document has twice, such as `duplicate field "spec.paused"`; the text must be JSON. */
export function duplicateFields(text: string): readonly string[] {
  const trail = new Trail();
  new Scanner(text, trail, true).document(undefined);
  return trail.problems;
}

/** Upstream's words for why the text is not JSON. */
export function syntaxProblem(text: string): string {
  try {
    new Scanner(text, undefined).document(undefined);
    return 'unexpected end of JSON input';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

class Scanner {
  readonly #text: string;
  readonly #trail: Trail | undefined;
  /** Without a schema: report what comes twice, known or not. */
  readonly #onlyDuplicates: boolean;
  readonly #integers: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, trail: Trail | undefined, onlyDuplicates = false, integers = false) {
    this.#text = text;
    this.#trail = trail;
    this.#onlyDuplicates = onlyDuplicates;
    this.#integers = integers;
  }

  document(schema: Schema | undefined): void {
    this.#value(schema);
    if (this.#next() !== '') throw this.#bad('after top-level value');
  }

  /** The next character that is not white space, which stays unread; empty at the end. */
  #next(): string {
    while (' \t\r\n'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at += 1;
    return this.#text.charAt(this.#at);
  }

  #bad(where: string): DecodeError {
    const found = this.#text.charAt(this.#at);
    if (found === '') return new DecodeError('unexpected end of JSON input');
    const shown = found === "'" ? "'\\''" : found === '"' ? `'"'` : `'${JSON.stringify(found).slice(1, -1)}'`;
    return new DecodeError(`invalid character ${shown} ${where}`);
  }

  #value(schema: Schema | undefined): void {
    const head = this.#next();
    if (head === '{') this.#nested(() => this.#object(schema));
    else if (head === '[') this.#nested(() => this.#array(schema));
    else if (head === '"') this.#string();
    else if (head === 't') this.#literal('true');
    else if (head === 'f') this.#literal('false');
    else if (head === 'n') this.#literal('null');
    else if (head === '-' || (head >= '0' && head <= '9')) this.#checkedNumber(schema);
    else throw this.#bad('looking for beginning of value');
  }

  #nested(scan: () => void): void {
    this.#depth += 1;
    if (this.#depth > JSON_DEPTH_MAX) throw new DecodeError('exceeded max depth');
    this.#at += 1;
    scan();
    this.#depth -= 1;
  }

  #object(schema: Schema | undefined): void {
    const seen = new Set<string>();
    const lenient = schema?.kind === 'scalar' && schema.schema !== undefined;
    const fields = lenient ? schema.schema : schema;
    if (this.#next() === '}') {
      this.#at += 1;
      return;
    }
    for (;;) {
      if (this.#next() !== '"') throw this.#bad('looking for beginning of object key string');
      const key = this.#string();
      if (this.#next() !== ':') throw this.#bad('after object key');
      this.#at += 1;
      this.#member(key, lenient ? undefined : fields, seen);
      if (this.#next() === '}') break;
      if (this.#next() !== ',') throw this.#bad('after object key:value pair');
      this.#at += 1;
    }
    this.#at += 1;
  }

  #member(key: string, schema: Schema | undefined, seen: Set<string>): void {
    const known = schema?.kind === 'struct' ? schema.byName.get(key) : undefined;
    const inner =
      schema?.kind === 'struct'
        ? (known?.schema ?? schema.additional)
        : schema?.kind === 'map'
          ? schema.element
          : undefined;
    const watched = schema?.kind === 'struct' || schema?.kind === 'map';
    if (watched && inner === undefined) this.#trail?.report('unknown', key);
    else if ((watched || this.#onlyDuplicates) && seen.has(key)) this.#trail?.report('duplicate', key);
    seen.add(key);
    const outer = this.#trail?.struct ?? '';
    if (this.#trail !== undefined && schema?.kind === 'struct') this.#trail.struct = schema.name;
    this.#trail?.steps.push(known === undefined ? [key] : key);
    this.#value(inner);
    this.#trail?.steps.pop();
    if (this.#trail !== undefined) this.#trail.struct = outer;
  }

  #array(schema: Schema | undefined): void {
    const element = schema?.kind === 'list' ? schema.element : undefined;
    if (this.#next() === ']') {
      this.#at += 1;
      return;
    }
    for (let index = 0; ; index += 1) {
      this.#trail?.steps.push(index);
      this.#value(element);
      this.#trail?.steps.pop();
      if (this.#next() === ']') break;
      if (this.#next() !== ',') throw this.#bad('after array element');
      this.#at += 1;
    }
    this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      const found = this.#text.charAt(this.#at);
      if (found === '"') break;
      if (found === '' || found < ' ') throw this.#bad('in string literal');
      this.#at += 1;
      if (found === '\\') this.#escape();
    }
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    const found = this.#text.charAt(this.#at);
    if (found === '' || !'"\\/bfnrtu'.includes(found)) throw this.#bad('in string escape code');
    this.#at += 1;
    if (found !== 'u') return;
    for (let digit = 0; digit < 4; digit += 1) {
      if (!/[0-9a-fA-F]/.test(this.#text.charAt(this.#at))) throw this.#bad('in \\u hexadecimal character escape');
      this.#at += 1;
    }
  }

  #literal(word: string): void {
    for (let index = 0; index < word.length; index += 1) {
      if (this.#text.charAt(this.#at) !== word.charAt(index))
        throw this.#bad(`in literal ${word} (expecting '${word.charAt(index)}')`);
      this.#at += 1;
    }
  }

  #checkedNumber(schema: Schema | undefined): void {
    const start = this.#at;
    this.#number();
    if (!this.#integers || this.#trail === undefined || schema?.kind !== 'scalar') return;
    const whole = schema.type === 'int32' || schema.type === 'int64' || schema.type === 'intOrString';
    const text = this.#text.slice(start, this.#at);
    if (whole && /[.eE]/.test(text)) throw this.#trail.numberMismatch(text, schema);
  }

  #number(): void {
    if (this.#text.charAt(this.#at) === '-') this.#at += 1;
    if (this.#text.charAt(this.#at) === '0') this.#at += 1;
    else this.#digits('in numeric literal');
    if (this.#text.charAt(this.#at) === '.') {
      this.#at += 1;
      this.#digits('after decimal point in numeric literal');
    }
    if (!'eE'.includes(this.#text.charAt(this.#at)) || this.#at >= this.#text.length) return;
    this.#at += 1;
    if ('+-'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at += 1;
    this.#digits('in exponent of numeric literal');
  }

  #digits(where: string): void {
    const digits = /\d+/y;
    digits.lastIndex = this.#at;
    if (!digits.test(this.#text)) throw this.#bad(where);
    this.#at = digits.lastIndex;
  }
}
