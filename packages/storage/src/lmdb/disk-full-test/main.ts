/** Fills the disk under a store, for disk-full.system.test.ts; prints one JSON line of what it saw. */
import { realClock, silentLogger } from '@steersman/machinery';
import { isStorageError } from '../../error.ts';
import { openLmdbStorage } from '../open.ts';

const WRITERS = 8;
const WRITES_MAX = 20_000;
const [folder = ''] = process.argv.slice(2);
const options = { folder, clock: realClock(), log: silentLogger };
const all = { start: '/k/', end: '/k0', countOnly: true };
const value = Buffer.alloc(2000, 'v');

const storage = await openLmdbStorage(options);
let acknowledged = 0;
let refused = 0;
let reason = '';

async function fill(writer: number): Promise<void> {
  try {
    for (let sequence = 0; sequence < WRITES_MAX; sequence += 1) {
      await storage.transact({ when: [], write: [{ kind: 'put', key: `/k/${writer}/${sequence}`, value }] });
      acknowledged += 1;
    }
  } catch (error) {
    if (!isStorageError(error, 'unavailable')) throw error;
    refused += 1;
    reason = error.message;
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => fill(writer)));
const { count } = await storage.range(all);
await storage.close();
const again = await openLmdbStorage(options);
const reopened = await again.range(all);
await again.close();
console.log(JSON.stringify({ acknowledged, refused, reason, count, reopened: reopened.count }));
