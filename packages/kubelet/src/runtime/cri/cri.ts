/** A `ContainerRuntime` that speaks CRI v1 to containerd or CRI-O. */
import type {
  ContainerRuntime,
  RuntimeContainer,
  RuntimeContainers,
  RuntimeImages,
  RuntimeProcesses,
  RuntimeSandboxes,
  RuntimeStatistics,
  RuntimeVersion,
} from '../contract.ts';
import { isRuntimeError, RuntimeError } from '../error.ts';
import { labels } from '../labels.ts';
import type { CriConnection } from './adapters/connection.ts';
import {
  toContainer,
  toContainerStats,
  toContainerStatus,
  toFilesystem,
  toImage,
  toRuntimeStatus,
  toSandbox,
  toSandboxStats,
  toSandboxStatus,
} from './from-cri.ts';
import { gate } from './gate.ts';
import type * as cri from './messages.ts';
import { toContainerConfig, toImageSpec, toResources, toSandboxConfig } from './to-cri.ts';

/** Setting up a sandbox includes the network; four minutes as upstream. */
const SANDBOX_MS = 240_000;
/**
 * Sandboxes made at once. A hundred pods that arrive together would otherwise all get their sandboxes before the first
 * container starts: the last would be ready no sooner, and the first as late as the last.
 */
const SANDBOXES_AT_ONCE_MAX = 8;
/** A pull ends when it stops making progress, which only the runtime can tell. */
const PULL_MS = 0;
/** On top of the grace, for the runtime's own work. */
const STOP_EXTRA_MS = 120_000;
const API_VERSION = '0.1.0';

type Call = <R>(
  method: string,
  request?: Record<string, unknown>,
  options?: Parameters<CriConnection['call']>[3],
) => Promise<R>;

/** Each method is one CRI call, apart from the sandbox of a container, which CRI tells in lists only. */
export function createCriRuntime(connection: CriConnection): ContainerRuntime {
  const runtime: Call = (method, request = {}, options) => connection.call('RuntimeService', method, request, options);
  const image: Call = (method, request = {}, options) => connection.call('ImageService', method, request, options);
  return {
    ...identity(runtime),
    ...sandboxes(runtime),
    ...containers(runtime),
    ...processes(runtime),
    ...images(image),
    ...statistics(runtime),
    watchEvents: (onEvent, signal) =>
      connection.stream(
        'GetContainerEvents',
        {},
        (message) => {
          const uid = (message as unknown as { pod_sandbox_status: cri.PodSandboxStatus | null }).pod_sandbox_status
            ?.metadata.uid;
          if (uid) onEvent({ uid });
        },
        signal,
      ),
    close: () => connection.close(),
  };
}

function identity(runtime: Call): Pick<ContainerRuntime, 'version' | 'status' | 'setPodCidrs'> {
  return {
    async version(): Promise<RuntimeVersion> {
      const answer = await runtime<{ runtime_name: string; runtime_version: string; runtime_api_version: string }>(
        'Version',
        { version: API_VERSION },
      );
      return { name: answer.runtime_name, version: answer.runtime_version, apiVersion: answer.runtime_api_version };
    },
    status: async () => toRuntimeStatus(await runtime<cri.RuntimeStatus>('Status')),
    setPodCidrs: async (cidrs) =>
      void (await runtime('UpdateRuntimeConfig', {
        runtime_config: { network_config: { pod_cidr: cidrs.join(',') } },
      })),
  };
}

function sandboxes(runtime: Call): RuntimeSandboxes {
  const atOnce = gate(SANDBOXES_AT_ONCE_MAX);
  return {
    runSandbox: (config, signal) =>
      atOnce(async () => {
        // Run with the node's users instead, its root would be the node's root, which is what the pod wants to avoid.
        if (config.ownUsers)
          throw new RuntimeError(
            'invalid',
            `RuntimeClass handler "${config.runtimeHandler}" does not support user namespaces`,
          );
        const request = { config: toSandboxConfig(config), runtime_handler: config.runtimeHandler };
        return (await runtime<{ pod_sandbox_id: string }>('RunPodSandbox', request, { timeoutMs: SANDBOX_MS, signal }))
          .pod_sandbox_id;
      }, signal),
    stopSandbox: (id) => unlessUnknown(runtime('StopPodSandbox', { pod_sandbox_id: id })),
    removeSandbox: (id) => unlessUnknown(runtime('RemovePodSandbox', { pod_sandbox_id: id })),
    async listSandboxes(uid) {
      const filter = uid === undefined ? {} : { label_selector: { [labels.podUid]: uid } };
      return (await runtime<{ items: readonly cri.PodSandbox[] }>('ListPodSandbox', { filter })).items.map(toSandbox);
    },
    async sandboxStatus(id) {
      const answer = await orUndefined(
        runtime<{ status: cri.PodSandboxStatus }>('PodSandboxStatus', { pod_sandbox_id: id }),
      );
      return answer && toSandboxStatus(answer.status);
    },
  };
}

