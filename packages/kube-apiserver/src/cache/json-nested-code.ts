/**
 * Finds where a nested JSON value ends, as WebAssembly that looks at 16 bytes at a time: what is left of a stored object when the fields
 * that are wanted are taken out is nearly all of it.
 */
import {
  add,
  again,
  and,
  byteAt,
  type Code,
  equal,
  equalBytes,
  get,
  greater,
  isZero,
  leave,
  less,
  loop,
  notLess,
  number,
  ones,
  or,
  set,
  shiftLeft,
  shiftRight,
  subtract,
  trailingZeros,
  vectorAt,
  vectorOf,
  vectorOr,
  type WasmFunction,
  when,
  xor,
} from './wasm-code.ts';

/** Instead of a position: the bytes are not of the form that is understood here. */
export const STRANGE = -1;
export const VECTOR_BYTES = 16;

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPENING_BRACE = 0x7b;
export const CLOSING_BRACE = 0x7d;
/** What brackets and braces differ in. */
export const FOLD = 0x20;
/** A bit for each byte of a vector. */
const ALL = 0xffff;

/** Locals: where it is, where the JSON ends, how deep, ALL while in a text, and what is at hand. */
const [AT, END, DEPTH, IN_TEXT, STOP, BYTE, QUOTES, OPENINGS, CLOSINGS, CHUNK, FOLDED] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
] as const;

/** `nested(at, end)` answers the position behind the object or list that begins at one, or STRANGE. */
export const nested = (): WasmFunction => ({
  parameters: 2,
  integers: 7,
  vectors: 2,
  body: [
    loop(
      when(notLess(get(AT), get(END)), [leave(number(STRANGE))]),
      set(CHUNK, vectorAt(get(AT))),
      when(equalBytes(get(CHUNK), vectorOf(BACKSLASH)), byteByByte(), asVector()),
      again(0),
    ),
    number(STRANGE),
  ],
});

const more = (local: number, by = 1): Code => set(local, add(get(local), number(by)));
const isByte = (byte: number): Code => equal(get(BYTE), number(byte));

/** One level less deep; `where` is behind what closed it. */
const close = (where: Code): readonly Code[] => [
  set(DEPTH, subtract(get(DEPTH), number(1))),
  when(isZero(get(DEPTH)), [leave(where)]),
];

/** Where there are escapes; the last may reach into the next vector. */
function byteByByte(): readonly Code[] {
  const inText = [when(isByte(BACKSLASH), [more(AT)], [when(isByte(QUOTE), [set(IN_TEXT, number(0))])])];
  const bracket = [
    set(BYTE, or(get(BYTE), number(FOLD))),
    when(isByte(OPENING_BRACE), [more(DEPTH)], [when(isByte(CLOSING_BRACE), close(add(get(AT), number(1))))]),
  ];
  const outside = [when(isByte(QUOTE), [set(IN_TEXT, number(ALL))], bracket)];
  return [
    set(STOP, add(get(AT), number(VECTOR_BYTES))),
    loop(
      set(BYTE, byteAt(get(AT))),
      when(get(IN_TEXT), inText, outside),
      more(AT),
      when(less(get(AT), get(STOP)), [again(1)]),
    ),
  ];
}

function asVector(): readonly Code[] {
  const outside = (bits: Code): Code => and(bits, xor(get(QUOTES), number(ALL)));
  return [
    set(QUOTES, equalBytes(get(CHUNK), vectorOf(QUOTE))),
    // From bits at quotes to bits from each opening quote to before its closing one.
    ...[1, 2, 4, 8].map((by) => set(QUOTES, xor(get(QUOTES), shiftLeft(get(QUOTES), number(by))))),
    set(QUOTES, and(xor(get(QUOTES), get(IN_TEXT)), number(ALL))),
    set(IN_TEXT, and(subtract(number(0), shiftRight(get(QUOTES), number(VECTOR_BYTES - 1))), number(ALL))),
    set(FOLDED, vectorOr(get(CHUNK), vectorOf(FOLD))),
    set(OPENINGS, outside(equalBytes(get(FOLDED), vectorOf(OPENING_BRACE)))),
    set(CLOSINGS, outside(equalBytes(get(FOLDED), vectorOf(CLOSING_BRACE)))),
    when(
      greater(get(DEPTH), ones(get(CLOSINGS))),
      [set(DEPTH, subtract(add(get(DEPTH), ones(get(OPENINGS))), ones(get(CLOSINGS))))],
      bracketByBracket(),
    ),
    more(AT, VECTOR_BYTES),
  ];
}

/** Where it may end within the vector: STOP has a bit for each bracket that is left. */
function bracketByBracket(): readonly Code[] {
  const first = and(get(STOP), subtract(number(0), get(STOP)));
  return [
    set(STOP, or(get(OPENINGS), get(CLOSINGS))),
    loop(
      when(get(STOP), [
        when(and(first, get(OPENINGS)), [more(DEPTH)], close(add(add(get(AT), trailingZeros(get(STOP))), number(1)))),
        set(STOP, and(get(STOP), subtract(get(STOP), number(1)))),
        again(1),
      ]),
    ),
  ];
}
