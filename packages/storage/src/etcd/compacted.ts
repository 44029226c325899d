import type { Clock } from '@steersman/machinery';
import { isStorageError, StorageError } from '../error.ts';
import type { Connection } from './connection.ts';

const ANSWER_MS_MAX = 5_000; // etcd looks at watches that lie behind ten times a second.

export interface CompactedRevisionOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Rejects with 'compacted' when this revision can no longer be read. */
  readonly checkReadable: (revision: number) => Promise<void>;
}

/**
 * Finds the compacted revision; 0 when nothing was compacted. etcd tells it only to a watch that begins too early, so
 * such a watch is made, but only after a read has shown that history was forgotten since the last time.
 */
export function compactedRevisionOf({ connection, clock, checkReadable }: CompactedRevisionOptions) {
  let known = 0;
  return async (): Promise<number> => {
    try {
      await checkReadable(Math.max(known, 1));
    } catch (error) {
      if (!isStorageError(error, 'compacted')) throw error;
      known = Math.max(known, await askByWatch(connection, clock, Math.max(known, 1)));
    }
    return known;
  };
}

async function askByWatch(connection: Connection, clock: Clock, startRevision: number): Promise<number> {
  const answer = Promise.withResolvers<number>();
  const fail = (why: string) =>
    answer.reject(new StorageError('unavailable', `etcd did not tell its compacted revision: ${why}`));
  const { stream } = await connection.watch({
    onMessage: ({ compact_revision }) => {
      if (Number(compact_revision) > 0) answer.resolve(Number(compact_revision));
    },
    onEnd: fail,
  });
  // A member that has not caught up with the compaction yet would keep the watch, and say nothing.
  const cancel = clock.schedule(ANSWER_MS_MAX, () => fail('no answer in 5 s'));
  try {
    stream.send({ create_request: { key: Buffer.of(0), start_revision: startRevision, watch_id: 1 } });
    return await answer.promise;
  } finally {
    cancel();
    stream.close();
  }
}
