/**
 * Cluster addresses and node ports of Services, given in the same request that creates or changes the Service.
 *
 * Promises: no address and no port is given twice, by whichever server. An address belongs to whoever could create its IPAddress
 * object; ports are taken in one object of the store, see port-ledger.ts. A write that is known to have failed gives back what it
 * took; what a crash leaves behind is found by the repairs, see repair.ts.
 */
import {
  type Draft,
  errors,
  type FieldError,
  type FieldPath,
  fieldErrors,
  path,
  Resources,
  type Service,
} from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { RequestContext } from '../registry/contract.ts';
import type { ExtensionDependencies } from '../registry/subresource-contract.ts';
import type { ServiceAllocation } from '../resources/core/service.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePorts } from '../resources/core/service-change.ts';
import { type AddressPools, addressPools } from './address-pools.ts';
import type { Family } from './address-range.ts';
import type { BandAllocator } from './band-allocator.ts';
import { type AddressRecords, addressRecords } from './ip-address.ts';
import { settleFamilies } from './ip-families.ts';
import { type PortLedger, portLedger } from './port-ledger.ts';
import { portsOf, realAddresses, usedPorts } from './service-holdings.ts';

export interface ServiceAllocationOptions {
  readonly ranges: readonly string[];
  /** Inclusive. */
  readonly nodePorts: { readonly first: number; readonly last: number };
  readonly client: Client;
  readonly storage: Storage;
  readonly shown: ExtensionDependencies['shown'];
  readonly effects: Effects;
}

/** What there is to give away, and who keeps the record. */
interface Stock {
  readonly addresses: AddressPools;
  readonly records: AddressRecords;
  readonly isTaken: (address: string) => boolean;
  /** Addresses that this process is just claiming. */
  readonly claiming: Set<string>;
  readonly ports: PortLedger;
  readonly portRange: { readonly first: number; readonly last: number };
  readonly log: Effects['log'];
}
/** One change to one Service; `undo` collects how to take it back. */
interface Change {
  readonly service: Draft<Service>;
  readonly old: Service | undefined;
  readonly context: RequestContext;
  readonly undo: (() => Promise<void> | void)[];
}

const SPEC = path('spec');
/** Tries to find an address that no other server took first. */
const ADDRESS_TRIES_MAX = 16;

export function serviceAllocation(options: ServiceAllocationOptions): ServiceAllocation {
  const stock = stockOf(options);
  const assign = (service: Draft<Service>, old: Service | undefined, context: RequestContext) =>
    allocate(stock, { service, old, context, undo: [] });
  return {
    beginCreate: (draft, context) => assign(draft, undefined, context),
    beginUpdate: (draft, old, context) => assign(draft, old, context),
    afterUpdate: async ({ spec }, old, { dryRun }) => {
      if (dryRun) return;
      const [ports, addresses] = [new Set(portsOf(spec)), new Set(realAddresses(spec.clusterIPs))];
      await giveBack(stock, {
        ports: portsOf(old.spec).filter((port) => !ports.has(port)),
        addresses: realAddresses(old.spec.clusterIPs).filter((address) => !addresses.has(address)),
      });
    },
    async afterDelete({ spec }, { dryRun }) {
      if (!dryRun) await giveBack(stock, { ports: portsOf(spec), addresses: realAddresses(spec.clusterIPs) });
    },
  };
}

function stockOf({ ranges, nodePorts, client, storage, shown, effects }: ServiceAllocationOptions): Stock {
  const { random, log } = effects;
  const claiming = new Set<string>();
  const isTaken = (address: string) =>
    claiming.has(address) || shown(Resources.ipAddresses, { name: address }) !== undefined;
  return {
    addresses: addressPools(ranges, random, isTaken),
    records: addressRecords(client),
    isTaken,
    claiming,
    ports: portLedger({ storage, random, range: nodePorts, used: () => usedPorts(client) }),
    portRange: nodePorts,
    log,
  };
}

/** Gives the Service what it needs; answers with the way back. What it no longer has stays its own until the write stands. */
async function allocate(stock: Stock, change: Change): Promise<() => Promise<void>> {
  const problems = settleFamilies(change.service.spec, stock.addresses.families);
  if (problems.length > 0) throw refuse(change, ...problems);
  const undoAll = async () => {
    for (const step of change.undo.splice(0).reverse()) await step();
  };
  try {
    await assignAddresses(stock, change);
    await assignPorts(stock, change);
  } catch (error) {
    await undoAll();
    throw error;
  }
  return undoAll;
}

async function assignAddresses(stock: Stock, change: Change): Promise<void> {
  const { service, old, context, undo } = change;
  const { spec } = service;
  if (!needsClusterIp(spec) || isHeadless(spec)) return;
  const kept = new Set(old !== undefined && needsClusterIp(old.spec) ? realAddresses(old.spec.clusterIPs) : []);
  const assigned = [...(spec.clusterIPs ?? [])];
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    const wanted = assigned[index];
    if (wanted && kept.has(wanted)) continue;
    const address = wanted || (await takeAnyAddress(stock, family as Family, change));
    if (wanted) await takeAddress(stock, wanted, change);
    if (!context.dryRun) undo.push(() => stock.records.forget(address));
    assigned[index] = address;
  }
  spec.clusterIPs = assigned;
  spec.clusterIP = assigned[0];
}

