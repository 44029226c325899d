/**
 * What a process wrote to one file, from strace's record, and the files that a power cut could have left behind: all
 * that was synced, and of what was not any part, down to single sectors.
 */
import type { Random } from '@steersman/machinery';

export type DiskOperation =
  /** `synced`: through a descriptor that makes each write durable before it returns. */
  | { readonly kind: 'write'; readonly offset: number; readonly data: Buffer; readonly synced: boolean }
  | { readonly kind: 'sync' }
  | { readonly kind: 'size'; readonly bytes: number }
  /** The process told somebody, on standard output. */
  | { readonly kind: 'told'; readonly text: string };

const SECTOR_BYTES = 512;

const unhex = (text: string) => Buffer.from(text.replaceAll('\\x', ''), 'hex');

/** Puts calls that strace shows in two parts, because another thread's came between, back together where they end. */
function* wholeCalls(trace: string): Generator<string> {
  const unfinished = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/s.exec(line) ?? [];
    if (rest.endsWith(' <unfinished ...>')) {
      unfinished.set(pid, rest.slice(0, -' <unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest);
    yield resumed === null ? rest : (unfinished.get(pid) ?? '') + resumed[1];
  }
}

/** Reads what `strace -f -xx` recorded of openat, lseek, write, writev, pwrite64, fdatasync and ftruncate. */
export function parseDiskTrace(trace: string, fileName: string): readonly DiskOperation[] {
  const operations: DiskOperation[] = [];
  const descriptors = new Map<string, { readonly synced: boolean; position: number }>();
  for (const call of wholeCalls(trace)) {
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
      operations.push({ kind: 'told', text: unhex(/"((?:\\x..)*)"/.exec(rest)?.[1] ?? '').toString() });
    const file = descriptors.get(descriptor);
    if (file === undefined || result === undefined) continue;
    if (name === 'lseek') file.position = Number(result);
    if (name === 'fdatasync' || name === 'fsync') operations.push({ kind: 'sync' });
    if (name === 'ftruncate') operations.push({ kind: 'size', bytes: Number(/\d+/.exec(rest)?.[0]) });
    if (name !== 'pwrite64' && name !== 'writev' && name !== 'write') continue;
    const data = Buffer.concat([...rest.matchAll(/"((?:\\x..)*)"/g)].map((match) => unhex(match[1] ?? '')));
    const offset = name === 'pwrite64' ? Number(/(\d+)\) += \d+$/.exec(rest)?.[1]) : file.position;
    if (name !== 'pwrite64') file.position += data.length;
    operations.push({ kind: 'write', offset, data, synced: file.synced });
  }
  return operations;
}

/** A file as it would be after a power cut during operation `at`, with every earlier sync honoured. */
export function crashImage(operations: readonly DiskOperation[], at: number, random: Random): Buffer {
  let image = Buffer.alloc(0);
  let loose: Extract<DiskOperation, { kind: 'write' }>[] = [];
  const grow = (bytes: number) => {
    if (bytes > image.length)
      image = Buffer.concat([image, Buffer.alloc(Math.max(bytes - image.length, image.length))]);
  };
  let size = 0;
  const put = (offset: number, data: Buffer) => {
    grow(offset + data.length);
    size = Math.max(size, offset + data.length);
    data.copy(image, offset);
  };
  for (const [index, operation] of operations.slice(0, at + 1).entries()) {
    if (operation.kind === 'size') {
      grow(operation.bytes);
      size = Math.max(size, operation.bytes);
    } else if (operation.kind === 'sync' && index < at) {
      for (const write of loose) put(write.offset, write.data);
      loose = [];
    } else if (operation.kind === 'write') {
      if (operation.synced && index < at) put(operation.offset, operation.data);
      else loose.push(operation);
    }
  }
  for (const write of loose) {
    const fate = random.integer(3); // Lost, whole, or sector by sector.
    if (fate === 1) put(write.offset, write.data);
    if (fate === 2) {
      for (let from = 0; from < write.data.length; ) {
        const to = Math.min(write.data.length, from + SECTOR_BYTES - ((write.offset + from) % SECTOR_BYTES));
        if (random.integer(2) === 1) put(write.offset + from, write.data.subarray(from, to));
        from = to;
      }
    }
  }
  return image.subarray(0, size);
}
