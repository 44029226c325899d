/**
 * As much of an assembler for WebAssembly as json-reader-code.ts needs: instructions are functions that answer bytes, values are
 * 32-bit integers or vectors of 16 bytes, and a local is named by a number (WebAssembly core specification 2.0, chapter 5).
 */
export type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;
const NO_RESULT = 0x40;
const VECTOR = 0xfd;

function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
const joined = (parts: readonly Code[]): Code => parts.flat();
const listed = (parts: readonly Code[]): Code => [...unsigned(parts.length), ...joined(parts)];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];

/** An instruction behind the code of what it takes. */
const operation =
  (...code: Code) =>
  (...operands: readonly Code[]): Code => [...joined(operands), ...code];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const number = (value: number): Code => [0x41, ...signed(value)];

export const isZero = operation(0x45);
export const equal = operation(0x46);
export const differ = operation(0x47);
export const less = operation(0x48);
export const greater = operation(0x4a);
export const notLess = operation(0x4e);
export const trailingZeros = operation(0x68);
export const ones = operation(0x69);
export const add = operation(0x6a);
export const subtract = operation(0x6b);
export const and = operation(0x71);
export const or = operation(0x72);
export const xor = operation(0x73);
export const shiftLeft = operation(0x74);
export const shiftRight = operation(0x76);

export const byteAt = (address: Code, offset = 0): Code => [...address, 0x2d, 0, ...unsigned(offset)];
export const shortAt = (address: Code, offset = 0): Code => [...address, 0x2f, 0, ...unsigned(offset)];
export const wordAt = (address: Code): Code => [...address, 0x28, 0, 0];
export const storeWord = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  0x36,
  0,
  ...unsigned(offset),
];
export const clear = (address: Code, length: Code): Code => [...address, ...number(0), ...length, 0xfc, 0x0b, 0];

export const vectorAt = (address: Code): Code => [...address, VECTOR, 0, 0, 0];
/** Sixteen times the same byte. */
export const vectorOf = (byte: number): Code => [VECTOR, 0x0c, ...Array.from({ length: 16 }, () => byte)];
export const vectorOr = operation(VECTOR, 0x50);
/** Of two vectors, a bit for each byte that is equal. */
export const equalBytes = operation(VECTOR, 0x23, VECTOR, 0x64);

export const when = (condition: Code, then: readonly Code[], otherwise?: readonly Code[]): Code => [
  ...condition,
  0x04,
  NO_RESULT,
  ...joined(then),
  ...(otherwise === undefined ? [] : [0x05, ...joined(otherwise)]),
  0x0b,
];
/** Runs once; `again` jumps to its beginning from so many enclosing blocks further in. */
export const loop = (...body: readonly Code[]): Code => [0x03, NO_RESULT, ...joined(body), 0x0b];
export const again = (enclosing: number): Code => [0x0c, ...unsigned(enclosing)];
export const leave = (value: Code): Code => [...value, 0x0f];
export const call = (target: number, ...operands: readonly Code[]): Code => [
  ...joined(operands),
  0x10,
  ...unsigned(target),
];

/** A function of integers with an integer as its result; its locals are its parameters, the integers and the vectors, in this order. */
export interface WasmFunction {
  readonly parameters: number;
  readonly integers: number;
  readonly vectors: number;
  readonly body: readonly Code[];
}

const name = (text: string): Code => sized([...Buffer.from(text)]);
const section = (kind: number, ...parts: readonly Code[]): Code => [kind, ...sized(listed(parts))];

function typeOf({ parameters }: WasmFunction): Code {
  return [0x60, ...listed(Array.from({ length: parameters }, () => [I32])), 1, I32];
}

function codeOf({ integers, vectors, body }: WasmFunction): Code {
  const locals = [
    [...unsigned(integers), I32],
    [...unsigned(vectors), V128],
  ];
  return sized([...listed(locals), ...joined(body), 0x0b]);
}

/** A module with memory of so many pages of 64 KiB; exports it as `memory`, and the last function as `run`. */
export function wasmModule(functions: readonly WasmFunction[], pages: number): Uint8Array {
  const last = functions.length - 1;
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, ...functions.map(typeOf)),
    ...section(3, ...functions.map((_, index) => unsigned(index))),
    ...section(5, [0, ...unsigned(pages)]),
    ...section(7, [...name('memory'), 2, 0], [...name('run'), 0, ...unsigned(last)]),
    ...section(10, ...functions.map(codeOf)),
  ]);
}
