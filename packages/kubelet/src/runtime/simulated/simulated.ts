/**
 * A runtime without containers: sandboxes with addresses, containers that start, stop and exit as told. It implements
 * `ContainerRuntime` and nothing more, so simulated pods become Ready through the same kubelet code as real ones.
 * One costs little: hundreds live in one process.
 */
import type { Clock, Random } from '@steersman/machinery';
import type { ContainerConfig, SandboxConfig } from '../config.ts';
import type {
  ContainerRuntime,
  ImageInfo,
  RuntimeContainerStatus,
  RuntimeContainers,
  RuntimeEvent,
  RuntimeImages,
  RuntimeProcesses,
  RuntimeSandboxes,
  RuntimeStatistics,
  SandboxStatus,
} from '../contract.ts';
import { RuntimeError } from '../error.ts';
import { annotations, labels } from '../labels.ts';
import { type AddressPool, createAddressPool } from './addresses.ts';
import { type Behaviour, behaviourOf, SCRIPT } from './behaviour.ts';

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The pod range until the kubelet tells one. */
  readonly podCidr?: string;
  /** Addresses of pods in the node's network. */
  readonly nodeAddress?: string;
}

interface SimulatedSandbox {
  status: SandboxStatus;
  readonly containers: Set<string>;
}
interface SimulatedContainer {
  status: RuntimeContainerStatus;
  readonly behaviour: Behaviour;
  cancelExit?: () => void;
  readonly ended: (() => void)[];
}
interface State {
  readonly sandboxes: Map<string, SimulatedSandbox>;
  readonly sandboxesByUid: Map<string, Set<string>>;
  readonly containers: Map<string, SimulatedContainer>;
  readonly images: Map<string, ImageInfo>;
  readonly listeners: Set<(event: RuntimeEvent) => void>;
  pool: AddressPool | undefined;
  cidr: string | undefined;
}

const SIGTERM_CODE = 143;
const SIGKILL_CODE = 137;
/** Images are remembered for listings only; older ones are forgotten. */
const IMAGES_MAX = 50;

/** Nothing happens until the kubelet asks; containers end by the clock. */
export function createSimulatedRuntime(options: SimulatedRuntimeOptions): ContainerRuntime {
  const simulation = createSimulation(options);
  return {
    ...identity(simulation),
    ...sandboxes(simulation),
    ...containers(simulation),
    ...processes(simulation),
    ...images(simulation),
    ...statistics(simulation),
  };
}

/** What all operations share: the state, and the few things that happen in it by themselves. */
function createSimulation(options: SimulatedRuntimeOptions) {
  const { clock, random } = options;
  const state: State = {
    sandboxes: new Map(),
    sandboxesByUid: new Map(),
    containers: new Map(),
    images: new Map(),
    listeners: new Set(),
    pool: options.podCidr === undefined ? undefined : createAddressPool(options.podCidr),
    cidr: options.podCidr,
  };
  const newId = () => Buffer.from(random.bytes(32)).toString('hex');
  const changed = (uid: string) => {
    for (const listener of state.listeners) listener({ uid });
  };

  function exit(container: SimulatedContainer, exitCode: number, reason: string): void {
    if (container.status.state !== 'running') return;
    container.cancelExit?.();
    container.status = { ...container.status, state: 'exited', finishedAt: clock.now(), exitCode, reason };
    for (const done of container.ended.splice(0)) done();
    changed(container.status.labels[labels.podUid] ?? '');
  }

  const containersOf = (uid: string | undefined): SimulatedContainer[] => {
    if (uid === undefined) return [...state.containers.values()];
    const ids = [...(state.sandboxesByUid.get(uid) ?? [])].flatMap((id) => [
      ...(state.sandboxes.get(id)?.containers ?? []),
    ]);
    return ids.flatMap((id) => state.containers.get(id) ?? []);
  };

  return { options, clock, state, newId, changed, exit, containersOf };
}
type Simulation = ReturnType<typeof createSimulation>;

function identity({
  state,
}: Simulation): Pick<ContainerRuntime, 'version' | 'status' | 'setPodCidrs' | 'watchEvents' | 'close'> {
  return {
    version: async () => ({ name: 'steersman-simulated', version: '0.1.0', apiVersion: 'v1' }),
    status: async () => ({
      conditions: [
        { type: 'RuntimeReady', status: true, reason: '', message: '' },
        state.pool === undefined
          ? {
              type: 'NetworkReady',
              status: false,
              reason: 'NetworkPluginNotReady',
              message: 'the node has no pod range yet',
            }
          : { type: 'NetworkReady', status: true, reason: '', message: '' },
      ],
      handlers: [{ name: '', recursiveReadOnlyMounts: false, userNamespaces: false }],
    }),
    async setPodCidrs(cidrs) {
      const cidr = cidrs.find((each) => !each.includes(':'));
      if (cidr === undefined || cidr === state.cidr) return;
      state.cidr = cidr;
      state.pool = createAddressPool(cidr);
    },
    async watchEvents(onEvent, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      state.listeners.add(onEvent);
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
      await promise;
      state.listeners.delete(onEvent);
    },
    close() {
      for (const container of state.containers.values()) container.cancelExit?.();
    },
  };
}

