/** The kubelet: wires sources, runtime, pods, probes and the node's own reports together. */
import { ignoreNotFound, type KubeObject, type Node, type Pod, Resources, uidOf } from '@steersman/api';
import { type Client, createEventRecorder, deleteExactly, type EventRecorder } from '@steersman/client';
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
import { createNodeReporter, type NodeReporter, REPORT_MS } from './node/reporter.ts';
import { createReferencedObjects, type ReferencedObjects } from './objects/references.ts';
import { createCrashBackOff } from './pod/crash-backoff.ts';
import type { PodDependencies } from './pod/dependencies.ts';
import { createPodManager, type PodManager } from './pod/manager.ts';
import { statusOf } from './pod/pass.ts';
import type { PodRecord } from './pod/record.ts';
import { createStatusWriter } from './pod/status-writer.ts';
import { createProbeManager } from './probes/manager.ts';
import type { ProbeNetwork } from './probes/network.ts';
import type { ContainerRuntime, RuntimeVersion } from './runtime/contract.ts';
import { messageOf } from './runtime/error.ts';
import { createRuntimeWatch, type RuntimeWatch } from './runtime/watch.ts';
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
  /** Containers answer probes from their first moment: initial delays are not waited for. */
  readonly answersAtOnce?: boolean;
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
  /** Unused images go when their disk is fuller than the first, until it is at the second; 85 and 80 when absent. */
  readonly imageHighPercent?: number;
  readonly imageLowPercent?: number;
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
const IMAGE_HIGH_PERCENT = 85;
const IMAGE_LOW_PERCENT = 80;

/** The parts of one kubelet. They know each other through this object, so the order of making them does not matter. */
interface Parts {
  readonly options: KubeletOptions;
  readonly version: RuntimeVersion;
  readonly sources: KubeletSources;
  readonly recorder: EventRecorder;
  readonly reporter: NodeReporter;
  readonly watch: RuntimeWatch;
  readonly dependencies: PodDependencies;
  readonly manager: PodManager;
  readonly staticPods: StaticPods | undefined;
}

/** Resolves once the node is registered. Its pods are looked after from the start: static pods may be what runs the API server. */
export async function startKubelet(given: KubeletOptions): Promise<Kubelet> {
  const options = { ...given, signal: childOf(given.signal) };
  const { node, effects, signal } = options;
  const parts = assemble(options, await options.runtime.version());
  const { manager, sources, reporter, watch, staticPods, dependencies } = parts;
  const running: Promise<void>[] = [dependencies.writer.run(signal), manager.run(signal), watch.run(signal)];
  if (staticPods !== undefined) running.push(staticPods.run(signal));
  const unsubscribe = sources.subscribe({
    onPod: (pod) => (isMirror(pod) ? staticPods?.onMirror(pod) : manager.observe(pod)),
    onGone: (last) => (isMirror(last) ? staticPods?.onMirrorGone(last) : manager.vanished(uidOf(last))),
  });
  await reporter.register(signal);
  parts.recorder.event(nodeReference(node.name), 'Normal', 'Starting', 'Starting kubelet.');
  const unsubscribeNode = followNode(parts);
  running.push(
    renewNodeLease({ client: options.client, effects, name: node.name, node: () => reporter.current() }, signal),
    keepReporting(parts),
    housekeepingOf(parts).run(signal),
  );
  const stopped = Promise.all(running).then(() => {
    unsubscribe();
    unsubscribeNode();
  });
  return kubeletOf(parts, stopped);
}

/** Listeners of one AbortSignal are searched one by one: hundreds of kubelets must not all hang on the same signal. */
function childOf(signal: AbortSignal): AbortSignal {
  const own = new AbortController();
  signal.addEventListener('abort', () => own.abort(signal.reason), { once: true });
  if (signal.aborted) own.abort(signal.reason);
  return own.signal;
}

