/** One kube-apiserver on the embedded store. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { realClock, silentLogger } from '@steersman/machinery';
import { openLmdbStorage, prefixEnd, restoreLmdbSnapshot, type Storage, saveLmdbSnapshot } from '@steersman/storage';
import { clockJump, killing, pausing, slowing } from '../faults/process-faults.ts';
import type { FinalRecord } from '../history.ts';
import { apiClient, STORED_UNDER, storedItem } from '../traffic/api-client.ts';
import type { ClientUnderTest } from '../traffic/contract.ts';
import { apiServerUnderTest, makeNamespace, prepareSecrets } from './api-server.ts';
import type { Fault, Target, TargetOptions } from './contract.ts';
import { canSlow, type SmallDisk, smallDisk } from './small-disk.ts';

const PORT = 16_443;
const FULL_MS_MAX = 2000;
const FINAL_MS_MAX = 60_000;

export async function lmdbTarget({ work, logs, privileged }: TargetOptions): Promise<Target> {
  const disk = privileged ? smallDisk(work) : undefined;
  const store = join(disk?.folder ?? work, 'store');
  mkdirSync(store);
  const pki = await prepareSecrets(work);
  const server = apiServerUnderTest('server', PORT, { logs, pki }, [`--data-dir=${store}`]);
  const client = apiClient('server', server.connection);
  const faults = [killing(server.process), pausing(server.process), clockJump(server.process)];
  if (canSlow) faults.push(slowing(server.process));
  if (disk !== undefined) faults.push(filling(disk, server.process));
  return {
    clients: [client],
    lacks: ['R6', 'fleeting keys', 'transactions', 'roaming'],
    faults,
    async start() {
      server.process.start();
      await server.ready();
      await makeNamespace(server);
    },
    healed: server.ready,
    async finals() {
      const cached = await finalOf(client);
      const backup = await backedUp(store, work); // While the server runs.
      await server.process.stop();
      const storage = await openLmdbStorage({ folder: store, clock: realClock(), log: silentLogger });
      const stored = await storedFinal('server', storage);
      await storage.close();
      return [cached, stored, backup];
    },
    async close() {
      await client.close();
      await server.process.kill();
      disk?.unmount();
    },
  };
}

/** What a backup holds that was taken online and restored elsewhere. */
async function backedUp(store: string, work: string): Promise<FinalRecord> {
  const [file, restored] = [join(work, 'backup'), join(work, 'restored')];
  await saveLmdbSnapshot(store, file);
  await restoreLmdbSnapshot(file, restored);
  const storage = await openLmdbStorage({ folder: restored, clock: realClock(), log: silentLogger });
  const final = await storedFinal('backup', storage);
  await storage.close();
  return final;
}

/** No block is free for a while. The server may refuse writes until it is started again, so it is. */
export const filling = (disk: SmallDisk, server: { kill(): Promise<void>; start(): void }): Fault => ({
  name: 'disk full',
  async inflict(random) {
    const { isFull, free } = disk.fill();
    await sleep(500 + random.integer(FULL_MS_MAX));
    free();
    await sleep(random.integer(FULL_MS_MAX));
    await server.kill();
    server.start();
    return Number(isFull);
  },
});

/** What a server's watch cache holds. */
export async function finalOf(client: ClientUnderTest): Promise<FinalRecord> {
  for (const end = performance.now() + FINAL_MS_MAX; ; await sleep(200)) {
    const newest = await client.perform({ kind: 'list', at: 'newest' }); // A consistent read makes the cache catch up.
    const outcome = await client.perform({ kind: 'list', at: 'cached' });
    if (newest.kind === 'listed' && outcome.kind === 'listed') {
      const [revision = 0] = outcome.revisions;
      return { record: 'final', source: client.server, via: 'cache', revision, items: outcome.items };
    }
    if (performance.now() > end)
      throw new Error(`${client.server} does not list at the end: ${JSON.stringify(outcome)}`);
  }
}

/** What a store holds, read from the store itself. */
export async function storedFinal(source: string, storage: Storage): Promise<FinalRecord> {
  const { items, revision } = await storage.range({ start: STORED_UNDER, end: prefixEnd(STORED_UNDER) });
  return {
    record: 'final',
    source,
    via: 'store',
    revision,
    items: items.map(({ value, modRevision }) => storedItem(value, modRevision)),
  };
}
