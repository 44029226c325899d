/** What a log says last. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

const TAIL_BYTES = 4096;

/** The last line of a log, for an error message. */
export function lastLine(path: string): string {
  try {
    const size = statSync(path).size;
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const file = openSync(path, 'r');
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    closeSync(file);
    return buffer.toString('utf8').trim().split('\n').at(-1) ?? '';
  } catch {
    return 'it wrote nothing';
  }
}