function kubeletOf(parts: Parts, stopped: Promise<void>): Kubelet {
  const { manager, options, reporter, dependencies } = parts;
  const shown = (record: PodRecord): Pod => ({
    ...record.pod,
    apiVersion: 'v1',
    kind: 'Pod',
    status: { ...record.pod.status, ...statusOf(record, dependencies) },
  });
  return {
    name: options.node.name,
    manager,
    runtime: options.runtime,
    node: () => reporter.current(),
    unhealthy: () => problemOf(parts),
    stopped,
    pods: () => [...manager.records()].filter(({ gone }) => !gone).map(shown),
    pod: (key) => {
      const record = manager.byKey(key);
      return record === undefined ? undefined : shown(record);
    },
  };
}

function problemOf({ watch, options }: Pick<Parts, 'watch' | 'options'>): string | undefined {
  const silentMs = options.effects.clock.monotonic() - watch.lastSeen();
  if (silentMs <= RUNTIME_SILENCE_MS_MAX) return undefined;
  const seconds = Math.round(silentMs / 1000);
  return `PLEG is not healthy: pleg was last seen active ${seconds}s ago; threshold is ${RUNTIME_SILENCE_MS_MAX / 1000}s`;
}

function assemble(options: KubeletOptions, version: RuntimeVersion): Parts {
  const { client, runtime, effects, signal, node, host } = options;
  const sources = options.sources ?? nodeSources(client, effects, node.name, signal);
  const recorder =
    options.recorder ?? createEventRecorder({ client, effects, component: 'kubelet', host: node.name, signal });
  const watch = createRuntimeWatch(runtime, effects, (uid) => manager.again(uid));
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
    problems: () => [problemOf({ watch, options })].filter((each) => each !== undefined),
  });
  const early = { options, version, sources, recorder, reporter, watch };
  const links: Links = {
    again: (uid) => manager.again(uid),
    refresh: (uid) => manager.refresh(uid),
    apiPodOf: (pod) => (staticPods === undefined || !staticPods.owns(pod) ? pod : staticPods.apiPodOf(pod)),
  };
  const dependencies = podDependencies(early, links);
  const manager = createPodManager(dependencies);
  const staticPods = options.manifestDirectory
    ? createStaticPods({
        client,
        effects,
        disk: host.disk,
        directory: options.manifestDirectory,
        nodeName: node.name,
        node: () => reporter.current(),
        manager,
      })
    : undefined;
  return { ...early, dependencies, manager, staticPods };
}

/** What parts call that is made after them. */
interface Links {
  readonly again: (uid: string) => void;
  readonly refresh: (uid: string) => void;
  /** The API's object for a pod; undefined for a static pod without a mirror. */
  readonly apiPodOf: (pod: Pod) => Pod | undefined;
}

function podDependencies(
  parts: Pick<Parts, 'options' | 'version' | 'sources' | 'recorder' | 'reporter' | 'watch'>,
  { again, refresh, apiPodOf }: Links,
): PodDependencies {
  const { options, reporter, watch, sources, version } = parts;
  const { client, runtime, effects, host, node } = options;
  const objects = options.objects ?? createReferencedObjects(client, effects, refresh);
  const capacity = nodeCapacity(host.machine, node);
  const event = podEvents(parts.recorder);
  const means = { runtime, network: host.network };
  return {
    runtime,
    runtimeName: version.name,
    means,
    event,
    effects,
    again,
    acted: () => watch.hurry(),
    host: createPodHost({
      disk: host.disk,
      directories: options.directories,
      cgroups: host.cgroups,
      objects,
      tokens: options.issueTokens === false ? noTokens : createTokenManager(client, effects.clock, refresh),
      services: () => sources.services(),
      dns: {
        clusterServers: node.clusterDns ?? [],
        clusterDomain: node.clusterDomain ?? 'cluster.local',
        node: host.nodeDns,
      },
      hostIps: () => node.addresses,
      allocatable: () => reporter.current()?.status?.allocatable ?? nodeAllocatable(capacity, node),
      memoryBytes: host.machine.memoryBytes,
    }),
    writer: createStatusWriter(client, effects, again, apiPodOf),
    probes: probeManager(host, means, event, again, effects),
    images: createImagePuller({
      runtime,
      clock: effects.clock,
      credentials: (pod, image) => pullCredentials(pod, image, objects),
    }),
    crashes: createCrashBackOff(),
    node: nodeView(reporter, node),
    finalDelete: (pod) => finalDelete(client, apiPodOf(pod) ?? pod),
  };
}

