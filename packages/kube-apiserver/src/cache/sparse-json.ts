/**
 * Reads a few fields of a JSON object out of its bytes and passes over the rest: several times as fast as parsing it, and next to no
 * garbage. For JSON without blanks, as every server stores it.
 */

/** Makes a value of the bytes from `start` to before `end`. */
export type ReadValue = (bytes: Uint8Array, start: number, end: number) => unknown;

interface WantedField {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the value: what to read of it if it is an object, or how to read it whole. */
  readonly inside: Wanted | undefined;
  readonly read: ReadValue;
}
/** What is to be read of an object. */
export type Wanted = readonly WantedField[];

/** Fields by their path, such as `spec.nodeName`, and how their values are read. */
export function wantedFields(paths: ReadonlyMap<string, ReadValue>): Wanted {
  const below = new Map<string, Map<string, ReadValue>>();
  for (const [path, read] of paths) {
    const dot = path.indexOf('.');
    const name = dot === -1 ? path : path.slice(0, dot);
    const own = below.get(name) ?? new Map<string, ReadValue>();
    below.set(name, own.set(dot === -1 ? '' : path.slice(dot + 1), read));
  }
  return [...below].map(([name, own]) => {
    const read = own.get('');
    const inside = read === undefined ? wantedFields(own) : undefined;
    return { name, bytes: new TextEncoder().encode(name), inside, read: read ?? parsedValue };
  });
}

export function parsedValue(bytes: Uint8Array, start: number, end: number): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'));
}

const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
/** Of the bytes that begin or end objects and lists, the first: all letters of names and digits before it are passed at one look. */
const NESTING_MIN = OPENING_BRACKET;
/** Instead of a position: the bytes are not of the form that is understood here. */
const STRANGE = -1;

/** The wanted fields that the object has; undefined when it is not JSON as servers store it: then parse it. */
export function readSparse(bytes: Uint8Array, wanted: Wanted): object | undefined {
  const target = {};
  return readObject(bytes, 0, wanted, target) === bytes.length ? target : undefined;
}

/** Fills `target` from the object that begins at a position; answers where it ends, or STRANGE. */
function readObject(bytes: Uint8Array, start: number, wanted: Wanted, target: Record<string, unknown>): number {
  if (bytes[start] !== OPENING_BRACE) return STRANGE;
  if (bytes[start + 1] === CLOSING_BRACE) return start + 2;
  for (let at = start; bytes[at] === COMMA || at === start; ) {
    const name = at + 1;
    const colon = endOfName(bytes, name);
    if (colon === STRANGE || bytes[colon] !== COLON) return STRANGE;
    const field = fieldNamed(wanted, bytes, name + 1, colon - 1);
    at = field === undefined ? endOfValue(bytes, colon + 1) : readField(bytes, colon + 1, field, target);
    if (at === STRANGE) return STRANGE;
    if (bytes[at] === CLOSING_BRACE) return at + 1;
  }
  return STRANGE;
}

function readField(bytes: Uint8Array, start: number, field: WantedField, target: Record<string, unknown>): number {
  if (field.inside !== undefined && bytes[start] === OPENING_BRACE) {
    const inner = {};
    target[field.name] = inner;
    return readObject(bytes, start, field.inside, inner);
  }
  const end = endOfValue(bytes, start);
  if (end !== STRANGE) target[field.name] = field.read(bytes, start, end);
  return end;
}

function fieldNamed(wanted: Wanted, bytes: Uint8Array, start: number, end: number): WantedField | undefined {
  for (let index = 0; index < wanted.length; index++) {
    const field = wanted[index]!;
    if (field.bytes.length === end - start && isAt(bytes, start, field.bytes)) return field;
  }
  return undefined;
}

function isAt(bytes: Uint8Array, start: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) if (bytes[start + index] !== expected[index]) return false;
  return true;
}

function endOfValue(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return endOfString(bytes, start);
  if (first === OPENING_BRACE || first === OPENING_BRACKET) return endOfNested(bytes, start);
  for (let at = start; at < bytes.length && bytes[at] !== BLANK; at++)
    if (bytes[at] === COMMA || bytes[at] === CLOSING_BRACE) return at === start ? STRANGE : at;
  return STRANGE;
}

/** The same for the name of a field, in which nobody escapes anything. */
function endOfName(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return STRANGE;
  for (let at = start + 1; at < bytes.length && bytes[at] !== BACKSLASH; at++) if (bytes[at] === QUOTE) return at + 1;
  return STRANGE;
}

/** Where the string that begins at a position ends, its quote included. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at += 1;
  }
  return STRANGE;
}

/** Where the object or list that begins at a position ends, exclusive; STRANGE when it does not. */
export function endOfNested(bytes: Uint8Array, start: number): number {
  const end = bytes.length;
  let depth = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      for (at += 1; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at += 1;
    } else if (byte >= NESTING_MIN) {
      if (byte === OPENING_BRACE || byte === OPENING_BRACKET) depth += 1;
      else if ((byte === CLOSING_BRACE || byte === CLOSING_BRACKET) && --depth === 0) return at + 1;
    }
  }
  return STRANGE;
}