function sandboxes({ options, state, newId, clock, changed, exit }: Simulation): RuntimeSandboxes {
  return {
    runSandbox: async (config) => {
      const status = newSandbox(state, options, config, newId(), clock.now());
      changed(config.uid);
      return status.id;
    },
    async stopSandbox(id) {
      const sandbox = state.sandboxes.get(id);
      if (sandbox === undefined) return;
      for (const each of sandbox.containers) exit(state.containers.get(each)!, SIGKILL_CODE, 'Error');
      if (!sandbox.status.ready) return;
      for (const address of sandbox.status.ips) state.pool?.give(address);
      sandbox.status = { ...sandbox.status, ready: false, ips: [] };
      changed(sandbox.status.uid);
    },
    async removeSandbox(id) {
      const sandbox = state.sandboxes.get(id);
      if (sandbox === undefined) return;
      if (sandbox.status.ready) throw new RuntimeError('failed', `sandbox ${id} is not stopped`);
      for (const each of sandbox.containers) state.containers.delete(each);
      state.sandboxes.delete(id);
      const siblings = state.sandboxesByUid.get(sandbox.status.uid);
      siblings?.delete(id);
      if (siblings?.size === 0) state.sandboxesByUid.delete(sandbox.status.uid);
    },
    listSandboxes: async (uid) =>
      uid === undefined
        ? [...state.sandboxes.values()].map(({ status }) => status)
        : [...(state.sandboxesByUid.get(uid) ?? [])].map((id) => state.sandboxes.get(id)!.status),
    sandboxStatus: async (id) => state.sandboxes.get(id)?.status,
  };
}

function containers({ state, newId, clock, changed, exit, containersOf }: Simulation): RuntimeContainers {
  return {
    async createContainer(sandboxId, config, sandbox) {
      const owner = state.sandboxes.get(sandboxId);
      if (owner === undefined) throw new RuntimeError('not-found', `sandbox ${sandboxId} not found`);
      if (!owner.status.ready) throw new RuntimeError('failed', `sandbox ${sandboxId} is not running`);
      const id = newId();
      state.containers.set(id, newContainer(config, sandbox, sandboxId, id, clock.now()));
      owner.containers.add(id);
      return id;
    },
    async startContainer(id) {
      const container = find(state, id);
      const { behaviour } = container;
      if (behaviour.startError !== undefined) {
        container.status = {
          ...container.status,
          state: 'exited',
          exitCode: 128,
          reason: 'StartError',
          message: behaviour.startError,
          finishedAt: clock.now(),
        };
        throw new RuntimeError('failed', behaviour.startError);
      }
      container.status = { ...container.status, state: 'running', startedAt: clock.now() };
      if (behaviour.runMs !== undefined) {
        const reason = behaviour.exitCode === 0 ? 'Completed' : 'Error';
        container.cancelExit = clock.schedule(behaviour.runMs, () => exit(container, behaviour.exitCode, reason));
      }
      changed(container.status.labels[labels.podUid] ?? '');
    },
    async stopContainer(id, graceSeconds) {
      const container = state.containers.get(id);
      if (container === undefined || container.status.state !== 'running') return;
      if (!container.behaviour.ignoresStop) return exit(container, SIGTERM_CODE, 'Error');
      const { promise, resolve } = Promise.withResolvers<void>();
      container.ended.push(resolve);
      clock.schedule(graceSeconds * 1000, () => exit(container, SIGKILL_CODE, 'Error'));
      await promise;
    },
    async removeContainer(id) {
      const container = state.containers.get(id);
      if (container === undefined) return;
      exit(container, SIGKILL_CODE, 'Error');
      state.sandboxes.get(container.status.sandboxId)?.containers.delete(id);
      state.containers.delete(id);
    },
    listContainers: async (uid) => containersOf(uid).map(({ status }) => status),
    containerStatus: async (id) => state.containers.get(id)?.status,
    updateContainerResources: async (id, resources) => {
      const container = find(state, id);
      container.status = { ...container.status, resources: { ...container.status.resources, ...resources } };
    },
    reopenContainerLog: async (id) => void find(state, id),
  };
}

function processes({ state }: Simulation): RuntimeProcesses {
  return {
    async execSync(id) {
      if (find(state, id).status.state !== 'running')
        throw new RuntimeError('failed', `container ${id} is not running`);
      return { exitCode: 0, stdout: new Uint8Array(), stderr: new Uint8Array() };
    },
    execUrl: async () => undefined,
    attachUrl: async () => undefined,
    portForwardUrl: async () => undefined,
    syntheticLog: (id) => logOf(state.containers.get(id)?.status),
  };
}

