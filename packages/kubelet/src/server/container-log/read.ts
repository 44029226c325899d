import type { Clock } from '@steersman/machinery';
import type { LogOptions } from '../contract.ts';
import { LogRenderer } from './line.ts';

/** An open log file. */
export interface LogFile {
  /** Tells files apart whatever their name (the inode). */
  readonly identity: string;
  size(): Promise<number>;
  /** Up to `length` bytes from `offset`; empty at the end. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Where log files are. */
export interface LogFiles {
  /** Undefined when there is no such file. */
  open(path: string): Promise<LogFile | undefined>;
  /** The identity of the file that has the name now. */
  identityOf(path: string): Promise<string | undefined>;
}

export interface ReadContainerLogOptions {
  readonly files: LogFiles;
  readonly path: string;
  readonly log: LogOptions;
  /** Whether the container still runs; asked now and then while following. */
  readonly running: () => Promise<boolean>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const READ_BYTES = 65_536;
/** Runtimes cut lines at 16 KiB; anything longer than this without a newline is not a log. */
const LINE_BYTES_MAX = 1_048_576;
const FOLLOW_POLL_MS = 100;
/** The container's state is asked every so many polls. */
const POLLS_PER_STATE_CHECK = 3;
const NEWLINE = 0x0a;

/** Where the last `count` lines begin: read backwards, so the length of the file does not matter. */
export async function tailOffset(file: LogFile, count: number): Promise<number> {
  const size = await file.size();
  if (count <= 0) return size;
  let seen = 0;
  // The newline that ends the file ends its last line; it does not begin another.
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - READ_BYTES);
    const block = await file.read(start, end - start);
    for (let index = block.length - 1; index >= 0; index--) {
      if (block[index] !== NEWLINE || start + index === size - 1) continue;
      seen += 1;
      if (seen === count) return start + index + 1;
    }
    end = start;
  }
  return 0;
}

/**
 * The log of one container from its CRI log file, as `LogOptions` ask for it. When following, survives rotation (the
 * old file is read to its end first) and truncation, and ends when the container has ended or the signal aborts.
 */
export async function* readContainerLog(options: ReadContainerLogOptions): AsyncGenerator<Uint8Array> {
  const { files, path, log, clock, signal } = options;
  const renderer = new LogRenderer(log);
  let file = await files.open(path);
  if (file === undefined) return;
  try {
    let offset = log.tailLines === undefined ? 0 : await tailOffset(file, log.tailLines);
    let pending: Buffer = Buffer.alloc(0);
    let polls = 0;
    let ending = false;
    let rotated = false;
    while (!signal.aborted && !renderer.full) {
      const bytes = await file.read(offset, READ_BYTES);
      if (bytes.length > 0) {
        offset += bytes.length;
        const lines = cut(pending.length === 0 ? bytes : Buffer.concat([pending, bytes]));
        pending = lines.rest;
        const output = renderAll(renderer, lines.complete);
        if (output.length > 0) yield output;
        continue;
      }
      if (!log.follow || ending) break;
      const current = await files.identityOf(path);
      if (current !== undefined && current !== file.identity) {
        // Once more to the end of the old file: it may have grown between the read above and the rotation.
        rotated = !rotated;
        if (rotated) continue;
        await file.close();
        file = (await files.open(path)) ?? file;
        offset = 0;
      } else if ((await file.size()) < offset) offset = 0;
      else if (++polls % POLLS_PER_STATE_CHECK === 0 && !(await options.running())) ending = true;
      else if (!(await slept(clock, signal))) break;
    }
    const last = renderAll(renderer, pending.length === 0 ? [] : [pending]);
    if (last.length > 0 && !signal.aborted) yield last;
  } finally {
    await file.close();
  }
}

async function slept(clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(FOLLOW_POLL_MS, signal);
    return true;
  } catch {
    return false;
  }
}

function cut(bytes: Buffer): { readonly complete: readonly Buffer[]; readonly rest: Buffer } {
  const complete: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    complete.push(bytes.subarray(start, end));
    start = end + 1;
  }
  const rest = bytes.subarray(start);
  return { complete, rest: rest.length > LINE_BYTES_MAX ? Buffer.alloc(0) : rest };
}

function renderAll(renderer: LogRenderer, lines: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (const line of lines) {
    const rendered = renderer.render(line);
    if (rendered !== undefined) parts.push(rendered);
  }
  return Buffer.concat(parts);
}