function containers(runtime: Call): RuntimeContainers {
  /** A container's sandbox never changes. */
  const sandboxOf = new Map<string, string>();
  const listContainers = async (uid?: string): Promise<readonly RuntimeContainer[]> => {
    const filter = uid === undefined ? {} : { label_selector: { [labels.podUid]: uid } };
    const found = (await runtime<{ containers: readonly cri.Container[] }>('ListContainers', { filter })).containers;
    for (const each of found) sandboxOf.set(each.id, each.pod_sandbox_id);
    return found.map(toContainer);
  };
  return {
    async createContainer(sandboxId, config, sandbox) {
      const request = {
        pod_sandbox_id: sandboxId,
        config: toContainerConfig(config),
        sandbox_config: toSandboxConfig(sandbox),
      };
      const { container_id } = await runtime<{ container_id: string }>('CreateContainer', request);
      sandboxOf.set(container_id, sandboxId);
      return container_id;
    },
    startContainer: async (id) => void (await runtime('StartContainer', { container_id: id })),
    stopContainer: (id, graceSeconds) =>
      unlessUnknown(
        runtime(
          'StopContainer',
          { container_id: id, timeout: graceSeconds },
          { timeoutMs: graceSeconds * 1000 + STOP_EXTRA_MS },
        ),
      ),
    async removeContainer(id) {
      await unlessUnknown(runtime('RemoveContainer', { container_id: id }));
      sandboxOf.delete(id);
    },
    listContainers,
    async containerStatus(id) {
      if (!sandboxOf.has(id)) await listContainers();
      const answer = await orUndefined(
        runtime<{ status: cri.ContainerStatus }>('ContainerStatus', { container_id: id }),
      );
      return answer && toContainerStatus(answer.status, sandboxOf.get(id) ?? '');
    },
    updateContainerResources: async (id, resources) =>
      void (await runtime('UpdateContainerResources', { container_id: id, linux: toResources(resources) })),
    reopenContainerLog: async (id) => void (await runtime('ReopenContainerLog', { container_id: id })),
  };
}

function processes(runtime: Call): RuntimeProcesses {
  return {
    async execSync(id, command, timeoutSeconds) {
      const request = { container_id: id, cmd: command, timeout: timeoutSeconds };
      const timeoutMs = timeoutSeconds === 0 ? 0 : timeoutSeconds * 1000 + STOP_EXTRA_MS;
      const answer = await runtime<{ stdout: Uint8Array; stderr: Uint8Array; exit_code: number }>('ExecSync', request, {
        timeoutMs,
      });
      return { exitCode: answer.exit_code, stdout: answer.stdout, stderr: answer.stderr };
    },
    // A terminal has one stream: CRI refuses stderr beside it.
    execUrl: async (id, command, { tty, stderr, ...streams }) =>
      (
        await runtime<{ url: string }>('Exec', {
          container_id: id,
          cmd: command,
          ...streams,
          tty,
          stderr: stderr && !tty,
        })
      ).url,
    attachUrl: async (id, { tty, stderr, ...streams }) =>
      (await runtime<{ url: string }>('Attach', { container_id: id, ...streams, tty, stderr: stderr && !tty })).url,
    portForwardUrl: async (id, ports) =>
      (await runtime<{ url: string }>('PortForward', { pod_sandbox_id: id, port: ports })).url,
  };
}

function images(image: Call): RuntimeImages {
  return {
    listImages: async () => (await image<{ images: readonly cri.Image[] }>('ListImages')).images.map(toImage),
    async imageStatus(spec) {
      const answer = await image<{ image: cri.Image | null }>('ImageStatus', { image: toImageSpec(spec) });
      return answer.image === null ? undefined : toImage(answer.image);
    },
    async pullImage(spec, credentials, signal) {
      const auth = credentials && {
        username: credentials.username,
        password: credentials.password,
        auth: credentials.auth,
        server_address: credentials.serverAddress,
      };
      return (
        await image<{ image_ref: string }>(
          'PullImage',
          { image: toImageSpec(spec), auth: auth ?? null },
          { timeoutMs: PULL_MS, signal },
        )
      ).image_ref;
    },
    removeImage: (spec) => unlessUnknown(image('RemoveImage', { image: toImageSpec(spec) })),
    imageFilesystems: async () =>
      (await image<{ image_filesystems: readonly cri.Filesystem[] }>('ImageFsInfo')).image_filesystems.map(
        toFilesystem,
      ),
  };
}

function statistics(runtime: Call): RuntimeStatistics {
  return {
    containerStats: async () =>
      (await runtime<{ stats: readonly cri.ContainerStats[] }>('ListContainerStats', { filter: {} })).stats.map(
        toContainerStats,
      ),
    sandboxStats: async () =>
      (await runtime<{ stats: readonly cri.SandboxStats[] }>('ListPodSandboxStats', { filter: {} })).stats.map(
        toSandboxStats,
      ),
  };
}

/** Stopping and removing what is not there is done. */
async function unlessUnknown(work: Promise<unknown>): Promise<void> {
  await orUndefined(work);
}
async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isRuntimeError(error, 'not-found')) return undefined;
    throw error;
  }
}