function probeManager(
  { answersAtOnce }: KubeletHost,
  means: PodDependencies['means'],
  event: PodDependencies['event'],
  onChange: (uid: string) => void,
  { clock }: Effects,
): PodDependencies['probes'] {
  return createProbeManager({
    clock,
    means,
    answersAtOnce,
    onChange,
    onUnhealthy(pod, container, kind, outcome, output) {
      if (outcome === 'failure') event(pod, 'Warning', 'Unhealthy', `${kind} probe failed: ${output}`, container.name);
      else {
        const message = `${kind} probe errored and resulted in unknown state: ${output}`;
        event(pod, 'Warning', 'ProbeWarning', message, container.name);
      }
    },
  });
}

const nodeView = (reporter: NodeReporter, node: NodeOptions): PodDependencies['node'] => ({
  ips: () => node.addresses,
  networkProblem() {
    const { conditions } = reporter.runtimeStatus();
    const problem = conditions.find(({ type, status }) => type === 'NetworkReady' && !status);
    if (problem === undefined) return undefined;
    return `container runtime network not ready: NetworkReady=false reason:${problem.reason} message:${problem.message}`;
  },
  admit(pod, others) {
    const known = reporter.current();
    return known === undefined ? undefined : admitPod(pod, others, known);
  },
});

function housekeepingOf({ options, manager, sources }: Parts) {
  const { runtime, host, directories, effects } = options;
  return createHousekeeping({
    runtime,
    manager,
    disk: host.disk,
    cgroups: host.cgroups,
    directories,
    effects,
    sources,
    pressure: host.pressure,
    imageHighPercent: options.imageHighPercent ?? IMAGE_HIGH_PERCENT,
    imageLowPercent: options.imageLowPercent ?? IMAGE_LOW_PERCENT,
  });
}

/** The node's pod range comes from a controller some time after registration. */
function followNode({ sources, options, reporter, manager }: Parts): () => void {
  let known = '';
  async function tell(node: Node): Promise<void> {
    const cidrs = node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : []);
    if (cidrs.length === 0 || cidrs.join() === known) return;
    known = cidrs.join();
    await options.runtime.setPodCidrs(cidrs);
    await reporter.report(options.signal);
    for (const { uid, stage } of manager.records()) if (stage === 'running') manager.again(uid);
  }
  return sources.onNode(
    (node) =>
      void tell(node).catch((error) => {
        known = '';
        options.effects.log.warn('Pod range not taken over', { node: options.node.name, error: messageOf(error) });
      }),
  );
}

async function keepReporting({ reporter, options }: Parts): Promise<void> {
  const { effects, signal, node } = options;
  while (!signal.aborted) {
    const ready = reporter.runtimeStatus().conditions.every(({ status }) => status);
    await effects.clock.sleep(ready ? REPORT_MS : NOT_READY_REPORT_MS, signal).catch(() => {});
    if (signal.aborted) return;
    await reporter
      .report(signal)
      .catch((error) => effects.log.warn('Node status not reported', { node: node.name, error: messageOf(error) }));
  }
}

const nodeReference = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } });

/** Objects of a watch may come without kind; events need it. */
function podEvents(recorder: EventRecorder): PodDependencies['event'] {
  return (pod, type, reason, message) =>
    recorder.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, type, reason, message);
}

/** The pod has ended on its node, so the API may forget it; never another pod of the same name. */
async function finalDelete(client: Client, pod: Pod): Promise<void> {
  await deleteExactly(client.resource(Resources.pods), pod, { gracePeriodSeconds: 0 }).catch(ignoreNotFound);
}
