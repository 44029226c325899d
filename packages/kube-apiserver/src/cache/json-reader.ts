/** What json-reader-code.ts makes, as functions: finds fields of a JSON object in its bytes. */
import {
  JSON_AT,
  JSON_BYTES_MAX,
  jsonReaderCode,
  PLAN_AT,
  PLAN_BYTES_MAX,
  SLOT_BYTES,
  SLOTS_AT,
  SLOTS_MAX,
} from './json-reader-code.ts';

const NAME_BYTES_MAX = 255; // Its length takes a byte of the plan.

/** A field to look for; those below it are looked for in its value if that is an object. */
export interface PlannedField {
  readonly name: string;
  /** Each has its own, from 0 on. */
  readonly slot: number;
  readonly inside: readonly PlannedField[] | undefined;
}

/** What to look for, as the code reads it. */
export interface Plan {
  readonly bytes: Uint8Array;
  readonly slots: number;
}

/** Undefined when it is more than fits. */
export function planOf(fields: readonly PlannedField[]): Plan | undefined {
  const bytes: number[] = [];
  let slots = 0;
  const write = (level: readonly PlannedField[]): void => {
    bytes.push(level.length);
    const waiting: { readonly at: number; readonly inside: readonly PlannedField[] }[] = [];
    for (const { name, slot, inside } of level) {
      const text = Buffer.from(name);
      if (inside !== undefined) waiting.push({ at: bytes.length + 2, inside });
      bytes.push(Math.min(text.length, NAME_BYTES_MAX), slot, 0, 0, ...text);
      slots = Math.max(slots, slot + 1, text.length > NAME_BYTES_MAX ? Number.POSITIVE_INFINITY : 0);
    }
    for (const { at, inside } of waiting) {
      const below = PLAN_AT + bytes.length;
      bytes[at] = below & 0xff;
      bytes[at + 1] = below >> 8;
      write(inside);
    }
  };
  write(fields);
  return slots > SLOTS_MAX || bytes.length > PLAN_BYTES_MAX ? undefined : { bytes: Uint8Array.from(bytes), slots };
}

/** The one reader of the process: it keeps nothing between two calls but its last plan. */
export interface JsonReader {
  /** What was read last. */
  readonly bytes: Buffer;
  /** Where in it the field of slot n begins and ends: at 2n and 2n + 1. Begins at 0: it is absent. */
  readonly slots: Int32Array;
  /** False when it is not JSON as servers store it, or too long. */
  read(json: Uint8Array, plan: Plan): boolean;
}

/** The parts of the platform that are used here, and that Node's types leave out. */
export interface WebAssemblyApi {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
interface ReaderExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly run: (end: number, slots: number) => number;
}

/** Reads nothing where the platform has no WebAssembly, or too little address space for its memory: then everything is parsed. */
export function createJsonReader(api: WebAssemblyApi | undefined): JsonReader {
  try {
    if (api !== undefined) return readerOf(new api.Instance(new api.Module(jsonReaderCode())).exports as ReaderExports);
  } catch {
    // As if it were not there.
  }
  return { bytes: Buffer.alloc(0), slots: new Int32Array(0), read: () => false };
}

function readerOf({ memory, run }: ReaderExports): JsonReader {
  const bytes = Buffer.from(memory.buffer);
  let present: Plan | undefined;
  return {
    bytes,
    slots: new Int32Array(memory.buffer, SLOTS_AT, (SLOTS_MAX * SLOT_BYTES) / Int32Array.BYTES_PER_ELEMENT),
    read(json, plan) {
      if (json.length > JSON_BYTES_MAX) return false;
      if (plan !== present) bytes.set(plan.bytes, PLAN_AT);
      present = plan;
      const end = JSON_AT + json.length;
      bytes.set(json, JSON_AT);
      bytes[end] = 0;
      return run(end, plan.slots) === end;
    },
  };
}

let reader: JsonReader | undefined;

/** Made when it is first needed. */
export function jsonReader(): JsonReader {
  reader ??= createJsonReader((globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly);
  return reader;
}
