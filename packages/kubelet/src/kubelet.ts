/** The kubelet: wires sources, runtime, pods, probes and the node's own reports together. */
import {
  isNotFound,
  type KubeObject,
  type Node,
  nameOf,
  namespaceOf,
  type Pod,
  Resources,
  uidOf,
} from '@steersman/api';
import { type Client, createEventRecorder, type EventRecorder } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { VERSION } from '@steersman/server';
import type { PodCgroups } from './cgroups/contract.ts';
import type { DnsConfig } from './environment/dns.ts';
import type { Disk } from './host/disk.ts';
import { createPodHost } from './host/host.ts';
import type { Directories } from './host/paths.ts';
import { createHousekeeping } from './housekeeping/housekeeping.ts';
import { pullCredentials } from './images/credentials.ts';
import { createImagePuller } from './images/puller.ts';
import { admitPod } from './node/admission.ts';
import { renewNodeLease } from './node/lease.ts';
import type { Machine } from './node/machine.ts';
import { nodeAllocatable, nodeCapacity } from './node/node-object.ts';
import type { NodeOptions } from './node/options.ts';
import { createNodeReporter, REPORT_MS } from './node/reporter.ts';
import { createReferencedObjects, type ReferencedObjects } from './objects/references.ts';
import { createCrashBackOff } from './pod/crash-backoff.ts';
import type { PodDependencies } from './pod/dependencies.ts';
import { createPodManager, type PodManager } from './pod/manager.ts';
import { statusOf } from './pod/pass.ts';
import { createStatusWriter } from './pod/status-writer.ts';
import { createProbeManager } from './probes/manager.ts';
import type { ProbeNetwork } from './probes/network.ts';
import type { ContainerRuntime } from './runtime/contract.ts';
import { messageOf } from './runtime/error.ts';
import { createRuntimeWatch } from './runtime/watch.ts';
import { nodeSources } from './sources/api-source.ts';
import type { KubeletSources } from './sources/contract.ts';
import { isMirror } from './sources/static-pod.ts';
import { createStaticPods, type StaticPods } from './sources/static-pods.ts';
import type { NodeUsage } from './stats/summary.ts';
import { createTokenManager, noTokens } from './volumes/tokens.ts';

/** The machine side of a kubelet: `realHost` of adapters/, or `simulatedHost`. */
export interface KubeletHost {
  readonly machine: Machine;
  readonly disk: Disk;
  readonly cgroups: PodCgroups;
  readonly network: ProbeNetwork;
  /** What the node itself resolves names with. */
  readonly nodeDns: DnsConfig;
  usage(): Promise<NodeUsage>;
  pressure(): Promise<{ readonly memory: boolean; readonly disk: boolean; readonly pids: boolean }>;
}
export interface KubeletOptions {
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly host: KubeletHost;
  readonly node: NodeOptions;
  readonly directories: Directories;
  readonly effects: Effects;
  readonly signal: AbortSignal;
  /** Absent: informers of its own. */
  readonly sources?: KubeletSources;
  readonly objects?: ReferencedObjects;
  readonly recorder?: EventRecorder;
  /** A directory of pod manifests; absent or empty: no static pods. */
  readonly manifestDirectory?: string | undefined;
  /** Simulated pods read no tokens. */
  readonly issueTokens?: boolean;
}
export interface Kubelet {
  readonly name: string;
  /** Its pods, with the status it last computed. */
  pods(): readonly Pod[];
  pod(key: string): Pod | undefined;
  readonly manager: PodManager;
  readonly runtime: ContainerRuntime;
  node(): Node | undefined;
  /** Undefined when all is well. */
  unhealthy(): string | undefined;
  /** Resolves when everything has stopped after the signal aborted. Containers are left running. */
  readonly stopped: Promise<void>;
}
/** A runtime that has not answered for so long makes the node NotReady, as upstream's PLEG health check. */
const RUNTIME_SILENCE_MS_MAX = 180_000;

