/**
 * What a process wrote to one file, from strace's record, and the files that a power cut could have left behind: all
 * that was synced, and of what was not any part, down to single sectors.
 */
import type { Random } from '@steersman/machinery';

export type DiskOperation =
  /** `synced`: through a descriptor that makes each write durable before it returns. */
  | ({ readonly kind: 'write'; readonly offset: number; readonly data: Buffer; readonly synced: boolean } & Timed)
  | ({ readonly kind: 'sync' } & Timed)
  | ({ readonly kind: 'size'; readonly bytes: number } & Timed)
  /** The process told somebody, on standard output. */
  | ({ readonly kind: 'told'; readonly text: string } & Timed);

interface Timed {
  /** Milliseconds of the time of day when it began; 0 where the record does not say (strace without -ttt). */
  readonly atMs: number;
}

const SECTOR_BYTES = 512;

const unhex = (text: string) => Buffer.from(text.replaceAll('\\x', ''), 'hex');

/** Puts calls that strace shows in two parts, because another thread's came between, back together where they end. */
function* wholeCalls(trace: string): Generator<{ readonly call: string; readonly atMs: number }> {
  const unfinished = new Map<string, { readonly call: string; readonly atMs: number }>();
  for (const line of trace.split('\n')) {
    const [, pid = '', seconds = '0', rest = ''] = /^(\d+) +(?:(\d+\.\d+) )?(.*)$/s.exec(line) ?? [];
    const atMs = Number(seconds) * 1000;
    if (rest.endsWith(' <unfinished ...>')) {
      unfinished.set(pid, { call: rest.slice(0, -' <unfinished ...>'.length), atMs });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest);
    const begun = resumed === null ? undefined : unfinished.get(pid);
    yield { call: (begun?.call ?? '') + (resumed?.[1] ?? rest), atMs: begun?.atMs ?? atMs };
  }
}

/** Reads what `strace -f -xx` recorded of openat, lseek, write, writev, pwrite64, fdatasync and ftruncate. */
export function parseDiskTrace(trace: string, fileName: string): readonly DiskOperation[] {
  const operations: DiskOperation[] = [];
  const descriptors = new Map<string, { readonly synced: boolean; position: number }>();
  for (const { call, atMs } of wholeCalls(trace)) {
    const [, name, descriptor = '', rest = ''] = /^(\w+)\(([^,)]*)(.*)$/s.exec(call) ?? [];
    const result = /= (\d+)$/.exec(call)?.[1];
    if (name === 'openat') {
      const path = unhex(/"((?:\\x..)*)"/.exec(rest)?.[1] ?? '').toString();
      if (result === undefined) continue;
      if (path.endsWith(fileName)) descriptors.set(result, { synced: /O_D?SYNC/.test(rest), position: 0 });
      else descriptors.delete(result);
      continue;
    }
    if (name === 'write' && descriptor === '1')
      operations.push({ kind: 'told', atMs, text: unhex(/"((?:\\x..)*)"/.exec(rest)?.[1] ?? '').toString() });
    const file = descriptors.get(descriptor);
    if (file === undefined || result === undefined) continue;
    if (name === 'lseek') file.position = Number(result);
    if (name === 'fdatasync' || name === 'fsync') operations.push({ kind: 'sync', atMs });
    if (name === 'ftruncate') operations.push({ kind: 'size', atMs, bytes: Number(/\d+/.exec(rest)?.[0]) });
    if (name !== 'pwrite64' && name !== 'writev' && name !== 'write') continue;
    const data = Buffer.concat([...rest.matchAll(/"((?:\\x..)*)"/g)].map((match) => unhex(match[1] ?? '')));
    const offset = name === 'pwrite64' ? Number(/(\d+)\) += \d+$/.exec(rest)?.[1]) : file.position;
    if (name !== 'pwrite64') file.position += data.length;
    operations.push({ kind: 'write', atMs, offset, data, synced: file.synced });
  }
  return operations;
}

type DiskWrite = Extract<DiskOperation, { kind: 'write' }>;

/** A file in memory: what is on disk for certain. */
class Image {
  #bytes: Buffer;
  #size: number;

  constructor(bytes = Buffer.alloc(0)) {
    this.#bytes = bytes;
    this.#size = bytes.length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }
  grow(bytes: number): void {
    if (bytes > this.#bytes.length)
      this.#bytes = Buffer.concat([
        this.#bytes,
        Buffer.alloc(Math.max(bytes - this.#bytes.length, this.#bytes.length)),
      ]);
    this.#size = Math.max(this.#size, bytes);
  }
  put(offset: number, data: Buffer): void {
    this.grow(offset + data.length);
    data.copy(this.#bytes, offset);
  }
}

/** A write that no sync has covered is lost, there, or there in some of its sectors. */
function putPerhaps(image: Image, { offset, data }: DiskWrite, random: Random): void {
  const fate = random.integer(3);
  if (fate === 1) image.put(offset, data);
  if (fate !== 2) return;
  for (let from = 0; from < data.length; ) {
    const to = Math.min(data.length, from + SECTOR_BYTES - ((offset + from) % SECTOR_BYTES));
    if (random.integer(2) === 1) image.put(offset + from, data.subarray(from, to));
    from = to;
  }
}

/**
 * The file as it would be after a power cut during each of these operations, which are in ascending order: with every earlier sync
 * honoured, and any subset of what was written since.
 */
export function* crashImages(
  operations: readonly DiskOperation[],
  cuts: readonly number[],
  random: Random,
): Generator<{ readonly at: number; readonly image: Buffer }> {
  const certain = new Image();
  let loose: DiskWrite[] = [];
  let next = 0;
  for (const at of cuts) {
    for (; next < at; next += 1) {
      const operation = operations[next]!;
      if (operation.kind === 'size') certain.grow(operation.bytes);
      if (operation.kind === 'write' && operation.synced) certain.put(operation.offset, operation.data);
      if (operation.kind === 'write' && !operation.synced) loose.push(operation);
      if (operation.kind !== 'sync') continue;
      for (const { offset, data } of loose) certain.put(offset, data);
      loose = [];
    }
    const image = new Image(Buffer.from(certain.bytes));
    const current = operations[at];
    for (const write of current?.kind === 'write' ? [...loose, current] : loose) putPerhaps(image, write, random);
    yield { at, image: image.bytes };
  }
}
