import type { Clock, Logger } from '@steersman/machinery';
import type { EmbeddedStorage } from '../embedded.ts';
import { StorageError } from '../error.ts';
import { openLmdbEnvironment } from './adapters/lmdb-environment.ts';
import { ownFolder } from './adapters/owner-file.ts';
import { createEngine } from './engine.ts';
import type { Environment } from './environment.ts';

/** What `records.ts` describes. A store of another format is refused, never guessed at. */
const FORMAT = 1;

export interface LmdbStorageOptions {
  /** Made if it is absent. Holds one store and nothing else. */
  readonly folder: string;
  /** Where the revisions of a new store begin; 0 when absent. */
  readonly firstRevision?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Opens the store in a folder, or makes a new one. A resolved write survives kill -9 and power loss. Rejects with
 * StorageError 'unavailable' when another process has it open (naming it) or the folder cannot be used, 'corrupt' when
 * the files are not a store of this format.
 */
export async function openLmdbStorage(options: LmdbStorageOptions): Promise<EmbeddedStorage> {
  const { folder, clock, log, firstRevision = 0 } = options;
  const release = own(folder);
  let environment: Environment | undefined;
  try {
    environment = openLmdbEnvironment(folder);
    await checkFormat(environment, folder, firstRevision);
    const engine = createEngine({ environment, clock, log });
    const giveUp = once(release);
    return { ...engine, close: () => engine.close().finally(giveUp) };
  } catch (error) {
    await environment?.close();
    release();
    throw error;
  }
}

function own(folder: string): () => void {
  try {
    return ownFolder(folder);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw new StorageError('unavailable', `cannot use the folder ${folder} for the store: ${String(error)}`, {
      cause: error,
    });
  }
}

async function checkFormat(environment: Environment, folder: string, firstRevision: number): Promise<void> {
  const format = environment.meta('format');
  if (format === undefined)
    await environment.commit([
      { table: 'meta', key: 'format', value: FORMAT },
      ...(firstRevision === 0 ? [] : [{ table: 'meta', key: 'compacted', value: firstRevision } as const]),
    ]);
  else if (format !== FORMAT)
    throw new StorageError(
      'corrupt',
      `the store in ${folder} has format ${format}, this version knows format ${FORMAT}`,
    );
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
