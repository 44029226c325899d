/**
 * Quantities: fixed-point numbers with a suffix (API conventions, "Units"). Kept exactly, in billionths, which is the
 * finest the API knows; finer values are rounded away from zero.
 */

/** How the text was written, which is how its canonical form is written again. */
type Format = 'decimal' | 'binary' | 'exponent';

const NANO = 1_000_000_000n;
/** Binary quantities are capped at what a signed 64-bit integer of whole units holds; decimal ones are not. */
const BINARY_MAX = (2n ** 63n - 1n) * NANO;
const TEXT_LENGTH_MAX = 256; // No sensible number is longer; bounds the work of bigint parsing.
const EXPONENT_MAX = 1000; // Nothing on earth is counted beyond it; bounds the digits that arithmetic works on.

const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIXES = Object.entries(DECIMAL_EXPONENTS).sort(([, a], [, b]) => b - a);

/** Not a quantity. The message is the one upstream gives. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
  readonly code = 'not-a-quantity';
}
const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** Digits may be absent altogether: upstream takes `Gi`, `.` and `-` for nothing of something. */
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*)([+-]?\d*)$/;

export class Quantity {
  /** Billionths. */
  readonly #nano: bigint;
  readonly #format: Format;

  constructor(nano: bigint, format: Format) {
    this.#nano = format === 'binary' ? capped(nano) : nano;
    this.#format = format;
  }

  /** Whole units, without a suffix of its own. */
  static of(units: number | bigint, format: 'decimal' | 'binary' = 'decimal'): Quantity {
    return new Quantity(BigInt(units) * NANO, format);
  }
  static ofMilli(milli: number | bigint): Quantity {
    return new Quantity(BigInt(milli) * 1_000_000n, 'decimal');
  }

  compare(other: Quantity): -1 | 0 | 1 {
    return this.#nano < other.#nano ? -1 : this.#nano > other.#nano ? 1 : 0;
  }
  /** The result is written in the format of the first quantity that is not zero. */
  add(other: Quantity): Quantity {
    return new Quantity(this.#nano + other.#nano, this.isZero() ? other.#format : this.#format);
  }
  subtract(other: Quantity): Quantity {
    return new Quantity(this.#nano - other.#nano, this.isZero() ? other.#format : this.#format);
  }
  negate(): Quantity {
    return new Quantity(-this.#nano, this.#format);
  }
  isZero(): boolean {
    return this.#nano === 0n;
  }
  sign(): -1 | 0 | 1 {
    return this.#nano < 0n ? -1 : this.#nano > 0n ? 1 : 0;
  }
  /** Whole units, fractions rounded up. */
  value(): bigint {
    return divideUp(this.#nano, NANO);
  }
  /** Thousandths, finer fractions rounded up. */
  milliValue(): bigint {
    return divideUp(this.#nano, 1_000_000n);
  }
  /** The nearest double. */
  toNumber(): number {
    return Number(this.#nano) / 1e9;
  }
  isInteger(): boolean {
    return this.#nano % NANO === 0n;
  }

  /** Canonical form: no fraction, the largest suffix that loses nothing. Fractions of a binary quantity are written decimally. */
  toString(): string {
    if (this.#nano === 0n) return '0';
    const units = this.#nano < 0n ? -this.#nano : this.#nano;
    const binary = this.#format === 'binary' && units >= 1024n * NANO && this.isInteger();
    const text = binary ? binaryText(units / NANO) : decimalText(units, this.#format === 'exponent');
    return this.#nano < 0n ? `-${text}` : text;
  }
  toJSON(): string {
    return this.toString();
  }
}

function capped(nano: bigint): bigint {
  if (nano > BINARY_MAX) return BINARY_MAX;
  return nano < -BINARY_MAX ? -BINARY_MAX : nano;
}

function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by > 0n ? quotient + 1n : quotient;
}

function binaryText(units: bigint): string {
  let rest = units;
  let suffix = 0;
  while (suffix < BINARY_SUFFIXES.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n;
    suffix += 1;
  }
  return `${rest}${BINARY_SUFFIXES[suffix]}`;
}

function decimalText(nano: bigint, exponent: boolean): string {
  const beyond = thousandsBeyondSuffixes(nano);
  if (beyond > 0) return `${nano / 10n ** BigInt(beyond + 9)}e${beyond}`;
  for (const [suffix, power] of DECIMAL_SUFFIXES) {
    const unit = 10n ** BigInt(power + 9);
    if (nano % unit !== 0n) continue;
    if (!exponent) return `${nano / unit}${suffix}`;
    return power === 0 ? `${nano / unit}` : `${nano / unit}e${power}`;
  }
  return String(nano); // Not reached: one billionth divides everything.
}

/** The power of ten for what the largest suffix cannot say; 0: a suffix will do. */
function thousandsBeyondSuffixes(nano: bigint): number {
  let power = 18;
  while (nano % 10n ** BigInt(power + 3 + 9) === 0n) power += 3;
  return power > 18 ? power : 0;
}

/** Parses a quantity; throws QuantityError. */
export function parseQuantity(text: string | number): Quantity {
  const source = typeof text === 'number' ? String(text) : text;
  const match = source.length > TEXT_LENGTH_MAX ? null : SHAPE.exec(source);
  const [, sign = '', whole = '', fraction = '', letters = '', power = ''] = match ?? [];
  if (match === null || source === '') throw new QuantityError(FORMAT_WRONG);
  const { format, multiplier, exponent } = suffixOf(letters, power);
  const digits = BigInt(whole + fraction) * multiplier;
  const shift = exponent - fraction.length + 9;
  const nano = shift >= 0 ? digits * 10n ** BigInt(shift) : divideUp(digits, 10n ** BigInt(-shift));
  return new Quantity(sign === '-' ? -nano : nano, format);
}

function suffixOf(letters: string, power: string): { format: Format; multiplier: bigint; exponent: number } {
  const isExponent = (letters === 'e' || letters === 'E') && /^[+-]?\d+$/.test(power);
  if (isExponent) {
    const wanted = Number(power);
    const exponent = Math.max(-EXPONENT_MAX, Math.min(EXPONENT_MAX, wanted));
    return { format: 'exponent', multiplier: 1n, exponent };
  }
  const binary = BINARY_SUFFIXES.indexOf(letters as (typeof BINARY_SUFFIXES)[number]);
  if (power === '' && binary > 0) return { format: 'binary', multiplier: 1024n ** BigInt(binary), exponent: 0 };
  const decimal = Object.hasOwn(DECIMAL_EXPONENTS, letters) ? DECIMAL_EXPONENTS[letters] : undefined;
  if (power !== '' || decimal === undefined) throw new QuantityError("unable to parse quantity's suffix");
  return { format: 'decimal', multiplier: 1n, exponent: decimal };
}

/** True when the text is a quantity. */
export function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}
