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
  fieldErrors,
  isAlreadyExists,
  isNotFound,
  path,
  Resources,
  type Service,
} from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Random } from '@steersman/machinery';
import type { RequestContext } from '../registry/contract.ts';
import type { ServiceAllocation } from '../resources/core/service.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePorts } from '../resources/core/service-change.ts';
import { type AddressRange, addressRange, type Family } from './address-range.ts';
import { addressBands, type BandAllocator, bandAllocator, nodePortBands } from './band-allocator.ts';
import { ipAddressFor, isManaged, nameOfParent } from './ip-address.ts';
import { familyOf, settleFamilies } from './ip-families.ts';

export interface ServiceAllocationOptions {
  readonly ranges: readonly string[];
  readonly nodePorts: { readonly first: number; readonly last: number };
  readonly client: Client;
  readonly random: Random;
}

interface Pool {
  readonly range: AddressRange;
  readonly free: BandAllocator;
}
type Undo = () => Promise<void> | void;
const SPEC = path('spec');
/** Tries to find an address that no other server took first. */
const ADDRESS_TRIES_MAX = 16;

export function serviceAllocation(options: ServiceAllocationOptions): ServiceAllocation {
  const { client, random } = options;
  const pools: readonly Pool[] = options.ranges.map((text) => {
    const range = addressRange(text);
    return { range, free: bandAllocator(addressBands(range.last), random) };
  });
  const families: readonly Family[] = pools.map(({ range }) => range.family);
  const ports = bandAllocator(nodePortBands(options.nodePorts.first, options.nodePorts.last), random);
  const portRange = `${options.nodePorts.first}-${options.nodePorts.last}`;
  let loading: Promise<void> | undefined;

  /** The first caller reads what is stored; a failure is tried again by the next one. */
  function loaded(): Promise<void> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  async function load(): Promise<void> {
    const [services, addresses] = await Promise.all([
      client.resource(Resources.services).list(),
      client.resource(Resources.ipAddresses).list(),
    ]);
    for (const { spec } of services.items) {
      for (const address of realAddresses(spec.clusterIPs)) takeStored(address);
      for (const port of portsOf(spec)) ports.take(port);
    }
    const owned = new Set(
      services.items.flatMap((service) =>
        realAddresses(service.spec.clusterIPs).map(
          (ip) => `${ip}/${service.metadata.namespace}/${service.metadata.name}`,
        ),
      ),
    );
    for (const object of addresses.items) {
      const name = object.metadata.name ?? '';
      if (isManaged(object) && !owned.has(`${name}/${nameOfParent(object)}`)) await forget(name);
      else takeStored(name);
    }
  }

  function poolOf(address: string): Pool | undefined {
    return pools.find(({ range }) => range.family === familyOf(address));
  }
  function takeStored(address: string): void {
    const pool = poolOf(address);
    const offset = pool?.range.offsetOf(address);
    if (offset !== undefined) pool?.free.take(offset);
  }
  function release(address: string): void {
    const pool = poolOf(address);
    const offset = pool?.range.offsetOf(address);
    if (offset !== undefined) pool?.free.release(offset);
  }
  async function forget(address: string): Promise<void> {
    try {
      await client.resource(Resources.ipAddresses).delete({ name: address });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Records the address for other servers; false when one of them has it. */
  async function claim(address: string, service: Draft<Service>, context: RequestContext): Promise<boolean> {
    if (context.dryRun) return true;
    try {
      await client
        .resource(Resources.ipAddresses)
        .create(ipAddressFor(address, context.namespace, service.metadata.name ?? ''));
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  async function giveBack(address: string, context: RequestContext): Promise<void> {
    release(address);
    if (!context.dryRun) await forget(address);
  }

  async function takeAddress(address: string, service: Draft<Service>, context: RequestContext): Promise<void> {
    const fail = (why: string) =>
      refuse(
        service,
        fieldErrors.invalid(
          SPEC.child('clusterIPs'),
          service.spec.clusterIPs,
          `failed to allocate IP ${address}: ${why}`,
        ),
      );
    const pool = poolOf(address);
    const offset = pool?.range.offsetOf(address);
    const valid = pools.map(({ range }) => range.text).join(', ');
    if (pool === undefined || offset === undefined || offset < 1 || offset > pool.range.last) {
      throw fail(`the provided IP (${address}) is not in the valid range. The range of valid IPs is ${valid}`);
    }
    if (!pool.free.take(offset)) throw fail('provided IP is already allocated');
    if (!(await claim(address, service, context))) throw fail('provided IP is already allocated');
  }

  async function takeAnyAddress(family: Family, service: Draft<Service>, context: RequestContext): Promise<string> {
    const pool = pools.find(({ range }) => range.family === family);
    for (let attempt = 0; pool !== undefined && attempt < ADDRESS_TRIES_MAX; attempt++) {
      const offset = pool.free.takeAny();
      if (offset === undefined) break;
      const address = pool.range.addressAt(offset);
      if (await claim(address, service, context)) return address;
    }
    throw errors.internal('failed to allocate a serviceIP: range is full');
  }

  async function assignAddresses(
    service: Draft<Service>,
    old: Service | undefined,
    context: RequestContext,
    undo: Undo[],
  ): Promise<void> {
    const { spec } = service;
    if (!needsClusterIp(spec) || isHeadless(spec)) return;
    const kept = new Set(old !== undefined && needsClusterIp(old.spec) ? realAddresses(old.spec.clusterIPs) : []);
    const addresses = [...(spec.clusterIPs ?? [])];
    for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
      const wanted = addresses[index];
      if (wanted && kept.has(wanted)) continue;
      const address = wanted || (await takeAnyAddress(family as Family, service, context));
      if (wanted) await takeAddress(wanted, service, context);
      undo.push(() => giveBack(address, context));
      addresses[index] = address;
    }
    spec.clusterIPs = addresses;
    spec.clusterIP = addresses[0];
  }

  function takePort(
    service: Draft<Service>,
    wanted: number | undefined,
    at: ReturnType<typeof path>,
    undo: Undo[],
  ): number {
    const fail = (why: string) => refuse(service, fieldErrors.invalid(at, wanted, why));
    if (!wanted) {
      const any = ports.takeAny();
      if (any === undefined) throw errors.internal('failed to allocate a nodePort: range is full');
      undo.push(() => ports.release(any));
      return any;
    }
    if (wanted < options.nodePorts.first || wanted > options.nodePorts.last) {
      throw fail(`provided port is not in the valid range. The range of valid ports is ${portRange}`);
    }
    if (!ports.take(wanted)) throw fail('provided port is already allocated');
    undo.push(() => ports.release(wanted));
    return wanted;
  }

  function assignPorts(service: Draft<Service>, old: Service | undefined, undo: Undo[]): void {
    const { spec } = service;
    const own = new Set(old === undefined ? [] : portsOf(old.spec));
    // Ports asked for by number come first, so that a free choice cannot take them.
    const order = [...(spec.ports ?? []).entries()].toSorted(([, a], [, b]) => (b.nodePort ?? 0) - (a.nodePort ?? 0));
    for (const [index, port] of order) {
      if (!port.nodePort && !needsNodePorts(spec)) continue;
      if (port.nodePort && own.has(port.nodePort)) continue;
      port.nodePort = takePort(service, port.nodePort, SPEC.child('ports').index(index).child('nodePort'), undo);
      own.add(port.nodePort);
    }
    if (needsHealthCheckPort(spec) && !(spec.healthCheckNodePort && own.has(spec.healthCheckNodePort))) {
      spec.healthCheckNodePort = takePort(service, spec.healthCheckNodePort, SPEC.child('healthCheckNodePort'), undo);
    }
  }

  /** Gives back what the old version had and the new one has not. The undo takes it again. */
  async function releaseDropped(
    service: Draft<Service>,
    old: Service,
    context: RequestContext,
    undo: Undo[],
  ): Promise<void> {
    const nowPorts = new Set(portsOf(service.spec as Service['spec']));
    for (const port of portsOf(old.spec)) {
      if (nowPorts.has(port)) continue;
      ports.release(port);
      undo.push(() => void ports.take(port));
    }
    const nowAddresses = new Set(realAddresses(service.spec.clusterIPs));
    for (const address of realAddresses(old.spec.clusterIPs)) {
      if (nowAddresses.has(address)) continue;
      await giveBack(address, context);
      undo.push(async () => {
        takeStored(address);
        await claim(address, service, context);
      });
    }
  }

  async function assign(
    service: Draft<Service>,
    old: Service | undefined,
    context: RequestContext,
  ): Promise<() => Promise<void>> {
    await loaded();
    const problems = settleFamilies(service.spec, families);
    if (problems.length > 0) throw refuse(service, ...problems);
    const undo: Undo[] = [];
    const undoAll = async () => {
      for (const step of undo.splice(0).reverse()) await step();
    };
    try {
      await assignAddresses(service, old, context, undo);
      assignPorts(service, old, undo);
      if (old !== undefined) await releaseDropped(service, old, context, undo);
    } catch (error) {
      await undoAll();
      throw error;
    }
    if (context.dryRun) await undoAll();
    return undoAll;
  }

  return {
    beginCreate: (draft, context) => assign(draft, undefined, context),
    beginUpdate: (draft, old, context) => assign(draft, old, context),
    async afterDelete({ spec }, context) {
      if (context.dryRun) return;
      await loaded();
      for (const port of portsOf(spec)) ports.release(port);
      for (const address of realAddresses(spec.clusterIPs)) await giveBack(address, context);
    },
  };
}

function refuse(service: Draft<Service>, ...problems: readonly FieldError[]) {
  return errors.invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', problems);
}

function realAddresses(addresses: readonly string[] | undefined): string[] {
  return (addresses ?? []).filter((address) => address !== '' && address !== 'None');
}

function portsOf(spec: Service['spec']): number[] {
  const numbers = [...(spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0), spec.healthCheckNodePort ?? 0];
  return [...new Set(numbers.filter((port) => port !== 0))];
}
