/**
 * Integers of 64 bits in JSON. JavaScript's numbers are exact to 53 bits; what needs more is a bigint, here and in every
 * decoder, and is written back digit for digit.
 */

const INT64_MAX = 2n ** 63n - 1n;
const INT64_DIGITS_MAX = 20; // With the sign; longer texts are no int64, and making bigints of them would take long.

/** Digits in a row that may be more than a number can hold. */
const LONG = /\d{16}/;
const INTEGER = /^-?\d+$/;
/** A number with a fraction or an exponent, where a value can stand. May find one in a string too; that only costs time. */
const FRACTION = /(?:":|[[,])\s*-?\d+[.eE]/;

interface RawJson {
  readonly rawJSON?: (text: string) => unknown;
}
interface Source {
  readonly source?: string;
}

// JSON.stringify refuses bigints unless they say how they are written. This is the one built-in that is extended: objects
// of the API are stringified in many places, and none of them should have to know which integers are large.
Object.defineProperty(BigInt.prototype, 'toJSON', {
  value(this: bigint) {
    return (JSON as RawJson).rawJSON?.(this.toString());
  },
  configurable: true,
  writable: true,
});

/** JSON.parse that keeps integers of 64 bits exact. Throws SyntaxError; RangeError when a document with such is nested too deep. */
export function parseJson(text: string): unknown {
  return LONG.test(text) ? JSON.parse(text, exact as (key: string, value: unknown) => unknown) : JSON.parse(text);
}

function exact(_key: string, value: unknown, context: Source): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return exactInteger(context.source ?? '') ?? value;
}

/** The integer of the text when it is one of 64 bits; a bigint only where a number would not be exact. */
export function exactInteger(text: string): number | bigint | undefined {
  if (text.length > INT64_DIGITS_MAX || !INTEGER.test(text)) return undefined;
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  const wide = BigInt(text);
  return isInt64(wide) ? wide : undefined;
}

export function isInt64(value: bigint): boolean {
  return value <= INT64_MAX && value >= -INT64_MAX - 1n;
}

/** Whether the text may hold a number that is not written as an integer. */
export function mayHoldFractions(text: string): boolean {
  return FRACTION.test(text);
}
