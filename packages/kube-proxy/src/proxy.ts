/** Keeps the node's rules in step with Services and EndpointSlices. */
import { type EndpointSlice, type Node, Resources, type Service } from '@steersman/api';
import type { Client, Informers } from '@steersman/client';
import { createWorkQueue, type Effects } from '@steersman/machinery';
import type { PacketFilter, ServicePort } from './contract.ts';
import { SERVICE_NAME_LABEL, servicePorts } from './services.ts';
import { type StaleFlow, staleUdpFlows } from './udp-flows.ts';

/** Changes within this time become one transaction. Small, so that a new Service works at once. */
const BATCH_MS = 20;
/** Without changes, everything is compared again after this long (upstream's --iptables-sync-period default). */
const RESYNC_MS = 30_000;

export interface KubeProxyOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  readonly nodeName: string;
  /** One filter per IP family in use. */
  readonly filters: readonly { readonly family: 'IPv4' | 'IPv6'; readonly filter: PacketFilter }[];
  readonly forgetUdpFlow: (flow: StaleFlow) => Promise<void>;
  /** Told of every port after its rules stand; must not reject. */
  readonly onPorts?: (ports: readonly ServicePort[]) => Promise<void>;
}

export interface KubeProxy {
  /** Milliseconds since the epoch of the last change seen and of the last rules applied; 0: none yet. For /healthz. */
  readonly lastQueued: number;
  readonly lastApplied: number;
  /** Resolves after the first rules stand. */
  readonly ready: Promise<void>;
  /** Resolves when the signal has aborted and the last pass has ended. */
  readonly done: Promise<void>;
}

const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Of this node, only what may change the rules. */
type NodeZone = Pick<Node, 'metadata'>;

function observe(informers: Informers, nodeName: string) {
  const services = informers.informer(Resources.services, { project: withoutNoise });
  const slices = informers.informer(Resources.endpointSlices, {
    project: withoutNoise,
    indexes: {
      service: ({ metadata }: EndpointSlice) => [
        `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME_LABEL] ?? ''}`,
      ],
    },
  });
  const nodes = informers.informer(Resources.nodes, { fieldSelector: `metadata.name=${nodeName}`, project: zoneOf });
  return { services, slices, nodes };
}

function zoneOf({ metadata: { name, uid, resourceVersion, labels } }: Node): NodeZone {
  const zone = labels?.[ZONE_LABEL];
  return {
    metadata: { name, uid, resourceVersion, ...(zone === undefined ? {} : { labels: { [ZONE_LABEL]: zone } }) },
  };
}

/** managedFields and annotations are most of an object's size and mean nothing here. */
function withoutNoise<T extends Service | EndpointSlice>(object: T): T {
  const { managedFields: _fields, annotations: _annotations, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Starts to keep the rules; errors of the filter are retried with backoff and show in the health. */
export function startKubeProxy(options: KubeProxyOptions): KubeProxy {
  const { informers, effects, signal, nodeName } = options;
  const { services, slices, nodes } = observe(informers, nodeName);
  const started = Promise.withResolvers<void>();
  const state = { lastQueued: 0, lastApplied: 0, ready: started.promise };
  const applied = new Map<string, readonly ServicePort[]>();
  const duration = effects.metrics.histogram(
    'kubeproxy_sync_proxy_rules_duration_seconds',
    'Time to bring the rules up to date.',
    [0.001, 0.004, 0.016, 0.064, 0.256, 1, 4],
  );

  async function syncFamily({ family, filter }: KubeProxyOptions['filters'][number]): Promise<void> {
    const ports = servicePorts({
      services: services.list() as readonly Service[],
      slicesOf: (key) => slices.byIndex('service', key) as readonly EndpointSlice[],
      nodeName,
      zone: nodes.list()[0]?.metadata.labels?.[ZONE_LABEL],
      family,
    });
    if (applied.has(family) && !(await filter.check())) {
      effects.log.warn('The rules were removed by somebody else and are written again', { family });
    }
    await filter.apply(ports);
    const stale = staleUdpFlows(applied.get(family) ?? [], ports);
    applied.set(family, ports);
    for (const flow of stale) {
      // The rules stand already: a flow that cannot be forgotten must not hold up the next change.
      await options.forgetUdpFlow(flow).catch((error: unknown) => {
        effects.log.warn('A stale UDP flow could not be forgotten', { ...flow, error: String(error) });
      });
    }
  }

  async function sync() {
    const from = effects.clock.monotonic();
    for (const family of options.filters) await syncFamily(family);
    await options.onPorts?.([...applied.values()].flat());
    duration.observe((effects.clock.monotonic() - from) / 1000);
    state.lastApplied = effects.clock.now();
    started.resolve();
    return { afterMs: RESYNC_MS };
  }

  const queue = createWorkQueue({
    name: 'kube-proxy',
    reconcile: sync,
    effects,
    concurrencyMax: 1,
    retryMaxMs: 10_000,
    retryBaseMs: 100,
  });
  const changed = () => {
    state.lastQueued = effects.clock.now();
    queue.addAfter('rules', BATCH_MS);
  };

  async function run(): Promise<void> {
    informers.start(signal);
    await informers.untilSynced(signal); // Rules from half a list would cut connections.
    services.subscribe(changed);
    slices.subscribe(changed);
    let zone: string | undefined;
    nodes.subscribe((change) => {
      if (change.kind === 'deleted' || change.object.metadata.labels?.[ZONE_LABEL] === zone) return;
      zone = change.object.metadata.labels?.[ZONE_LABEL];
      changed();
    });
    queue.add('rules');
    await queue.run(signal);
  }
  const done = run().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return Object.assign(state, { done });
}
