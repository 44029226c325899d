/**
 * Cluster addresses and node ports of Services, given in the same request that creates or changes the Service.
 *
 * Promises: within one process no address and no port is given twice, because numbers are taken synchronously before the
 * write. Between processes addresses are guarded by IPAddress objects (create fails for the second); node ports are not.
 * What is taken is rebuilt from the stored Services on first use. A failed write gives back what it took.
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
import type { Random } from '@steersman/machinery';
import type { RequestContext } from '../registry/contract.ts';
import type { ServiceAllocation } from '../resources/core/service.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePorts } from '../resources/core/service-change.ts';
import { type AddressPools, addressPools } from './address-pools.ts';
import type { Family } from './address-range.ts';
import { type BandAllocator, bandAllocator, nodePortBands } from './band-allocator.ts';
import { type AddressRecords, addressRecords, isManaged, nameOfParent } from './ip-address.ts';
import { settleFamilies } from './ip-families.ts';

export interface ServiceAllocationOptions {
  readonly ranges: readonly string[];
  /** Inclusive. */
  readonly nodePorts: { readonly first: number; readonly last: number };
  readonly client: Client;
  readonly random: Random;
}

/** What there is to give away, and who keeps the record. */
interface Stock {
  readonly addresses: AddressPools;
  readonly records: AddressRecords;
  readonly ports: BandAllocator;
  readonly portRange: { readonly first: number; readonly last: number };
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
  const { client, random, nodePorts } = options;
  const stock: Stock = {
    addresses: addressPools(options.ranges, random),
    records: addressRecords(client),
    ports: bandAllocator(nodePortBands(nodePorts.first, nodePorts.last), random),
    portRange: nodePorts,
  };
  let loading: Promise<void> | undefined;
  /** The first caller reads what is stored; a failure is tried again by the next one. */
  const loaded = (): Promise<void> => {
    loading ??= load(stock, client).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const assign = async (service: Draft<Service>, old: Service | undefined, context: RequestContext) => {
    await loaded();
    return allocate(stock, { service, old, context, undo: [] });
  };
  return {
    beginCreate: (draft, context) => assign(draft, undefined, context),
    beginUpdate: (draft, old, context) => assign(draft, old, context),
    async afterDelete({ spec }, context) {
      if (context.dryRun) return;
      await loaded();
      for (const port of portsOf(spec)) stock.ports.release(port);
      for (const address of realAddresses(spec.clusterIPs)) await giveBack(stock, address, context);
    },
  };
}

/** Takes what stored Services have, and drops records that a crash left without their Service. */
async function load({ addresses, records, ports }: Stock, client: Client): Promise<void> {
  const [services, stored] = await Promise.all([
    client.resource(Resources.services).list(),
    client.resource(Resources.ipAddresses).list(),
  ]);
  const owned = new Set<string>();
  for (const { spec, metadata } of services.items) {
    for (const address of realAddresses(spec.clusterIPs)) {
      addresses.take(address);
      owned.add(`${address}/${metadata.namespace}/${metadata.name}`);
    }
    for (const port of portsOf(spec)) ports.take(port);
  }
  for (const object of stored.items) {
    const address = object.metadata.name ?? '';
    if (isManaged(object) && !owned.has(`${address}/${nameOfParent(object)}`)) await records.forget(address);
    else addresses.take(address);
  }
}

/** Gives the Service what it needs and takes what it no longer has; answers with the way back. */
async function allocate(stock: Stock, change: Change): Promise<() => Promise<void>> {
  const problems = settleFamilies(change.service.spec, stock.addresses.families);
  if (problems.length > 0) throw refuse(change, ...problems);
  const undoAll = async () => {
    for (const step of change.undo.splice(0).reverse()) await step();
  };
  try {
    await assignAddresses(stock, change);
    assignPorts(stock, change);
    await releaseDropped(stock, change);
  } catch (error) {
    await undoAll();
    throw error;
  }
  if (change.context.dryRun) await undoAll();
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
    undo.push(() => giveBack(stock, address, context));
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
  const outcome = stock.addresses.take(address);
  if (outcome === 'outside') {
    throw fail(
      `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${stock.addresses.rangesText}`,
    );
  }
  if (outcome === 'taken' || !(await claim(stock, address, change))) throw fail('provided IP is already allocated');
}

async function takeAnyAddress(stock: Stock, family: Family, change: Change): Promise<string> {
  for (let attempt = 0; attempt < ADDRESS_TRIES_MAX; attempt++) {
    const address = stock.addresses.takeAny(family);
    if (address === undefined) break;
    if (await claim(stock, address, change)) return address;
  }
  throw errors.internal('failed to allocate a serviceIP: range is full');
}

async function claim({ records, addresses }: Stock, address: string, { service, context }: Change): Promise<boolean> {
  if (context.dryRun) return true;
  try {
    return await records.claim(address, context.namespace, service.metadata.name ?? '');
  } catch (error) {
    addresses.release(address);
    throw error;
  }
}

async function giveBack({ addresses, records }: Stock, address: string, context: RequestContext): Promise<void> {
  addresses.release(address);
  if (!context.dryRun) await records.forget(address);
}

function assignPorts(stock: Stock, change: Change): void {
  const { spec } = change.service;
  const own = new Set(change.old === undefined ? [] : portsOf(change.old.spec));
  // Ports asked for by number come first, so that a free choice cannot take them.
  const order = [...(spec.ports ?? []).entries()].toSorted(([, a], [, b]) => (b.nodePort ?? 0) - (a.nodePort ?? 0));
  for (const [index, port] of order) {
    if (!port.nodePort && !needsNodePorts(spec)) continue;
    if (port.nodePort && own.has(port.nodePort)) continue;
    port.nodePort = takePort(stock, change, port.nodePort, SPEC.child('ports').index(index).child('nodePort'));
    own.add(port.nodePort);
  }
  if (needsHealthCheckPort(spec) && !(spec.healthCheckNodePort && own.has(spec.healthCheckNodePort))) {
    spec.healthCheckNodePort = takePort(stock, change, spec.healthCheckNodePort, SPEC.child('healthCheckNodePort'));
  }
}

function takePort({ ports, portRange }: Stock, change: Change, wanted: number | undefined, at: FieldPath): number {
  const fail = (why: string) => refuse(change, fieldErrors.invalid(at, wanted, why));
  if (wanted && (wanted < portRange.first || wanted > portRange.last)) {
    throw fail(
      `provided port is not in the valid range. The range of valid ports is ${portRange.first}-${portRange.last}`,
    );
  }
  if (wanted && !ports.take(wanted)) throw fail('provided port is already allocated');
  const port = wanted || ports.takeAny();
  if (port === undefined) throw errors.internal('failed to allocate a nodePort: range is full');
  change.undo.push(() => ports.release(port));
  return port;
}

/** Gives back what the old version had and the new one has not. The undo takes it again. */
async function releaseDropped(stock: Stock, change: Change): Promise<void> {
  const { service, old, context, undo } = change;
  if (old === undefined) return;
  const ports = new Set(portsOf(service.spec as Service['spec']));
  for (const port of portsOf(old.spec).filter((port) => !ports.has(port))) {
    stock.ports.release(port);
    undo.push(() => void stock.ports.take(port));
  }
  const kept = new Set(realAddresses(service.spec.clusterIPs));
  for (const address of realAddresses(old.spec.clusterIPs).filter((address) => !kept.has(address))) {
    await giveBack(stock, address, context);
    undo.push(async () => {
      if (stock.addresses.take(address) === 'ok') await claim(stock, address, change);
    });
  }
}

function refuse({ service }: Change, ...problems: readonly FieldError[]) {
  return errors.invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', problems);
}

function realAddresses(addresses: readonly string[] | undefined): string[] {
  return (addresses ?? []).filter((address) => address !== '' && address !== 'None');
}

function portsOf(spec: Service['spec']): number[] {
  const numbers = [...(spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0), spec.healthCheckNodePort ?? 0];
  return [...new Set(numbers.filter((port) => port !== 0))];
}
