/** Fills the disk under a store and makes room again, for disk-full.system.test.ts; prints one JSON line of what it saw. */
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { realClock, silentLogger } from '@steersman/machinery';
import { isStorageError } from '../../error.ts';
import { openLmdbStorage } from '../open.ts';

const WRITERS = 8;
const WRITES_MAX = 20_000;
const [folder = ''] = process.argv.slice(2);
const options = { folder, clock: realClock(), log: silentLogger };
const all = { start: '/k/', end: '/k0', countOnly: true };
const value = Buffer.alloc(2000, 'v');

const ballast = `${folder}.ballast`;
writeFileSync(ballast, Buffer.alloc(1_500_000));
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
rmSync(ballast);
const full = acknowledged;
while (acknowledged === full) {
  await sleep(100);
  await storage.transact({ when: [], write: [{ kind: 'put', key: '/k/later', value }] }).then(
    () => {
      acknowledged += 1;
    },
    () => undefined,
  );
}
await storage.close();
const again = await openLmdbStorage(options);
const reopened = await again.range(all);
await again.close();
console.log(JSON.stringify({ full, acknowledged, refused, reason, count, reopened: reopened.count }));
