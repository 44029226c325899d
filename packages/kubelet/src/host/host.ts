/** The kubelet's `PodHost`: directories, volumes and cgroups of pods, and the configurations that point at them. */
import { type Pod, type Service, uidOf } from '@steersman/api';
import type { PodCgroups } from '../cgroups/contract.ts';
import { containerResources } from '../cgroups/resources.ts';
import { type DnsSettings, podDns } from '../environment/dns.ts';
import { containerEnvironment, expandAll } from '../environment/environment.ts';
import type { FieldContext } from '../environment/field-ref.ts';
import type { ReferencedObjects } from '../objects/references.ts';
import { containerHash } from '../pod/hash.ts';
import { type ContainerRequest, type PodHost, PodSetupError, type PreparedPod } from '../pod/host.ts';
import { graceOf } from '../pod/stop.ts';
import { isSidecar } from '../pod/view.ts';
import type { ContainerConfig } from '../runtime/config.ts';
import { messageOf } from '../runtime/error.ts';
import { annotations, labels } from '../runtime/labels.ts';
import { RUNS_TO_COMPLETION } from '../runtime/simulated/behaviour.ts';
import type { VolumeContext } from '../volumes/contract.ts';
import type { TokenManager } from '../volumes/tokens.ts';
import { type ContextOf, setUpVolumes } from '../volumes/volumes.ts';
import type { Disk } from './disk.ts';
import { containerMounts } from './mounts.ts';
import { containerLogPath, type Directories, podDirectory, podLogDirectory, volumeDirectory } from './paths.ts';
import { sandboxConfig } from './sandbox-config.ts';
import { containerSecurity } from './security.ts';
import { terminationMessage } from './termination-message.ts';

export interface PodHostOptions {
  readonly disk: Disk;
  readonly directories: Directories;
  readonly cgroups: PodCgroups;
  readonly objects: ReferencedObjects;
  readonly tokens: TokenManager;
  readonly services: () => readonly Service[];
  readonly dns: DnsSettings;
  readonly hostIps: () => readonly string[];
  readonly allocatable: () => Readonly<Record<string, string>>;
  readonly memoryBytes: number;
}
interface Prepared extends PreparedPod {
  readonly volumes: ReadonlyMap<string, string>;
}

export function createPodHost(options: PodHostOptions): PodHost {
  const { disk, directories, cgroups } = options;
  const seccompRoot = `${directories.root}/seccomp`;
  const prepared = new Map<string, Prepared>();

  const fieldsOf = (pod: Pod, podIps: readonly string[]): FieldContext => ({
    pod,
    podIps,
    hostIps: options.hostIps(),
    allocatable: options.allocatable(),
  });
  const contextOf =
    (pod: Pod): ContextOf =>
    (volume, kind): VolumeContext => ({
      pod,
      fields: fieldsOf(
        pod,
        (pod.status?.podIPs ?? []).map(({ ip }) => ip ?? ''),
      ),
      objects: options.objects,
      tokens: options.tokens,
      disk,
      directory: volumeDirectory(directories, uidOf(pod), kind.plugin, volume.name),
    });

  async function prepare(pod: Pod): Promise<Prepared> {
    const uid = uidOf(pod);
    try {
      await disk.makeDirectory(podDirectory(directories, uid), 0o750);
      await disk.makeDirectory(podLogDirectory(directories, pod), 0o755);
      await cgroups.create(pod);
    } catch (error) {
      throw new PodSetupError(
        'FailedCreatePodContainer',
        `unable to make the pod's directories and cgroup: ${messageOf(error)}`,
      );
    }
    try {
      const made = { cgroupParent: cgroups.parentOf(pod), volumes: await setUpVolumes(pod, contextOf(pod)) };
      prepared.set(uid, made);
      return made;
    } catch (error) {
      throw new PodSetupError('FailedMount', messageOf(error));
    }
  }

  return {
    prepare,
    sandboxConfig: (pod, { cgroupParent }, attempt) =>
      sandboxConfig({
        pod,
        attempt,
        logDirectory: podLogDirectory(directories, pod),
        dns: podDns(pod, options.dns),
        cgroupParent,
        seccompRoot,
      }),
    async containerConfig(request) {
      const { pod, container, sandbox } = request;
      const podIps = pod.spec.hostNetwork ? options.hostIps() : sandbox.ips;
      const environment = await containerEnvironment(container, fieldsOf(pod, podIps), {
        objects: options.objects,
        services: options.services,
      });
      const volumes = (prepared.get(uidOf(pod)) ?? (await prepare(pod))).volumes;
      const mounts = await containerMounts({
        pod,
        container,
        attempt: request.attempt,
        environment,
        volumes,
        podIps,
        clusterDomain: options.dns.clusterDomain,
        disk,
        directories,
      });
      await disk.makeDirectory(`${podLogDirectory(directories, pod)}/${container.name}`, 0o755);
      const security = containerSecurity(pod, container, seccompRoot, request.targetId);
      return configOf(request, environment, {
        mounts,
        security,
        resources: containerResources(pod, container, options.memoryBytes),
      });
    },
    containerResources: (pod, container) => containerResources(pod, container, options.memoryBytes),
    terminationMessage: (pod, status) => terminationMessage(pod, status, disk, directories),
    async release(pod) {
      const uid = uidOf(pod);
      prepared.delete(uid);
      options.objects.release(uid);
      options.tokens.release(uid);
      await disk.remove(`${podDirectory(directories, uid)}/volumes`);
      await cgroups.remove(pod);
    },
    async remove(pod) {
      await disk.remove(podDirectory(directories, uidOf(pod)));
      await disk.remove(podLogDirectory(directories, pod));
    },
  };
}

function configOf(
  { pod, kind, container, image, attempt }: ContainerRequest,
  environment: ReadonlyMap<string, string>,
  parts: Pick<ContainerConfig, 'mounts' | 'security' | 'resources'>,
): ContainerConfig {
  const completes = (kind === 'init' && !isSidecar(container)) || isOfJob(pod);
  return {
    name: container.name,
    attempt,
    image,
    command: expandAll(container.command, environment),
    args: expandAll(container.args, environment),
    workingDirectory: container.workingDir ?? '',
    environment: [...environment].map(([key, value]) => ({ key, value })),
    labels: {
      [labels.podName]: pod.metadata.name ?? '',
      [labels.podNamespace]: pod.metadata.namespace ?? '',
      [labels.podUid]: uidOf(pod),
      [labels.containerName]: container.name,
    },
    annotations: {
      [annotations.hash]: containerHash(container),
      [annotations.restartCount]: String(attempt),
      [annotations.resources]: JSON.stringify(container.resources ?? {}),
      [annotations.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
      [annotations.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [annotations.podTerminationGracePeriod]: String(graceOf(pod)),
      ...(completes ? { [RUNS_TO_COMPLETION]: 'true' } : {}),
    },
    logPath: containerLogPath(container.name, attempt),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    ...parts,
  };
}
const isOfJob = (pod: Pod): boolean =>
  (pod.metadata.ownerReferences ?? []).some(({ kind, controller }) => kind === 'Job' && controller);
