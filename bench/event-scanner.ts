/** Finds the numbers of created objects in what a watcher receives, however it is cut into chunks. */

const MARK = Buffer.from('"name":"w-');
const QUOTE = 0x22;
const DIGITS_MAX = 8;
/** A mark and its number, with the quote that ends it. */
const FOUND_BYTES_MAX = MARK.length + DIGITS_MAX + 1;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Calls back with the number in each name `w-<number>`, once each. Cheap, because whoever measures shares the processor with what is
 * measured: nothing is decoded, and only what hangs over the end of a chunk is copied.
 */
export function eventScanner(onEvent: (index: number) => void): (chunk: Buffer) => void {
  let tail = NOTHING;
  /** Tells every whole mark from there on and returns what may be the beginning of another. */
  function scan(data: Buffer, start: number): Buffer {
    let from = start;
    for (let found = data.indexOf(MARK, from); found !== -1; found = data.indexOf(MARK, from)) {
      const end = data.indexOf(QUOTE, found + MARK.length);
      if (end === -1) return Buffer.from(data.subarray(found));
      onEvent(numberAt(data, found + MARK.length));
      from = end;
    }
    return Buffer.from(data.subarray(Math.max(from, data.length - MARK.length + 1)));
  }
  return (chunk) => {
    if (tail.length > 0 && chunk.length < FOUND_BYTES_MAX) {
      tail = scan(Buffer.concat([tail, chunk]), 0);
      return;
    }
    let from = 0;
    if (tail.length > 0) {
      const seam = Buffer.concat([tail, chunk.subarray(0, FOUND_BYTES_MAX)]);
      const found = seam.indexOf(MARK);
      // What begins in this chunk is found there.
      if (found !== -1 && found < tail.length) {
        onEvent(numberAt(seam, found + MARK.length));
        from = Math.max(0, found + MARK.length - tail.length);
      }
    }
    tail = scan(chunk, from);
  };
}

function numberAt(bytes: Buffer, start: number): number {
  let number = 0;
  for (let at = start; bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) number = number * 10 + bytes[at]! - 0x30;
  return number;
}
