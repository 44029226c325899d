import type { Clock, Logger } from '@steersman/machinery';
import type { EmbeddedStorage, LeaseTable } from '../embedded.ts';
import { errors } from '../error.ts';
import { createWatchHub } from '../watch-hub.ts';
import { createCompactor } from './compaction.ts';
import type { Environment, Write } from './environment.ts';
import { createExpirer } from './expirer.ts';
import { createReads } from './reads.ts';
import { revisionAt } from './records.ts';
import { createWriter } from './writer.ts';

export interface EngineOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The engine over tables on disk: first the disk, then watchers, then the caller. */
export function createEngine({ environment, clock, log }: EngineOptions): EmbeddedStorage {
  const keepHouse = (writes: readonly Write[]) => writer.committer.commit({ writes, planned: [] });
  const compactor = createCompactor({
    environment,
    commit: keepHouse,
    isUnderway: (key) => writer.isUnderway(key),
  });
  const revision = Math.max(revisionAt(environment.lastPosition()), compactor.revision);
  const reads = createReads({
    environment,
    clock,
    revisions: {
      published: () => hub.revision,
      assigned: () => writer.assignedRevision,
      compacted: () => compactor.revision,
    },
  });
  const hub = createWatchHub({ revision, compactedRevision: () => compactor.revision, readHistory: reads.history });
  const writer = createWriter({
    environment,
    clock,
    log,
    revision,
    onDurable: hub.publish,
    onExpiry: (atMs) => expirer.expect(atMs),
  });
  const expirer = createExpirer(environment, clock, writer.expire);
  void compactor.resume();
  let closing: Promise<void> | undefined;

  function checkOpen(): void {
    if (closing !== undefined) throw errors.closed();
  }

  async function close(): Promise<void> {
    writer.committer.refuse(errors.closed());
    expirer.close();
    await writer.committer.settled();
    await compactor.stopped();
    hub.end(errors.closed());
    await reads.ended();
    await environment.close();
  }

  return {
    async currentRevision() {
      checkOpen();
      return hub.revision;
    },
    async get(key, options) {
      checkOpen();
      return reads.get(key, options?.revision);
    },
    async range(request) {
      checkOpen();
      return reads.range(request);
    },
    async scan(request, visit) {
      checkOpen();
      return reads.scan(request, visit);
    },
    reread(modRevision, place) {
      checkOpen();
      return reads.reread(modRevision, place);
    },
    transact: writer.transact,
    decide: writer.decide,
    leases: leaseTableOf(environment, keepHouse),
    watch(request, handler) {
      checkOpen();
      return hub.watch(request, handler);
    },
    async compact(target) {
      writer.committer.check();
      if (target > hub.revision) throw errors.futureRevision(target, hub.revision);
      await compactor.compact(target);
    },
    compactedRevision: async () => compactor.revision,
    async copyTo(folder) {
      checkOpen();
      await environment.copyTo?.(folder);
    },
    async size() {
      checkOpen();
      return environment.size();
    },
    forgetReads() {
      checkOpen();
      environment.forgetReads?.();
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function leaseTableOf(environment: Environment, commit: (writes: readonly Write[]) => Promise<void>): LeaseTable {
  return {
    list: async () => environment.leases().map(({ key, value }) => ({ id: BigInt(key), ttlSeconds: value })),
    put: ({ id, ttlSeconds }) => commit([{ table: 'leases', key: String(id), value: ttlSeconds }]),
    remove: (id) => commit([{ table: 'leases', key: String(id) }]),
  };
}