/** While the runtime or its network is not ready, it is asked this often: a node should not wait for the next report. */
const NOT_READY_REPORT_MS = 250;

/** Resolves once the node is registered and its pods are being looked after. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { client, runtime, host, node, effects, signal } = options;
  const { clock } = effects;
  const version = await runtime.version();
  const sources = options.sources ?? nodeSources(client, effects, node.name, signal);
  const recorder =
    options.recorder ?? createEventRecorder({ client, effects, component: 'kubelet', host: node.name, signal });
  const again = (uid: string) => manager.again(uid);
  const objects = options.objects ?? createReferencedObjects(client, effects, (uid) => manager.refresh(uid));
  const capacity = nodeCapacity(host.machine, node);
  let staticPods: StaticPods | undefined;

  const reporter = createNodeReporter({
    client,
    effects,
    runtime,
    version,
    options: node,
    machine: host.machine,
    kubeletVersion: VERSION.gitVersion,
    observed: () => sources.node(),
    pressure: host.pressure,
    problems: () => {
      const problem = unhealthy();
      return problem === undefined ? [] : [problem];
    },
  });
  const allocatable = () => reporter.current()?.status?.allocatable ?? nodeAllocatable(capacity, node);
  const podHost = createPodHost({
    disk: host.disk,
    directories: options.directories,
    cgroups: host.cgroups,
    objects,
    tokens: options.issueTokens === false ? noTokens : createTokenManager(client, clock, (uid) => manager.refresh(uid)),
    services: () => sources.services(),
    dns: {
      clusterServers: node.clusterDns ?? [],
      clusterDomain: node.clusterDomain ?? 'cluster.local',
      node: host.nodeDns,
    },
    hostIps: () => node.addresses,
    allocatable,
    memoryBytes: host.machine.memoryBytes,
  });
  const event = podEvents(recorder);
  const means = { runtime, network: host.network };
  const writer = createStatusWriter(client, effects, again, (pod) => staticPods?.apiPodOf(pod) ?? pod);
  const probes = createProbeManager({
    clock,
    means,
    onChange: again,
    onUnhealthy: (pod, container, kind, outcome, output) =>
      event(
        pod,
        'Warning',
        outcome === 'failure' ? 'Unhealthy' : 'ProbeWarning',
        outcome === 'failure'
          ? `${kind} probe failed: ${output}`
          : `${kind} probe errored and resulted in unknown state: ${output}`,
        container.name,
      ),
  });

  const dependencies: PodDependencies = {
    runtime,
    runtimeName: version.name,
    host: podHost,
    probes,
    means,
    writer,
    event,
    effects,
    again,
    acted: () => watch.hurry(),
    images: createImagePuller({ runtime, clock, credentials: (pod, image) => pullCredentials(pod, image, objects) }),
    crashes: createCrashBackOff(),
    node: {
      ips: () => node.addresses,
      networkProblem: () => {
        const problem = reporter
          .runtimeStatus()
          .conditions.find(({ type, status }) => type === 'NetworkReady' && !status);
        return problem === undefined
          ? undefined
          : `container runtime network not ready: NetworkReady=false reason:${problem.reason} message:${problem.message}`;
      },
      admit: (pod, others) => {
        const known = reporter.current();
        return known === undefined ? undefined : admitPod(pod, others, known);
      },
    },
    finalDelete: (pod) => finalDelete(client, staticPods?.apiPodOf(pod) ?? pod),
  };
  const manager = createPodManager(dependencies);
  const watch = createRuntimeWatch(runtime, effects, again);
  const startedAt = clock.monotonic();
  function unhealthy(): string | undefined {
    const silentMs = clock.monotonic() - Math.max(watch.lastSeen(), startedAt);
    return silentMs > RUNTIME_SILENCE_MS_MAX
      ? `PLEG is not healthy: pleg was last seen active ${Math.round(silentMs / 1000)}s ago; threshold is ${RUNTIME_SILENCE_MS_MAX / 1000}s`
      : undefined;
  }

  async function followNode(known: Node): Promise<void> {
    const cidrs = known.spec?.podCIDRs ?? (known.spec?.podCIDR ? [known.spec.podCIDR] : []);
    if (cidrs.length === 0 || cidrs.join() === podCidrs) return;
    podCidrs = cidrs.join();
    await runtime.setPodCidrs(cidrs);
    await reporter.report(signal);
    for (const { uid, stage } of manager.records()) if (stage === 'running') manager.again(uid);
  }
  let podCidrs = '';

  async function keepReporting(): Promise<void> {
    while (!signal.aborted) {
      const ready = reporter.runtimeStatus().conditions.every(({ status }) => status);
      await clock.sleep(ready ? REPORT_MS : NOT_READY_REPORT_MS, signal).catch(() => {});
      if (signal.aborted) return;
      await reporter
        .report(signal)
        .catch((error) => effects.log.warn('Node status not reported', { node: node.name, error: messageOf(error) }));
    }
  }

  const housekeeping = createHousekeeping({
    runtime,
    manager,
    disk: host.disk,
    cgroups: host.cgroups,
    directories: options.directories,
    effects,
    sources,
  });
  const stopPods = new AbortController();
  signal.addEventListener('abort', () => stopPods.abort(), { once: true });
  const running: Promise<void>[] = [writer.run(signal), manager.run(signal), watch.run(signal)];

  await reporter.register(signal);
  recorder.event(nodeReference(node.name), 'Normal', 'Starting', 'Starting kubelet.');
  const unsubscribeNode = sources.onNode((known) => void followNode(known).catch(() => {}));
  if (options.manifestDirectory) {
    staticPods = createStaticPods({
      client,
      effects,
      disk: host.disk,
      directory: options.manifestDirectory,
      nodeName: node.name,
      node: () => reporter.current(),
      manager,
    });
    running.push(staticPods.run(signal));
  }
  const unsubscribe = sources.subscribe({
    onPod: (pod) => (isMirror(pod) ? staticPods?.onMirror(pod) : manager.observe(pod)),
    onGone: (last) => (isMirror(last) ? staticPods?.onMirrorGone(last) : manager.vanished(uidOf(last))),
  });
  running.push(
    renewNodeLease({ client, effects, name: node.name, node: () => reporter.current() }, signal),
    keepReporting(),
    housekeeping.run(signal),
  );
  const stopped = Promise.all(running).then(() => {
    unsubscribe();
    unsubscribeNode();
  });
  return {
    name: node.name,
    manager,
    runtime,
    node: () => reporter.current(),
    unhealthy,
    stopped,
    pods: () =>
      [...manager.records()]
        .filter(({ gone }) => !gone)
        .map((record) => ({
          ...record.pod,
          apiVersion: 'v1',
          kind: 'Pod',
          status: { ...record.pod.status, ...statusOf(record, dependencies) },
        })),
    pod: (key) => {
      const record = manager.byKey(key);
      return record === undefined
        ? undefined
        : {
            ...record.pod,
            apiVersion: 'v1',
            kind: 'Pod',
            status: { ...record.pod.status, ...statusOf(record, dependencies) },
          };
    },
  };
}

const nodeReference = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } });

/** Objects of a watch may come without kind; events need it. */
function podEvents(recorder: EventRecorder): PodDependencies['event'] {
  return (pod, type, reason, message) =>
    recorder.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, type, reason, message);
}

/** The pod has ended on its node, so the API may forget it; never another pod of the same name. */
async function finalDelete(client: Client, pod: Pod): Promise<void> {
  try {
    await client
      .resource(Resources.pods)
      .delete(
        { namespace: namespaceOf(pod), name: nameOf(pod) },
        { gracePeriodSeconds: 0, preconditions: { uid: uidOf(pod) } },
      );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
