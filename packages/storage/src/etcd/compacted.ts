import { isStorageError, StorageError } from '../error.ts';
import type { Connection } from './connection.ts';

const known = new WeakMap<Connection, number>();

/**
 * The compacted revision; 0 when nothing was. etcd tells it only to a watch that begins too early, so such a watch is
 * made, but only after a read has shown that history was forgotten since the last time.
 */
export async function oldestReadable(
  connection: Connection,
  checkReadable: (revision: number) => Promise<void>,
): Promise<number> {
  const before = known.get(connection) ?? 0;
  try {
    await checkReadable(Math.max(before, 1));
    return before;
  } catch (error) {
    if (!isStorageError(error, 'compacted')) throw error;
  }
  const compacted = await askByWatch(connection, Math.max(before, 1));
  known.set(connection, compacted);
  return compacted;
}

async function askByWatch(connection: Connection, startRevision: number): Promise<number> {
  const answer = Promise.withResolvers<number>();
  const { stream } = await connection.watch({
    onMessage: ({ compact_revision }) => {
      if (Number(compact_revision) > 0) answer.resolve(Number(compact_revision));
    },
    onEnd: (reason) => answer.reject(new StorageError('unavailable', `etcd ended the watch: ${reason}`)),
  });
  try {
    stream.send({ create_request: { key: Buffer.of(0), start_revision: startRevision, watch_id: 1 } });
    return await answer.promise;
  } finally {
    stream.close();
  }
}
