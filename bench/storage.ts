/**
 * Storage engines alone: durable puts at several concurrencies, point reads, range reads, reopening.
 *
 * sh tools/with-node.sh bench/storage.ts [seconds per row]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, realClock } from '@steersman/machinery';
import { createMemoryStorage, openLmdbStorage, type Storage } from '@steersman/storage';

const VALUE_BYTES = 2000;
const seconds = Number(process.argv[2] ?? 3);
const value = Buffer.alloc(VALUE_BYTES, 'v');
const clock = realClock();
const log = createLogger({ component: 'bench', write: (line) => process.stderr.write(line), now: clock.now });

function row(engine: string, what: string, figure: string): void {
  console.log(`${engine.padEnd(8)}${what.padEnd(44)}${figure}`);
}

async function puts(engine: string, storage: Storage, writers: number): Promise<void> {
  const latencies: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  async function write(writer: number): Promise<void> {
    for (let count = 0; performance.now() < endMs; count += 1) {
      const beforeMs = performance.now();
      const key = `/registry/pods/ns-${writer}/pod-${count % 2000}`;
      await storage.transact({ when: [], write: [{ kind: 'put', key, value }] });
      latencies.push(performance.now() - beforeMs);
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const perSecond = latencies.length / ((performance.now() - startedMs) / 1000);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2);
  row(
    engine,
    `puts of ${VALUE_BYTES} bytes, ${writers} writers`,
    `${Math.round(perSecond)}/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms`,
  );
}

async function reads(engine: string, storage: Storage): Promise<void> {
  const range = { start: '/registry/pods/', end: '/registry/pods0' };
  const beforeMs = performance.now();
  const { items, revision } = await storage.range(range);
  row(engine, `range of ${items.length} keys`, `${(performance.now() - beforeMs).toFixed(1)} ms`);
  const oldMs = performance.now();
  const old = await storage.range({
    ...range,
    limit: 500,
    revision: Math.max(await storage.compactedRevision(), revision - 5000),
  });
  row(
    engine,
    `page of ${old.items.length} of ${old.count}, 5,000 revisions ago`,
    `${(performance.now() - oldMs).toFixed(1)} ms`,
  );
  const pageMs = performance.now();
  await storage.range({ ...range, limit: 500 });
  row(engine, 'page of 500, newest', `${(performance.now() - pageMs).toFixed(1)} ms`);
  const getsMs = performance.now();
  for (const { key } of items.slice(0, 50_000)) await storage.get(key);
  row(engine, 'gets', `${Math.round((Math.min(items.length, 50_000) / (performance.now() - getsMs)) * 1000)}/s`);
  const compactMs = performance.now();
  const before = await storage.compactedRevision();
  await storage.compact(revision);
  row(engine, `compaction of ${revision - before} revisions`, `${(performance.now() - compactMs).toFixed(0)} ms`);
}

const memory = createMemoryStorage({ clock });
await puts('memory', memory, 64);
await reads('memory', memory);
await memory.close();

const folder = mkdtempSync(join(tmpdir(), 'steersman-bench-'));
try {
  let storage = await openLmdbStorage({ folder, clock, log });
  for (const writers of [1, 64]) await puts('lmdb', storage, writers);
  await reads('lmdb', storage);
  row('lmdb', 'file', `${Math.round((await storage.size()) / 1e6)} MB`);
  await storage.close();
  const beforeMs = performance.now();
  storage = await openLmdbStorage({ folder, clock, log });
  row('lmdb', 'reopen', `${(performance.now() - beforeMs).toFixed(1)} ms`);
  await storage.close();
} finally {
  rmSync(folder, { recursive: true });
}
