/** The Service that every pod finds the API server under, and where it leads. */
import {
  type EndpointSlice,
  type Endpoints,
  formatTime,
  isConflict,
  isInvalid,
  Resources,
  type Service,
  type ServiceCIDR,
  semanticEqual,
} from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import { addressRange } from '../allocators/address-range.ts';
import { familyOf } from '../allocators/ip-families.ts';
import { type EndpointReconciler, endpointReconciler } from '../peers/endpoint-reconciler.ts';
import type { PostStartContext } from '../post-start-hook.ts';
import { ensureAll } from './ensure.ts';

const NAME = 'kubernetes';
const NAMESPACE = 'default';
const PORT_NAME = 'https';
const SERVICE_PORT = 443;
/** As upstream. Without the Service new pods do not learn where the API server is. */
const RECONCILE_MS = 10_000;
const SERVICE_TRIES_MAX = 10; // With the next line: time enough for one write, also on a busy machine.
const SERVICE_RETRY_MS = 300;

/**
 * Writes the Service and the endpoints, and brings both back when somebody deletes them, until the signal aborts; before the
 * server goes, it takes its own address out. Needs the namespace `default`. Resolves after the first round.
 */
export async function startKubernetesService(context: PostStartContext): Promise<void> {
  const reconciler = reconcilerOf(context);
  let round = reconcile(context, reconciler);
  await round;
  const ended = new AbortController();
  context.beforeShutdown(async () => {
    ended.abort();
    await round.catch(() => undefined);
    if (reconciler !== undefined)
      await writeEndpoints(context, await reconciler.withdraw(await presentAddresses(context)));
  });
  const signal = AbortSignal.any([context.signal, ended.signal]);
  void keep(context.effects, signal, () => (round = reconcile(context, reconciler)));
}

async function keep({ clock, log }: Effects, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(RECONCILE_MS, signal).catch(() => {});
    if (signal.aborted) return;
    await work().catch((error: unknown) => {
      if (!signal.aborted) log.warn('the kubernetes Service cannot be kept', { error });
    });
  }
}

/** Undefined when nobody could reach the address from elsewhere. */
function reconcilerOf({ config, effects, storage }: PostStartContext): EndpointReconciler | undefined {
  const { advertiseAddress: address, endpointReconcilerType: type, apiserverCount: count } = config;
  if (!isLoopback(address)) return endpointReconciler({ type, storage, address, count });
  effects.log.debug('the kubernetes Service gets no endpoints because the advertise address is a loopback address', {
    address,
  });
  return undefined;
}

async function reconcile(context: PostStartContext, reconciler: EndpointReconciler | undefined): Promise<void> {
  // First of all, so that the others keep this server whatever happens below.
  const addresses = await reconciler?.report(await presentAddresses(context));
  await ensureService(context);
  await writeEndpoints(context, addresses);
}

async function presentAddresses({ client }: PostStartContext): Promise<readonly string[]> {
  const endpoints = await client.resource(Resources.endpoints).find({ namespace: NAMESPACE, name: NAME });
  return (endpoints?.subsets?.[0]?.addresses ?? []).map(({ ip }) => ip);
}

async function writeEndpoints(context: PostStartContext, addresses: readonly string[] | undefined): Promise<void> {
  if (addresses === undefined) return;
  const { client } = context;
  const { endpoints, slice } = endpointsFor(addresses, context.config.securePort);
  await Promise.all([
    ensureAll(client, Resources.endpoints, [endpoints], (existing) => {
      const labels = { ...existing.metadata.labels, ...endpoints.metadata.labels };
      const wanted = { ...existing, metadata: { ...existing.metadata, labels }, subsets: endpoints.subsets };
      return semanticEqual(existing, wanted) ? undefined : wanted;
    }),
    ensureAll(
      client,
      Resources.endpointSlices,
      [slice],
      (existing) => {
        const { addressType, endpoints: listed, ports, metadata } = slice;
        const { labels } = metadata;
        const wanted = {
          ...existing,
          metadata: { ...existing.metadata, labels },
          addressType,
          endpoints: listed,
          ports,
        };
        return semanticEqual(existing, wanted) ? undefined : wanted;
      },
      (existing) => existing.addressType !== slice.addressType,
    ),
  ]);
}

async function ensureService(context: PostStartContext): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ensureAll(context.client, Resources.services, [serviceFor(context)], (existing, wanted) =>
        semanticEqual(existing.spec.ports ?? [], wanted.spec.ports ?? [])
          ? undefined
          : { ...existing, spec: { ...existing.spec, ports: wanted.spec.ports } },
      );
    } catch (error) {
      // Another server that starts at this moment has taken the address, and will have written the Service soon.
      if (!isInvalid(error) || tries === SERVICE_TRIES_MAX) throw error;
      await context.effects.clock.sleep(SERVICE_RETRY_MS, context.signal);
    }
  }
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function serviceFor({ config }: PostStartContext): Service {
  const [primary = '10.96.0.0/16'] = config.serviceClusterIpRanges;
  const clusterIP = addressRange(primary).addressAt(1);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: NAMESPACE, name: NAME, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      sessionAffinity: 'None',
      ports: [{ name: PORT_NAME, protocol: 'TCP', port: SERVICE_PORT, targetPort: config.securePort }],
    },
  };
}

function endpointsFor(
  addresses: readonly string[],
  port: number,
): { readonly endpoints: Endpoints; readonly slice: EndpointSlice } {
  const ports = [{ name: PORT_NAME, protocol: 'TCP', port }];
  return {
    endpoints: {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { namespace: NAMESPACE, name: NAME, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      subsets: addresses.length === 0 ? [] : [{ addresses: addresses.map((ip) => ({ ip })), ports }],
    },
    slice: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: NAMESPACE, name: NAME, labels: { 'kubernetes.io/service-name': NAME } },
      addressType: familyOf(addresses[0] ?? ''),
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports,
    },
  };
}

/** The default ServiceCIDR: what the flags say the range is (KEP-1880). */
export async function ensureServiceCidr({ client, config, effects }: PostStartContext): Promise<void> {
  const wanted: ServiceCIDR = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: NAME },
    spec: { cidrs: config.serviceClusterIpRanges.map((range) => addressRange(range).text) },
  };
  await ensureAll(client, Resources.serviceCIDRs, [wanted]);
  const stored = await client.resource(Resources.serviceCIDRs).find({ name: NAME });
  if (
    stored === undefined ||
    stored.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  )
    return;
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes Service CIDR is ready',
    lastTransitionTime: formatTime(effects.clock.now()),
  };
  try {
    await client.resource(Resources.serviceCIDRs).updateStatus({ ...stored, status: { conditions: [ready] } });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}
