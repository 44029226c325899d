import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedStorage } from '../../embedded.ts';
import { Code, Refusal } from '../refusal.ts';

const CHUNK_BYTES = 256 * 1024;
const DATA_FILE = 'data.mdb';

/** The pieces of a snapshot: the store as one file, and at the end its SHA-256, by which etcd's tools know that it is complete. */
export type SnapshotSource = () => AsyncGenerator<{ readonly blob: Uint8Array; readonly remaining: number }>;

/** `scratch` must be on the store's disk or another one with room for a copy. */
export function snapshotSource(storage: EmbeddedStorage, scratch: string | undefined): SnapshotSource {
  return async function* pieces() {
    if (storage.copyTo === undefined || scratch === undefined)
      throw new Refusal(Code.unimplemented, 'etcdserver: a store in memory has no snapshots');
    const folder = mkdtempSync(join(scratch, 'snapshot-'));
    try {
      await storage.copyTo(folder);
      yield* piecesOf(join(folder, DATA_FILE));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

async function* piecesOf(path: string) {
  const hash = createHash('sha256');
  const { size } = await stat(path);
  const file = await open(path);
  try {
    for (let sent = 0; sent < size; ) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, sent);
      const blob = buffer.subarray(0, bytesRead);
      hash.update(blob);
      sent += bytesRead;
      yield { blob, remaining: size - sent };
    }
  } finally {
    await file.close();
  }
  yield { blob: hash.digest(), remaining: 0 };
}
