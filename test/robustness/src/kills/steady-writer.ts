/** The process that writes while backup.ts takes a backup: sixteen writers, each with one write of 3 KB under way at all times. */
import { realClock, silentLogger } from '@steersman/machinery';
import { openLmdbStorage } from '@steersman/storage';
import type { WriterReport } from './backup.ts';

const WRITERS = 16;
const KEYS_PER_WRITER = 100;
const value = Buffer.alloc(3000, 'v');
const [folder = ''] = process.argv.slice(2);
const storage = await openLmdbStorage({ folder, clock: realClock(), log: silentLogger });

let revision = 0;
let writes = 0;
let stallMs = 0;
let lastAt = performance.now();

async function write(writer: number): Promise<never> {
  for (let turn = 0; ; turn += 1) {
    const key = `/registry/configmaps/backup/${writer}-${turn % KEYS_PER_WRITER}`;
    const result = await storage.transact({ when: [], write: [{ kind: 'put', key, value }] });
    stallMs = Math.max(stallMs, performance.now() - lastAt);
    lastAt = performance.now();
    revision = Math.max(revision, result.revision);
    writes += 1;
  }
}

process.on('message', () => {
  const report: WriterReport = { writes, revision, stallMs: Math.max(stallMs, performance.now() - lastAt) };
  process.send?.(report);
  writes = 0;
  stallMs = 0;
});
process.on('disconnect', () => process.exit(1)); // Never outlives the run.
process.send?.('ready');
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
