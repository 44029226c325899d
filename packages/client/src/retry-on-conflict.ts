import { isConflict } from '@steersman/api';

/** As client-go's default: four more tries. */
const TRIES_MAX = 5;

/**
 * Runs a read-modify-write again when someone else wrote in between. The function must read afresh each time. Throws
 * the conflict after five tries, and every other error at once.
 */
export async function retryOnConflict<R>(readModifyWrite: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readModifyWrite();
    } catch (error) {
      if (!isConflict(error) || attempt >= TRIES_MAX) throw error;
    }
  }
}
