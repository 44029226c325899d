import { formatTime, type Lease, type Node, nameOf, namespaceOf, type Pod, Resources } from '@steersman/api';
import type { Informer } from '@steersman/client';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop, runPeriodically } from '../controller/run.ts';
import { nodeInformer, readyCondition } from '../nodes/node-view.ts';
import { podCondition } from '../pods/pod-state.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { overdueConditions, type Sighting, sight } from './health.ts';
import { awaitsEviction, planTaints } from './taints.ts';
import { evictionRates, zoneOf } from './zones.ts';

/** Where kubelets renew their Leases. */
const LEASE_NAMESPACE = 'kube-node-lease';

interface Caches {
  readonly nodes: Informer<Node>;
  readonly leases: Informer<Lease>;
  readonly pods: Informer<Pod>;
}

/** Marks what a node that stopped reporting leaves behind: its conditions Unknown, its pods not ready. */
function healthMonitor(context: ControllerContext, { nodes, leases, pods }: Caches, signal: AbortSignal) {
  const { client, effects, config } = context;
  const events = context.events('node-controller');
  const sightings = new Map<string, Sighting>();

  async function markPodsNotReady(nodeName: string): Promise<void> {
    const requests = client.resource(Resources.pods);
    for (const pod of pods.byIndex('node', nodeName) as readonly Pod[]) {
      if (podCondition(pod, 'Ready')?.status !== 'True') continue;
      const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(effects.clock.now()) };
      const at = { namespace: namespaceOf(pod), name: nameOf(pod) };
      const body = { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } };
      await requests.patch(at, { type: 'strategic', body }, { subresource: 'status', signal }).catch(() => {}); // Gone, or the next sweep.
      events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    }
  }

  async function checkOne(node: Node): Promise<void> {
    const name = nameOf(node);
    const lease = leases.get(`${LEASE_NAMESPACE}/${name}`) as Lease | undefined;
    const input = {
      node,
      lease,
      last: sightings.get(name),
      monotonicMs: effects.clock.monotonic(),
      nowMs: effects.clock.now(),
      graceMs: config.nodeMonitorGracePeriodMs,
      startupGraceMs: config.nodeStartupGracePeriodMs,
    };
    const sighting = sight(input);
    sightings.set(name, sighting);
    const conditions = overdueConditions(input, sighting);
    const wasReady = readyCondition(node)?.status === 'True';
    if (conditions.length > 0) {
      await client
        .resource(Resources.nodes)
        .patch({ name }, { type: 'strategic', body: { status: { conditions } } }, { subresource: 'status', signal });
      // Written by us, not by the kubelet: no sign of life.
      sightings.set(name, {
        ...sighting,
        heartbeat: sight({ ...input, node: withConditions(node, conditions), last: undefined }).heartbeat,
      });
      if (wasReady) events.event(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    }
    if (readyCondition(node)?.status !== 'True' || conditions.length > 0) await markPodsNotReady(name);
  }

  return async function sweep(): Promise<void> {
    for (const node of nodes.list() as readonly Node[]) {
      await checkOne(node).catch((error: unknown) =>
        effects.log.warn('Could not check a node', { node: nameOf(node), error: String(error) }),
      );
    }
    for (const name of sightings.keys()) if (nodes.get(name) === undefined) sightings.delete(name);
  };
}

function withConditions(node: Node, conditions: NonNullable<NonNullable<Node['status']>['conditions']>): Node {
  const others = (node.status?.conditions ?? []).filter(
    ({ type }) => !conditions.some((condition) => condition.type === type),
  );
  return { ...node, status: { ...node.status, conditions: [...others, ...conditions] } };
}

/** Gives leave to evict from a node now and then: one node per zone at first, then at the zone's rate. */
function evictionPermits(context: ControllerContext, nodes: Informer<Node>) {
  const { clock } = context.effects;
  const permitted = new Set<string>();
  const lastMs = new Map<string, number>();
  return {
    has: (name: string) => permitted.has(name),
    /** Returns the nodes that may be evicted from now on. */
    grant(): readonly string[] {
      const all = nodes.list() as readonly Node[];
      const granted: string[] = [];
      const rates = evictionRates(all, context.config);
      for (const node of all) {
        const name = nameOf(node);
        if (readyCondition(node)?.status === 'True') permitted.delete(name);
        const rate = rates.get(zoneOf(node)) ?? 0;
        if (rate === 0) permitted.delete(name);
        if (rate === 0 || permitted.has(name) || !awaitsEviction(node)) continue;
        const last = lastMs.get(zoneOf(node)) ?? Number.NEGATIVE_INFINITY;
        if (clock.monotonic() - last < 1000 / rate) continue;
        lastMs.set(zoneOf(node), clock.monotonic());
        permitted.add(name);
        granted.push(name);
      }
      return granted;
    },
  };
}

/** Watches over nodes: silent ones become Unknown, and taints follow conditions. */
export const nodeLifecycleController: Controller = {
  name: 'node-lifecycle-controller',
  alias: 'nodelifecycle',
  account: 'node-controller',
  async run(context, signal) {
    const { client, informers, effects, config } = context;
    const nodes = nodeInformer(informers);
    const pods = podInformer(informers);
    const leases = informers.informer(Resources.leases, {
      namespace: LEASE_NAMESPACE,
      project: withoutManagedFields<Lease>,
    });
    const monitor = healthMonitor(context, { nodes, leases, pods }, signal);
    const permits = evictionPermits(context, nodes);
    let wake: (name: string) => void = () => {};

    async function reconcileTaints(name: string): Promise<'on-change'> {
      const node = nodes.get(name) as Node | undefined;
      if (node === undefined) return 'on-change';
      const taints = planTaints(node, permits.has(name), effects.clock.now());
      if (taints === undefined) return 'on-change';
      const metadata = { resourceVersion: node.metadata.resourceVersion };
      await client
        .resource(Resources.nodes)
        .patch({ name }, { type: 'merge', body: { metadata, spec: { taints } } }, { signal });
      return 'on-change';
    }

    const sweep = async () => {
      await monitor();
      for (const name of permits.grant()) wake(name);
    };
    const looping = runLoop(
      context,
      {
        name: 'node_lifecycle',
        reconcile: reconcileTaints,
        connect: (queue) => {
          wake = queue.add;
          enqueueOn(nodes, queue, (change) => [nameOf(objectOf(change))]);
        },
      },
      signal,
    );
    await Promise.all([
      looping,
      runPeriodically(context, 'node-lifecycle-controller', config.nodeMonitorPeriodMs, sweep, signal),
    ]);
  },
};
