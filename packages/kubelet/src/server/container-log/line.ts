/** Lines of container log files in the CRI format: `<RFC 3339 time> <stdout|stderr> <tags> <text>`. */
import type { LogOptions } from '../contract.ts';

export interface LogLine {
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** The runtime cut a long line here; the rest follows in the next entry of the stream. */
  readonly partial: boolean;
  readonly text: Buffer;
}

const SPACE = 0x20;

/** Undefined for a line that is not in the format. `line` is without its newline. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const timeEnd = line.indexOf(SPACE);
  const streamEnd = line.indexOf(SPACE, timeEnd + 1);
  if (timeEnd <= 0 || streamEnd === -1) return undefined;
  const tagsEnd = line.indexOf(SPACE, streamEnd + 1);
  const stream = line.toString('latin1', timeEnd + 1, streamEnd);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tags = line.toString('latin1', streamEnd + 1, tagsEnd === -1 ? line.length : tagsEnd);
  return {
    time: line.toString('latin1', 0, timeEnd),
    stream,
    partial: tags.split(':')[0] === 'P',
    text: tagsEnd === -1 ? Buffer.alloc(0) : line.subarray(tagsEnd + 1),
  };
}

const NEWLINE = Buffer.from('\n');

/** Turns file lines into what the user asked to see. One per request: it counts bytes and remembers open lines. */
export class LogRenderer {
  readonly #options: LogOptions;
  readonly #open = new Set<string>();
  #left: number;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** True when the byte limit is used up. */
  get full(): boolean {
    return this.#left <= 0;
  }

  render(line: Buffer): Buffer | undefined {
    const entry = parseLogLine(line);
    if (entry === undefined || this.full || !this.#wanted(entry)) return undefined;
    const begins = !this.#open.has(entry.stream);
    if (entry.partial) this.#open.add(entry.stream);
    else this.#open.delete(entry.stream);
    const parts = [entry.text];
    if (this.#options.timestamps && begins) parts.unshift(Buffer.from(`${entry.time} `));
    if (!entry.partial) parts.push(NEWLINE);
    const bytes = Buffer.concat(parts).subarray(0, this.#left);
    this.#left -= bytes.length;
    return bytes;
  }

  #wanted(entry: LogLine): boolean {
    const { stream, sinceMs } = this.#options;
    if (stream !== 'All' && stream.toLowerCase() !== entry.stream) return false;
    return sinceMs === undefined || Date.parse(entry.time) >= sinceMs;
  }
}