function images({ state, clock }: Simulation): RuntimeImages {
  return {
    listImages: async () => [...state.images.values()],
    imageStatus: async ({ image }) => (isUnreachable(image) ? undefined : rememberImage(state, image)),
    async pullImage({ image }) {
      if (isUnreachable(image))
        throw new RuntimeError('not-found', `failed to resolve reference "${image}": no such host`);
      return rememberImage(state, image).id;
    },
    removeImage: async (image) => void state.images.delete(image.image),
    imageFilesystems: async () => [{ at: clock.now(), mountpoint: '/', usedBytes: 0, inodesUsed: 0 }],
  };
}

function statistics({ state, clock, containersOf }: Simulation): RuntimeStatistics {
  return {
    containerStats: async () =>
      containersOf(undefined)
        .filter(isRunning)
        .map(({ status }) => containerStats(status, clock.now())),
    sandboxStats: async () =>
      [...state.sandboxes.values()].map(({ status, containers }) => ({
        id: status.id,
        uid: status.uid,
        name: status.name,
        namespace: status.namespace,
        containers: [...containers]
          .map((id) => state.containers.get(id)!)
          .filter(isRunning)
          .map((each) => containerStats(each.status, clock.now())),
      })),
  };
}

function newSandbox(
  into: State,
  options: SimulatedRuntimeOptions,
  config: SandboxConfig,
  id: string,
  now: number,
): SandboxStatus {
  const error = config.annotations[SCRIPT.sandboxError];
  if (error !== undefined) throw new RuntimeError('failed', error);
  const hostNetwork = config.namespaces.network === 'node';
  const ip = hostNetwork ? options.nodeAddress : into.pool?.take();
  if (ip === undefined && !hostNetwork)
    throw new RuntimeError('failed', `no address left in the pod range ${into.cidr ?? '(none)'}`);
  const status: SandboxStatus = {
    id,
    uid: config.uid,
    name: config.name,
    namespace: config.namespace,
    attempt: config.attempt,
    ready: true,
    createdAt: now,
    labels: config.labels,
    annotations: config.annotations,
    ips: hostNetwork || ip === undefined ? [] : [ip],
    hostNetwork,
  };
  into.sandboxes.set(id, { status, containers: new Set() });
  const siblings = into.sandboxesByUid.get(config.uid) ?? new Set();
  into.sandboxesByUid.set(config.uid, siblings.add(id));
  return status;
}

/** Every image is there, except those of hosts under .invalid (RFC 2606): the way to script a failing pull. */
const isUnreachable = (image: string): boolean => /^[^/]*\.invalid(?::\d+)?\//.test(image);

const isRunning = ({ status }: SimulatedContainer): boolean => status.state === 'running';

function find(state: State, id: string): SimulatedContainer {
  const container = state.containers.get(id);
  if (container === undefined) throw new RuntimeError('not-found', `container ${id} not found`);
  return container;
}

function newContainer(
  config: ContainerConfig,
  sandbox: SandboxConfig,
  sandboxId: string,
  id: string,
  now: number,
): SimulatedContainer {
  const status: RuntimeContainerStatus = {
    id,
    sandboxId,
    name: config.name,
    attempt: config.attempt,
    state: 'created',
    createdAt: now,
    image: config.image.userSpecified ?? config.image.image,
    imageId: config.image.image,
    labels: config.labels,
    annotations: config.annotations,
    startedAt: 0,
    finishedAt: 0,
    exitCode: 0,
    reason: '',
    message: '',
    logPath: config.logPath,
    resources: config.resources,
  };
  return { status, behaviour: behaviourOf(config, sandbox.annotations), ended: [] };
}

function rememberImage(state: State, image: string): ImageInfo {
  const known = state.images.get(image);
  if (known !== undefined) return known;
  const info: ImageInfo = { id: image, tags: [image], digests: [], sizeBytes: 0, pinned: false, username: '' };
  if (state.images.size >= IMAGES_MAX) state.images.delete(state.images.keys().next().value ?? '');
  state.images.set(image, info);
  return info;
}

const containerStats = (status: RuntimeContainerStatus, now: number) => ({
  id: status.id,
  name: status.name,
  labels: status.labels,
  cpu: { at: now, totalNanoseconds: 0, nanoCores: 0 },
  memory: { at: now, workingSetBytes: 0, usageBytes: 0, rssBytes: 0 },
});

function logOf(status: RuntimeContainerStatus | undefined): string | undefined {
  if (status === undefined) return undefined;
  if (status.startedAt === 0) return '';
  const name = `container ${status.name} (restart ${status.annotations[annotations.restartCount] ?? '0'})`;
  const line = (at: number, what: string) => `${new Date(at).toISOString()} stdout F ${what}\n`;
  const started = line(status.startedAt, `simulated ${name} of image ${status.image} started`);
  return status.finishedAt === 0
    ? started
    : started + line(status.finishedAt, `simulated ${name} ended with code ${status.exitCode}`);
}
