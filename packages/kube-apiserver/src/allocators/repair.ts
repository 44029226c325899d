/**
 * What the records of addresses and node ports say is compared with what Services have, again and again: a server may have died
 * between taking something and writing the Service, or an older release may have given something without a record.
 */
import { type IPAddress, Resources, type Service } from '@steersman/api';
import type { PostStartContext } from '../post-start-hook.ts';
import { addressPools } from './address-pools.ts';
import { addressRecords, isManaged, nameOfParent } from './ip-address.ts';
import { type PortLedger, portLedger } from './port-ledger.ts';
import { realAddresses, usedPorts } from './service-holdings.ts';

const REPAIR_MS = 180_000; // As upstream.
/** Rounds in which nobody has a port before it is free again: a request may be about to write its Service. */
const LEAK_ROUNDS = 3;
/** The same for addresses: how old a record without a Service has to be. */
const ORPHAN_MS = 60_000;

/** Compares once, and then until the signal aborts. Rejects when it cannot be done the first time. */
export async function startRepairs(context: PostStartContext): Promise<void> {
  const { client, config, effects, storage, signal } = context;
  const { clock, log, random } = effects;
  const range = config.serviceNodePortRange;
  const ledger = portLedger({ storage, random, range, used: () => usedPorts(client) });
  const repairPorts = portRepair(ledger, (port) => log.warn('A node port that no Service has is free again', { port }));
  const round = async () => {
    await repairPorts();
    await repairAddresses(context);
  };
  await round();
  const repeat = async () => {
    for (;;) {
      await clock.sleep(REPAIR_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      await round().catch((error: unknown) => {
        if (!signal.aborted) log.warn('Addresses and node ports cannot be compared', { error: String(error) });
      });
    }
  };
  void repeat();
}

/** One round; remembers between rounds what seems to belong to nobody. */
export function portRepair(ledger: PortLedger, onFreed: (port: number) => void): () => Promise<void> {
  let leaks = new Map<number, number>();
  return async () => {
    let next = new Map<number, number>();
    let freed: number[] = [];
    await ledger.rebuild((stored, used) => {
      next = new Map();
      freed = [];
      for (const port of stored) {
        if (used.has(port)) continue;
        const left = leaks.get(port) ?? LEAK_ROUNDS;
        if (left > 0) next.set(port, left - 1);
        else freed.push(port);
      }
      return new Set([...used, ...next.keys()]);
    });
    leaks = next;
    freed.forEach(onFreed);
  };
}

/** Records for Services that have none, and none for Services that are gone. */
export async function repairAddresses({ client, config, effects }: PostStartContext): Promise<void> {
  const { clock, log, random } = effects;
  const records = addressRecords(client);
  const [stored, services] = [
    // In this order: whoever claimed an address before has written the Service since, or is about to.
    await client.resource(Resources.ipAddresses).list(),
    await client.resource(Resources.services).list(),
  ];
  const pools = addressPools(config.serviceClusterIpRanges, random, () => false);
  const recorded = new Map(stored.items.map((object) => [object.metadata.name ?? '', object]));
  const owned = new Set<string>();
  for (const service of services.items) {
    const { namespace = '', name = '' } = service.metadata;
    for (const address of realAddresses(service.spec.clusterIPs)) {
      owned.add(`${address}/${namespace}/${name}`);
      if (recorded.has(address) || !pools.includes(address)) continue;
      log.warn('The address of a Service is not recorded; repairing', { address, namespace, name });
      await records.claim(address, namespace, name);
    }
  }
  for (const object of stored.items.filter((candidate) => isOrphan(candidate, owned, clock.now()))) {
    if (await isGone(client, object)) await records.forget(object.metadata.name ?? '');
  }
}

function isOrphan(object: IPAddress, owned: ReadonlySet<string>, nowMs: number): boolean {
  const { name = '', creationTimestamp = '' } = object.metadata;
  return (
    isManaged(object) &&
    !owned.has(`${name}/${nameOfParent(object)}`) &&
    nowMs - Date.parse(creationTimestamp) > ORPHAN_MS
  );
}

/** Asked again, one by one: a list is old by the time its end is read. */
async function isGone(client: PostStartContext['client'], object: IPAddress): Promise<boolean> {
  const { namespace = '', name = '' } = object.spec.parentRef ?? {};
  const service: Service | undefined = await client.resource(Resources.services).find({ namespace, name });
  return service === undefined || !realAddresses(service.spec.clusterIPs).includes(object.metadata.name ?? '');
}