async function takeAddress(stock: Stock, address: string, change: Change): Promise<void> {
  const fail = (why: string) => {
    const detail = `failed to allocate IP ${address}: ${why}`;
    return refuse(change, fieldErrors.invalid(SPEC.child('clusterIPs'), change.service.spec.clusterIPs, detail));
  };
  if (!stock.addresses.includes(address)) {
    throw fail(
      `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${stock.addresses.rangesText}`,
    );
  }
  if (!(await claim(stock, address, change))) throw fail('provided IP is already allocated');
}

async function takeAnyAddress(stock: Stock, family: Family, change: Change): Promise<string> {
  for (let attempt = 0; attempt < ADDRESS_TRIES_MAX; attempt++) {
    const address = stock.addresses.propose(family);
    if (address === undefined) break;
    if (await claim(stock, address, change)) return address;
  }
  throw errors.internal('failed to allocate a serviceIP: range is full');
}

/** False when somebody has it, or is about to. */
async function claim(stock: Stock, address: string, { service, context }: Change): Promise<boolean> {
  const { records, claiming } = stock;
  if (context.dryRun) return !stock.isTaken(address);
  if (claiming.has(address)) return false;
  claiming.add(address);
  try {
    return await records.claim(address, context.namespace, service.metadata.name ?? '');
  } finally {
    claiming.delete(address);
  }
}

/** The Service is written already: what cannot be given back now is found by the repairs. */
async function giveBack(
  { ports, records, log }: Stock,
  dropped: { readonly ports: readonly number[]; readonly addresses: readonly string[] },
): Promise<void> {
  try {
    if (dropped.ports.length > 0) await release(ports, dropped.ports);
    for (const address of dropped.addresses) await records.forget(address);
  } catch (error) {
    log.warn('What a Service no longer has cannot be given back yet', { error: String(error) });
  }
}

async function release(ledger: PortLedger, numbers: readonly number[]): Promise<void> {
  await ledger.change((ports) => {
    for (const number of numbers) ports.release(number);
  });
}

/** A port that the Service asks for, by number or any, and how to give it to the Service. */
interface PortWish {
  readonly wanted: number | undefined;
  readonly at: FieldPath;
  readonly give: (port: number) => void;
}

async function assignPorts(stock: Stock, change: Change): Promise<void> {
  const wishes = wishesOf(change);
  if (wishes.length === 0) return;
  const { dryRun } = change.context;
  const numbers = await stock.ports.change((ports) => grant(wishes, ports, stock, change), { dryRun });
  if (!dryRun) change.undo.push(() => release(stock.ports, numbers));
  for (const [index, port] of numbers.entries()) wishes[index]?.give(port);
}

/** Ports asked for by number come first, so that a free choice cannot take them. */
function wishesOf({ service, old }: Change): readonly PortWish[] {
  const { spec } = service;
  const own = new Set(old === undefined ? [] : portsOf(old.spec));
  const wishes: PortWish[] = [];
  const order = [...(spec.ports ?? []).entries()].toSorted(([, a], [, b]) => (b.nodePort ?? 0) - (a.nodePort ?? 0));
  for (const [index, port] of order) {
    if (!port.nodePort && !needsNodePorts(spec)) continue;
    if (port.nodePort && own.has(port.nodePort)) continue;
    const at = SPEC.child('ports').index(index).child('nodePort');
    const give = (number: number) => {
      port.nodePort = number;
    };
    if (port.nodePort) own.add(port.nodePort);
    wishes.push({ wanted: port.nodePort, at, give });
  }
  if (needsHealthCheckPort(spec) && !(spec.healthCheckNodePort && own.has(spec.healthCheckNodePort))) {
    const give = (number: number) => {
      spec.healthCheckNodePort = number;
    };
    wishes.push({ wanted: spec.healthCheckNodePort, at: SPEC.child('healthCheckNodePort'), give });
  }
  return wishes;
}

function grant(wishes: readonly PortWish[], ports: BandAllocator, { portRange }: Stock, change: Change) {
  return wishes.map(({ wanted, at }) => {
    const fail = (why: string) => refuse(change, fieldErrors.invalid(at, wanted, why));
    if (wanted && (wanted < portRange.first || wanted > portRange.last)) {
      throw fail(
        `provided port is not in the valid range. The range of valid ports is ${portRange.first}-${portRange.last}`,
      );
    }
    if (wanted && !ports.take(wanted)) throw fail('provided port is already allocated');
    const port = wanted || ports.takeAny();
    if (port === undefined) throw errors.internal('failed to allocate a nodePort: range is full');
    return port;
  });
}

function refuse({ service }: Change, ...problems: readonly FieldError[]) {
  return errors.invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', problems);
}
