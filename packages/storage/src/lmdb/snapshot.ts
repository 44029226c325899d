/** Snapshots of the embedded store: one file that holds everything as of one revision. */
import { join } from 'node:path';
import { StorageError } from '../error.ts';
import { openLmdbEnvironment } from './adapters/lmdb-environment.ts';
import { ownFolder } from './adapters/owner-file.ts';
import { besideFile, checkPresence, copyInto, DATA_FILE, linkInto, moveOut } from './adapters/snapshot-files.ts';
import type { Environment } from './environment.ts';
import { revisionAt } from './records.ts';

/**
 * How far a restore moves the revision on: more than any server can have written since the snapshot, so that no
 * resourceVersion that a client remembers is ever given to something else. etcd's tools use the same number.
 */
const RESTORE_REVISIONS = 1_000_000_000;
const LAST_KEY = '\u{10ffff}';

export interface SnapshotStatus {
  /** The newest revision, and the oldest that can be read. */
  readonly revision: number;
  readonly compactedRevision: number;
  readonly keys: number;
  readonly bytes: number;
}

/**
 * Copies the store in `folder` to a new file; a server (another process) that has it open goes on writing. The copy holds every write
 * that was acknowledged before the call. Rejects with StorageError.
 */
export async function saveLmdbSnapshot(folder: string, file: string): Promise<SnapshotStatus> {
  checkPresence(join(folder, DATA_FILE), true);
  checkPresence(file, false);
  return besideFile(file, async (copy) => {
    const source = openLmdbEnvironment(folder, { readOnly: true });
    await source.copyTo!(copy).finally(() => source.close());
    const status = await checked(copy);
    await moveOut(copy, file);
    return status;
  });
}

/** What a snapshot holds. Rejects with StorageError 'corrupt' when a key leads nowhere. */
export async function lmdbSnapshotStatus(file: string): Promise<SnapshotStatus> {
  checkPresence(file, true);
  return besideFile(file, async (folder) => {
    linkInto(folder, file);
    return checked(folder);
  });
}

/**
 * Makes a store in `folder`, which must not hold one, from a snapshot. Its revision is far above any that was ever
 * given out, and everything earlier counts as compacted: watches that would go on from before are told to list again.
 */
export async function restoreLmdbSnapshot(file: string, folder: string): Promise<SnapshotStatus> {
  checkPresence(file, true);
  const release = ownFolder(folder);
  try {
    const target = join(folder, DATA_FILE);
    checkPresence(target, false);
    return await besideFile(target, async (copy) => {
      copyInto(copy, file);
      const { revision } = await checked(copy);
      const environment = openLmdbEnvironment(copy);
      const write = { table: 'meta', key: 'compacted', value: revision + RESTORE_REVISIONS } as const;
      await environment.commit([write]).finally(() => environment.close());
      const status = await checked(copy);
      await moveOut(copy, target);
      return status;
    });
  } finally {
    release();
  }
}

/** Opens the copy in `folder`, follows every key to its value, and closes it again. */
async function checked(folder: string): Promise<SnapshotStatus> {
  const environment = openLmdbEnvironment(folder, { readOnly: true });
  try {
    return await statusOf(environment);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw new StorageError('corrupt', `the snapshot cannot be read: ${String(error)}`, { cause: error });
  } finally {
    await environment.close();
  }
}

async function statusOf(environment: Environment): Promise<SnapshotStatus> {
  const snapshot = environment.snapshot();
  try {
    let keys = 0;
    for (const { key, value: header } of snapshot.keys('', LAST_KEY)) {
      const record = snapshot.log(header.position);
      if (record?.kind !== 'put' || record.key !== key)
        throw new StorageError('corrupt', `the snapshot is damaged: the value of ${key} is missing; use another one`);
      keys += 1;
    }
    const compactedRevision = environment.meta('compacted') ?? 0;
    const revision = Math.max(revisionAt(snapshot.lastPosition()), compactedRevision);
    return { revision, compactedRevision, keys, bytes: await environment.size() };
  } finally {
    snapshot.release();
  }
}
