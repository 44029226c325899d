/**
 * Power cuts under a whole kube-apiserver: what it writes to its store is recorded, and from the record come the files that a
 * power cut could have left. Each must open, and hold everything that clients had been told of by then.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigMap } from '@steersman/api';
import { type Random, realClock, silentLogger } from '@steersman/machinery';
import { openLmdbStorage, type Storage } from '@steersman/storage';
// The record of a disk belongs to the tests of the store, which no package exports.
import {
  crashImages,
  type DiskOperation,
  parseDiskTrace,
} from '../../../../packages/storage/src/lmdb/kill-test/disk-trace.ts';
import { apiServerUnderTest, prepareSecrets } from '../targets/api-server.ts';
import { workFolder } from '../work-folder.ts';
import { makeKillNamespace } from './kill-rounds.ts';
import {
  createWriters,
  differences,
  type JournalEntry,
  NAMESPACE,
  possibleAt,
  type StoredObject,
  storedOf,
} from './writers.ts';

const PORT = 16_446;
const FOLDER = `/registry/configmaps/${NAMESPACE}/`;
const CALLS = 'trace=openat,lseek,write,writev,pwrite64,fdatasync,fsync,ftruncate';
const REPORT_EVERY_IMAGES = 100;

export interface CrashOptions {
  readonly images: number;
  /** Writes that are acknowledged while the disk is recorded. */
  readonly writes: number;
  /** Receives the server's log. */
  readonly folder: string;
  readonly random: Random;
  readonly log: (line: string) => void;
}

export interface CrashResult {
  readonly images: number;
  /** Cuts after which some acknowledged write had to be there. */
  readonly telling: number;
  readonly syncs: number;
  readonly violations: readonly string[];
}

export async function performPowerCuts({ images, writes, folder, random, log }: CrashOptions): Promise<CrashResult> {
  const temporary = workFolder('cuts');
  const { path: work } = temporary;
  try {
    const { operations, journal } = await record(work, folder, writes);
    const begun = operations.findIndex(({ atMs }) => atMs >= (journal[0]?.begunAtMs ?? 0));
    const cuts = Array.from({ length: images }, () => begun + random.integer(operations.length - begun));
    cuts.sort((a, b) => a - b);
    const violations: string[] = [];
    let [done, telling] = [0, 0];
    for (const { at, image } of crashImages(operations, cuts, random)) {
      const store = join(work, 'image');
      mkdirSync(store);
      writeFileSync(join(store, 'data.mdb'), image);
      const { atMs } = operations[at]!;
      if (journal.some(({ endedAtMs }) => endedAtMs < atMs)) telling += 1;
      const found = await judged(store, journal, atMs).catch((error: unknown) => [`cannot be read: ${String(error)}`]);
      violations.push(...found.map((one) => `cut at operation ${at}: ${one}`));
      rmSync(store, { recursive: true });
      done += 1;
      if (done % REPORT_EVERY_IMAGES === 0) log(`${done} crash images, ${violations.length} violations`);
    }
    return { images: done, telling, syncs: operations.filter(({ kind }) => kind === 'sync').length, violations };
  } finally {
    temporary.remove();
  }
}

/** Runs a server under strace while the writers write. */
async function record(
  work: string,
  logs: string,
  writes: number,
): Promise<{ readonly operations: readonly DiskOperation[]; readonly journal: readonly JournalEntry[] }> {
  const [store, trace] = [join(work, 'store'), join(work, 'trace')];
  mkdirSync(store);
  const pki = await prepareSecrets(work);
  // With -D it is the server that we start and stop, and strace lives beside it.
  const strace = ['strace', '-D', '-f', '-qq', '-ttt', '-xx', '-s', '1000000', '-e', CALLS, '-o', trace] as const;
  const only = ['-P', join(store, 'data.mdb')];
  const server = apiServerUnderTest('server', PORT, { logs, pki }, [`--data-dir=${store}`], 'shipped', [
    ...strace,
    ...only,
  ]);
  const writers = createWriters();
  try {
    server.process.start();
    await server.ready();
    await makeKillNamespace(server.connection);
    const gone = writers.writeUntilGone(server.connection);
    while (writers.acknowledged < writes) await sleep(20);
    await server.process.stop();
    await gone;
    await untilWritten(trace);
  } finally {
    await server.process.kill();
  }
  return { operations: parseDiskTrace(readFileSync(trace, 'latin1'), 'data.mdb'), journal: writers.journal };
}

/** strace ends a little after the server. */
async function untilWritten(file: string): Promise<void> {
  for (let before = -1; before !== statSync(file).size; await sleep(500)) before = statSync(file).size;
}

async function judged(store: string, journal: readonly JournalEntry[], atMs: number): Promise<readonly string[]> {
  const storage = await openLmdbStorage({ folder: store, clock: realClock(), log: silentLogger });
  try {
    const { items } = await storage.range({ start: '/registry/', end: '/registry0' });
    const stored = new Map<string, StoredObject>();
    for (const { key, value, modRevision } of items) {
      const object = JSON.parse(Buffer.from(value).toString()) as ConfigMap;
      if (key.startsWith(FOLDER)) stored.set(key.slice(FOLDER.length), storedOf(object, modRevision));
    }
    return [...differences(possibleAt(journal, atMs), stored), ...(await gaps(storage))];
  } finally {
    await storage.close();
  }
}

/** Revisions since the last compaction of which a watch is not told. */
async function gaps(storage: Storage): Promise<readonly string[]> {
  const [compacted, newest] = [await storage.compactedRevision(), await storage.currentRevision()];
  if (compacted >= newest) return [];
  let expected = compacted + 1;
  const missing: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const watch = storage.watch({ start: '/', end: '0', afterRevision: compacted }, ({ events, revision }) => {
    for (const event of events) {
      const at = event.kind === 'put' ? event.current.modRevision : event.revision;
      if (at > expected) missing.push(`nothing tells of revision ${expected}`);
      expected = at + 1;
    }
    if (revision >= newest) resolve();
  });
  await Promise.race([promise, watch.done]);
  watch.close();
  return missing;
}
