/** `steersman etcd` as others use it: below three kube-apiservers, and bare. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { realClock, silentLogger } from '@steersman/machinery';
import { openLmdbStorage, type Storage } from '@steersman/storage';
import { clockJump, killing, pausing, slowing } from '../faults/process-faults.ts';
import type { FinalRecord } from '../history.ts';
import { apiClient } from '../traffic/api-client.ts';
import { STORE_RANGE, storeClient, storeItem } from '../traffic/store-client.ts';
import { apiServerUnderTest, makeNamespace, prepareSecrets } from './api-server.ts';
import type { Fault, Target, TargetOptions } from './contract.ts';
import { filling, finalOf, storedFinal } from './lmdb.ts';
import { type ManagedProcess, managedProcess } from './processes.ts';
import { canSlow, smallDisk } from './small-disk.ts';

const MAIN = fileURLToPath(new URL('../../../../packages/steersman/src/main.ts', import.meta.url));
const FACE_PORT = 12_379;
const API_PORTS = [16_443, 16_444, 16_445];
const STORE_CLIENTS = 2;
const HEALTHY_MS_MAX = 180_000;
/** Where nobody else compacts: short, so that old reads and watches race with it all the time. */
const RETENTION = '4s';

interface FaceUnderTest {
  readonly process: ManagedProcess;
  readonly endpoint: string;
  readonly faults: readonly Fault[];
  healthy(): Promise<void>;
  /** What it holds, after it was stopped. */
  stored(read: (storage: Storage) => Promise<FinalRecord>): Promise<FinalRecord>;
  close(): Promise<void>;
}

function faceUnderTest({ work, logs, privileged }: TargetOptions, flags: readonly string[]): FaceUnderTest {
  const disk = privileged ? smallDisk(work) : undefined;
  const folder = join(disk?.folder ?? work, 'store');
  mkdirSync(folder);
  const endpoint = `http://127.0.0.1:${FACE_PORT}`;
  const urls = [`--listen-client-urls=${endpoint}`, `--advertise-client-urls=${endpoint}`];
  const process = managedProcess({
    name: 'face',
    program: execPath,
    args: () => ['--conditions=steersman-source', MAIN, 'etcd', `--data-dir=${folder}`, ...urls, ...flags],
    logFile: join(logs, 'face.log'),
  });
  const faults = [killing(process), pausing(process)];
  if (canSlow) faults.push(slowing(process));
  if (disk !== undefined) faults.push(filling(disk, process));
  return {
    process,
    endpoint,
    faults,
    healthy: () => untilHealthy(process, endpoint),
    async stored(read) {
      await process.stop();
      const storage = await openLmdbStorage({ folder, clock: realClock(), log: silentLogger });
      return read(storage).finally(() => storage.close());
    },
    async close() {
      await process.kill();
      disk?.unmount();
    },
  };
}

async function untilHealthy(process: ManagedProcess, endpoint: string): Promise<void> {
  const deadline = performance.now() + HEALTHY_MS_MAX;
  for (;;) {
    const answer = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.status === 200) return;
    if (!process.running) throw new Error(`${process.name} ended by itself; see ${process.name}.log`);
    if (performance.now() > deadline)
      throw new Error(`${process.name} was not healthy within ${HEALTHY_MS_MAX / 1000} s; see ${process.name}.log`);
    await sleep(50);
  }
}

/** Three kube-apiservers that take the face for their etcd. */
export async function faceTarget(options: TargetOptions): Promise<Target> {
  const { work, logs } = options;
  const face = faceUnderTest(options, []);
  const pki = await prepareSecrets(work);
  const storeFlags = [`--etcd-servers=${face.endpoint}`];
  const servers = API_PORTS.map((port, index) =>
    apiServerUnderTest(`server-${index}`, port, { logs, pki }, storeFlags),
  );
  const clients = servers.map((server) => apiClient(server.process.name, server.connection));
  const healed = async () => {
    await face.healthy();
    await Promise.all(servers.map((server) => server.ready()));
  };
  return {
    clients,
    lacks: ['R6', 'R11', 'fleeting keys', 'transactions'], // There is one store, and the API changes one object at a time.
    faults: [
      ...face.faults,
      ...servers.flatMap(({ process }) => [killing(process), pausing(process), clockJump(process)]),
    ],
    async start() {
      face.process.start();
      await face.healthy();
      for (const { process } of servers) process.start();
      await healed();
      await makeNamespace(servers[0]!);
    },
    healed,
    async finals() {
      const cached = await Promise.all(clients.map(finalOf));
      await Promise.all(servers.map(({ process }) => process.stop()));
      return [...cached, await face.stored((storage) => storedFinal('face', storage))];
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all(servers.map(({ process }) => process.kill()));
      await face.close();
    },
  };
}

/** Clients that speak etcd's protocol, with transactions of several keys. */
export async function storeTarget(options: TargetOptions): Promise<Target> {
  const face = faceUnderTest(options, [`--auto-compaction-retention=${RETENTION}`]);
  const clients = Array.from({ length: STORE_CLIENTS }, (_, index) => storeClient(`client-${index}`, face.endpoint));
  return {
    clients,
    lacks: ['R11', 'R15', 'the ways of the API', 'roaming'], // There is one store, and no cache.
    faults: face.faults,
    async start() {
      face.process.start();
      await face.healthy();
    },
    healed: face.healthy,
    async finals() {
      await Promise.all(clients.map((client) => client.close()));
      return [await face.stored(bareFinal)];
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await face.close();
    },
  };
}

async function bareFinal(storage: Storage): Promise<FinalRecord> {
  const { items, revision } = await storage.range(STORE_RANGE);
  return { record: 'final', source: 'face', via: 'store', revision, items: items.map(storeItem) };
}
