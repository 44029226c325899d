/**
 * The reader of sparse-json.ts as WebAssembly, because nothing else passes over many bytes so fast. Every function answers where what it
 * reads ends, or STRANGE. Nothing is read beyond `end` but to be refused: behind it lies a zero.
 */
import {
  BACKSLASH,
  CLOSING_BRACE,
  FOLD,
  nested,
  OPENING_BRACE,
  QUOTE,
  STRANGE,
  VECTOR_BYTES,
} from './json-nested-code.ts';
import {
  add,
  again,
  and,
  byteAt,
  type Code,
  call,
  clear,
  differ,
  equal,
  get,
  isZero,
  leave,
  loop,
  notLess,
  number,
  or,
  set,
  shiftLeft,
  shortAt,
  storeWord,
  subtract,
  type WasmFunction,
  wasmModule,
  when,
  wordAt,
} from './wasm-code.ts';

/** Where the slots of wanted fields lie: two words each, where a value begins and ends. */
export const SLOTS_AT = 0;
export const SLOT_BYTES = 8;
export const SLOTS_MAX = 64;
/** Where the plan lies, and where the JSON begins. */
export const PLAN_AT = SLOTS_AT + SLOTS_MAX * SLOT_BYTES;
export const PLAN_BYTES_MAX = 4096;
export const JSON_AT = PLAN_AT + PLAN_BYTES_MAX;
/** Of longer ones everything is parsed: there are few. */
export const JSON_BYTES_MAX = 1024 * 1024;

const PAGE_BYTES = 65_536;

const BLANK = 0x20;
const COMMA = 0x2c;
const COLON = 0x3a;

const strange = leave(number(STRANGE));
const grow = (local: number, by = 1): Code => set(local, add(get(local), number(by)));
const is = (local: number, byte: number): Code => equal(get(local), number(byte));

function text(): WasmFunction {
  const [at, end, byte] = [0, 1, 2] as const;
  const body = [
    loop(
      grow(at),
      when(notLess(get(at), get(end)), [strange]),
      set(byte, byteAt(get(at))),
      when(is(byte, QUOTE), [leave(add(get(at), number(1)))]),
      when(is(byte, BACKSLASH), [grow(at)]),
      again(0),
    ),
    number(STRANGE),
  ];
  return { parameters: 2, integers: 1, vectors: 0, body };
}

const [NESTED, TEXT, VALUE, FIND, OBJECT] = [0, 1, 2, 3, 4] as const;

function value(): WasmFunction {
  const [at, end, byte, start] = [0, 1, 2, 3] as const;
  const body = [
    set(byte, byteAt(get(at))),
    when(is(byte, QUOTE), [leave(call(TEXT, get(at), get(end)))]),
    when(equal(or(get(byte), number(FOLD)), number(OPENING_BRACE)), [leave(call(NESTED, get(at), get(end)))]),
    set(start, get(at)),
    loop(
      when(notLess(get(at), get(end)), [strange]),
      set(byte, byteAt(get(at))),
      when(or(is(byte, COMMA), is(byte, CLOSING_BRACE)), [when(equal(get(at), get(start)), [strange]), leave(get(at))]),
      when(is(byte, BLANK), [strange]),
      grow(at),
      again(0),
    ),
    number(STRANGE),
  ];
  return { parameters: 2, integers: 2, vectors: 0, body };
}

/** A node of the plan is the number of its fields and, for each: length of the name, slot, node below it or 0 (two bytes), name. */
const FIELD_HEAD = 4;

/** Answers where the plan has the field with a name, or 0. */
function find(): WasmFunction {
  const [node, name, length, left, field, index] = [0, 1, 2, 3, 4, 5] as const;
  const body = [
    set(left, byteAt(get(node))),
    set(field, add(get(node), number(1))),
    loop(
      when(isZero(get(left)), [leave(number(0))]),
      when(equal(byteAt(get(field)), get(length)), [
        set(index, number(0)),
        loop(
          when(equal(get(index), get(length)), [leave(get(field))]),
          when(equal(byteAt(add(get(field), get(index)), FIELD_HEAD), byteAt(add(get(name), get(index)))), [
            grow(index),
            again(1),
          ]),
        ),
      ]),
      set(field, add(add(get(field), byteAt(get(field))), number(FIELD_HEAD))),
      grow(left, -1),
      again(0),
    ),
    number(0),
  ];
  return { parameters: 3, integers: 3, vectors: 0, body };
}

function object(): WasmFunction {
  const [at, end, node, name, byte, field, start, slot] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const endOfName: readonly Code[] = [
    set(start, get(name)),
    loop(
      when(notLess(get(start), get(end)), [strange]),
      set(byte, byteAt(get(start))),
      when(is(byte, BACKSLASH), [strange]),
      when(differ(get(byte), number(QUOTE)), [grow(start), again(1)]),
    ),
  ];
  const below = shortAt(get(field), 2);
  const into = and(equal(byteAt(get(start)), number(OPENING_BRACE)), differ(below, number(0)));
  const keep: readonly Code[] = [
    set(slot, shiftLeft(byteAt(get(field), 1), number(Math.log2(SLOT_BYTES)))),
    when(wordAt(get(slot)), [strange]), // The same name twice.
    storeWord(get(slot), get(start)),
  ];
  const body = [
    when(differ(byteAt(get(at)), number(OPENING_BRACE)), [strange]),
    when(equal(byteAt(get(at), 1), number(CLOSING_BRACE)), [leave(add(get(at), number(2)))]),
    loop(
      when(differ(byteAt(get(at), 1), number(QUOTE)), [strange]),
      set(name, add(get(at), number(2))),
      ...endOfName,
      when(differ(byteAt(get(start), 1), number(COLON)), [strange]),
      set(field, call(FIND, get(node), get(name), subtract(get(start), get(name)))),
      grow(start, 2),
      when(
        get(field),
        [
          ...keep,
          when(
            into,
            [set(at, call(OBJECT, get(start), get(end), below))],
            [set(at, call(VALUE, get(start), get(end)))],
          ),
          storeWord(get(slot), get(at), 4),
        ],
        [set(at, call(VALUE, get(start), get(end)))],
      ),
      when(is(at, STRANGE), [strange]),
      set(byte, byteAt(get(at))),
      when(is(byte, COMMA), [again(1)]),
      when(is(byte, CLOSING_BRACE), [leave(add(get(at), number(1)))]),
    ),
    number(STRANGE),
  ];
  return { parameters: 3, integers: 5, vectors: 0, body };
}

/** Reads the JSON that ends at `end` by the plan, and fills so many slots: with zeros those of what is not there. */
function run(): WasmFunction {
  const [end, slots] = [0, 1] as const;
  const body = [
    clear(number(SLOTS_AT), shiftLeft(get(slots), number(Math.log2(SLOT_BYTES)))),
    call(OBJECT, number(JSON_AT), get(end), number(PLAN_AT)),
  ];
  return { parameters: 2, integers: 0, vectors: 0, body };
}

/** Some bytes are read past the end before it is noticed. */
const pages = Math.ceil((JSON_AT + JSON_BYTES_MAX + 2 * VECTOR_BYTES) / PAGE_BYTES);

/** The module; `run(end, slots)`. */
export const jsonReaderCode = (): Uint8Array => wasmModule([nested(), text(), value(), find(), object(), run()], pages);
