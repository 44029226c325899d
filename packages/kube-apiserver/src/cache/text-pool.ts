/** Makes texts out of bytes, and equal short ones one value: thousands of pods name the same node, phase and scheduler. */
import { parsedValue, type ReadValue } from './sparse-json.ts';

/** Texts that are kept, each in a place of its own that the next text of the same hash takes over. A power of two. */
const PLACES = 8192;
/** Longer texts are seldom equal. */
const SHARED_BYTES_MAX = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ASCII_END = 0x80;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Makes readers of JSON values, one for each field: texts that were read lately are not made again. */
export function textPool(): () => ReadValue {
  // Most resources never get here: eighty tables of 64 KB would be most of the heap of an idle server, and upset its collector.
  let known: (string | undefined)[] | undefined;
  const read: ReadValue = (bytes, start, end) => {
    const [first, last] = [start + 1, end - 1];
    if (bytes[start] !== QUOTE || last - first > SHARED_BYTES_MAX) return parsedValue(bytes, start, end);
    let hash = FNV_OFFSET;
    for (let at = first; at < last; at++) {
      const byte = bytes[at]!;
      if (byte === BACKSLASH || byte >= ASCII_END) return parsedValue(bytes, start, end);
      hash = Math.imul(hash ^ byte, FNV_PRIME);
    }
    const place = (hash ^ (hash >>> 16)) & (PLACES - 1);
    known ??= new Array<string | undefined>(PLACES).fill(undefined);
    const present = known[place];
    if (present !== undefined && isText(present, bytes, first, last)) return present;
    const text = bytes.toString('latin1', first, last);
    known[place] = text;
    return text;
  };
  return () => {
    // What an object has in a field, the next one most often has there, too.
    let before = '';
    return (bytes, start, end) => {
      if (bytes[start] === QUOTE && before !== '' && isText(before, bytes, start + 1, end - 1)) return before;
      const value = read(bytes, start, end);
      before = typeof value === 'string' && isPlain(value) ? value : '';
      return value;
    };
  };
}

/** Whether the text is the same between quotes in JSON, byte for byte. */
function isPlain(text: string): boolean {
  if (text.length > SHARED_BYTES_MAX) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE || code === BACKSLASH || code >= ASCII_END) return false;
  }
  return true;
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}
