/** What the kubelet's HTTPS API needs, answered from the runtime: `KubeletServerBackend` over a running kubelet. */
import { errors, type Pod, uidOf } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import { containerLogPath, type Directories, podLogDirectory } from './host/paths.ts';
import type { Kubelet } from './kubelet.ts';
import { newestOf, restartCountOf, usableSandbox } from './pod/view.ts';
import type { RuntimeContainer, RuntimeContainerStatus } from './runtime/contract.ts';
import { labels } from './runtime/labels.ts';
import type { LogFiles } from './server/container-log/read.ts';
import { readContainerLog } from './server/container-log/read.ts';
import type {
  ContainerReference,
  KubeletServerBackend,
  LogOptions,
  PortForwardTarget,
  ProcessTarget,
} from './server/contract.ts';
import { cadvisorMetrics, resourceMetrics } from './stats/metrics-text.ts';
import { type NodeUsage, statsSummary } from './stats/summary.ts';

export interface BackendOptions {
  readonly kubelet: Kubelet;
  readonly effects: Effects;
  readonly directories: Directories;
  readonly files: LogFiles;
  readonly nodeUsage: () => Promise<NodeUsage>;
  /** KubeletConfiguration, for /configz. */
  readonly configuration: unknown;
  readonly logDirectory?: string;
}
const SIMULATED_EXEC = 'this pod is simulated: it has no processes to run a command in or to attach to\n';
const EXIT_NOT_EXECUTABLE = 126;

export function createBackend(options: BackendOptions): KubeletServerBackend {
  const { kubelet, effects } = options;
  const { runtime } = kubelet;
  const startedAt = effects.clock.now();

  const running = ({ pod, container }: ContainerReference): RuntimeContainerStatus => {
    const record = kubelet.manager.get(uidOf(pod));
    const status = record && newestOf(record.runtime, container);
    if (status?.state !== 'running')
      throw errors.badRequest(`container ${container} of pod ${pod.metadata.name} is not running`);
    return status;
  };
  const sayingSimulated: ProcessTarget = {
    kind: 'local',
    run: async ({ stderr, stdout }) => {
      (stderr ?? stdout)?.write(SIMULATED_EXEC);
      return EXIT_NOT_EXECUTABLE;
    },
  };
  const target = (url: string | undefined): ProcessTarget =>
    url === undefined ? sayingSimulated : { kind: 'url', url };

  const usage = async () => ({ node: await options.nodeUsage(), containers: await runtime.containerStats() });

  return {
    pods: () => kubelet.pods(),
    runningPods: async () => podsOf((await runtime.listContainers()).filter(({ state }) => state === 'running')),
    logs: (reference, containerId, log, signal) => containerLog(options, reference, containerId, log, signal),
    exec: async (reference, { command, ...streams }) =>
      target(await runtime.execUrl(running(reference).id, command, streams)),
    attach: async (reference, streams) => target(await runtime.attachUrl(running(reference).id, streams)),
    async portForward(pod, ports): Promise<PortForwardTarget> {
      const record = kubelet.manager.get(uidOf(pod));
      const sandbox = record && usableSandbox(record.runtime);
      if (sandbox === undefined) throw errors.badRequest(`pod ${pod.metadata.name} has no running sandbox`);
      const url = await runtime.portForwardUrl(sandbox.id, ports);
      if (url !== undefined) return { kind: 'url', url };
      return {
        kind: 'local',
        connect: async (port) =>
          Promise.reject(errors.badRequest(`this pod is simulated: nothing listens on its port ${port}`)),
      };
    },
    async run(reference, command) {
      const { stdout, stderr } = await runtime.execSync(running(reference).id, command, 0);
      return Buffer.concat([stdout, stderr]);
    },
    async statsSummary({ onlyCpuAndMemory }) {
      const { node, containers } = await usage();
      // containerd 1.6 refuses the statistics of all sandboxes when one has none.
      const sandboxes = await runtime.sandboxStats().catch(() => []);
      const imageDisk = (await runtime.imageFilesystems().catch(() => []))[0];
      return statsSummary({
        nodeName: kubelet.name,
        startedAt,
        node,
        pods: kubelet.pods(),
        sandboxes,
        containers,
        imageDisk,
        onlyCpuAndMemory,
      });
    },
    metrics: {
      own: () => effects.metrics.expose(),
      cadvisor: async () => cadvisorMetrics((await usage()).containers),
      resource: async () => {
        const { node, containers } = await usage();
        return resourceMetrics(node, containers);
      },
      probes: async () => '',
    },
    configuration: () => options.configuration,
    unhealthy: () => kubelet.unhealthy(),
    ...(options.logDirectory === undefined ? {} : { logDirectory: options.logDirectory }),
  };
}

/** Pods as the runtime knows them: their names and containers. */
function podsOf(containers: readonly RuntimeContainer[]): readonly Pod[] {
  return [...Map.groupBy(containers, (each) => each.labels[labels.podUid] ?? '')].map(([uid, own]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      uid,
      name: own[0]?.labels[labels.podName] ?? '',
      namespace: own[0]?.labels[labels.podNamespace] ?? '',
    },
    spec: { containers: own.map(({ name, image }) => ({ name, image })) },
  }));
}

/** From the container's file, or from the runtime where that writes none. */
async function containerLog(
  { kubelet, effects, directories, files }: BackendOptions,
  { pod }: ContainerReference,
  containerId: string,
  log: LogOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { runtime } = kubelet;
  const known = kubelet.manager.get(uidOf(pod))?.runtime.containers.find(({ id }) => id === containerId);
  const status = known ?? (await runtime.containerStatus(containerId));
  if (status === undefined) throw errors.badRequest(`container ${containerId} is gone: its log was removed`);
  const running = async () => (await runtime.containerStatus(containerId))?.state === 'running';
  const common = { running, clock: effects.clock, signal };
  const text = runtime.syntheticLog?.(containerId);
  if (text !== undefined)
    return readContainerLog({ files: oneText(text), path: containerId, log: { ...log, follow: false }, ...common });
  const path = status.logPath.startsWith('/')
    ? status.logPath
    : `${podLogDirectory(directories, pod)}/${containerLogPath(status.name, restartCountOf(status))}`;
  return readContainerLog({ files, path, log, ...common });
}

/** A log that exists only as text. */
function oneText(text: string): LogFiles {
  const bytes = Buffer.from(text);
  return {
    open: async () => ({
      identity: 'synthetic',
      size: async () => bytes.length,
      read: async (offset, length) => bytes.subarray(offset, offset + length),
      close: async () => {},
    }),
    identityOf: async () => 'synthetic',
  };
}
