/**
 * Where a decoder stands in the document, and what it has found there: the texts are the ones clients of Kubernetes match on.
 */
import { goTypeName, type Schema } from '../schema/schema.ts';

/** One step into a document: a field's name, a list index, or a map key. */
export type Step = string | number | readonly [key: string];

/** Upstream answers with no more; a hostile document cannot make us collect without end. */
export const DECODE_PROBLEMS_MAX = 100;
/** Deeper values are refused; far deeper than any real object, and shallow enough for recursive walks. */
export const JSON_DEPTH_MAX = 1000;

/** A value that the schema does not allow. The message is upstream's, without the kind in front. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code = 'not-decodable';
  /** The same in the words for a value that comes from a strategic merge patch, which upstream never writes as JSON. */
  readonly conversion: string;
  constructor(message: string, conversion = message) {
    super(message);
    this.conversion = conversion;
  }
}

/** `unrecognized type: int32` */
function conversionProblem(value: unknown, schema: Schema): string {
  const from = reflectKind(value);
  if (schema.kind === 'struct') return `cannot restore struct from: ${from}`;
  if (schema.kind !== 'scalar') return `cannot restore ${schema.kind === 'list' ? 'slice' : 'map'} from ${from}`;
  const type = goTypeName(schema);
  const base = schema.type === 'string' ? 'string' : type;
  const almost = (from === 'int64' && base === 'string') || (from === 'float64' && base.startsWith('int'));
  return almost ? `cannot convert ${from} to ${type}` : `unrecognized type: ${base}`;
}

function reflectKind(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint')
    return Number.isInteger(Number(value)) ? 'int64' : 'float64';
  const kind = valueKind(value);
  return kind === 'array' ? 'slice' : kind === 'object' ? 'map' : kind;
}

/** State of one decode. */
export class Trail {
  readonly steps: Step[] = [];
  readonly problems: string[] = [];
  /** Name of the innermost struct. */
  struct = '';
  /** Object keys met so far; compared with the keys of the text to detect duplicates. */
  keys = 0;
  /** Takes the document for a part of an object: nothing is filled in, and zero values stay. */
  readonly partial: boolean;
  constructor(partial = false) {
    this.partial = partial;
  }

  /** Above zero inside values that upstream decodes leniently. */
  lenient = 0;

  report(what: 'unknown' | 'duplicate', name: string): void {
    if (this.lenient > 0) return;
    const problem = `${what} field ${JSON.stringify(this.pathOf(name))}`;
    if (this.problems.length < DECODE_PROBLEMS_MAX && !this.problems.includes(problem)) this.problems.push(problem);
  }

  /** `spec.containers[0].name` */
  pathOf(last: string): string {
    let path = '';
    for (const step of [...this.steps, last]) {
      if (typeof step === 'number') path += `[${step}]`;
      else path += `${path === '' ? '' : '.'}${typeof step === 'string' ? step : step[0]}`;
    }
    return path;
  }

  /** The same for a number as it was written. */
  numberMismatch(text: string, schema: Schema): DecodeError {
    return this.#cannot(`number ${text}`, Number(text), schema);
  }

  /** `json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container` */
  mismatch(value: unknown, schema: Schema, exact = false): DecodeError {
    return this.#cannot(`${valueKind(value)}${exact ? ` ${value}` : ''}`, value, schema);
  }

  #cannot(what: string, value: unknown, schema: Schema): DecodeError {
    const fields = this.steps.filter((step) => typeof step === 'string');
    const into =
      fields.length === 0
        ? `Go value of type ${goTypeName(schema)}`
        : `Go struct field ${this.struct}.${fields.join('.')} of type ${goTypeName(schema)}`;
    return new DecodeError(`json: cannot unmarshal ${what} into ${into}`, conversionProblem(value, schema));
  }
}

/** The JSON kind of a value in upstream's words. */
export function valueKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'number';
  return typeof value;
}
