/** The mounts of a container: its volumes, /etc/hosts and the file for its last words. */
import type { Container, Pod, VolumeMount } from '@steersman/api';
import { uidOf } from '@steersman/api';
import { hostnameOf } from '../environment/environment.ts';
import { expand } from '../environment/expansion.ts';
import { hostsFile } from '../environment/hosts-file.ts';
import { PodSetupError } from '../pod/host.ts';
import type { Mount } from '../runtime/config.ts';
import type { Disk } from './disk.ts';
import { type Directories, hostsFilePath, terminationLogPath } from './paths.ts';

export interface MountInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly environment: ReadonlyMap<string, string>;
  /** Host paths by volume name. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly podIps: readonly string[];
  readonly clusterDomain: string;
  readonly disk: Disk;
  readonly directories: Directories;
}
const HOSTS = '/etc/hosts';
const TERMINATION_PATH = '/dev/termination-log';

export async function containerMounts(input: MountInput): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  for (const mount of input.container.volumeMounts ?? []) mounts.push(await volumeMount(mount, input));
  if (!mounts.some(({ containerPath }) => containerPath === HOSTS)) mounts.push(await hostsMount(input));
  mounts.push(await terminationMount(input));
  return mounts;
}

async function volumeMount(mount: VolumeMount, input: MountInput): Promise<Mount> {
  const root = input.volumes.get(mount.name);
  if (root === undefined)
    throw new PodSetupError(
      'CreateContainerConfigError',
      `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(input.container.name)}`,
    );
  const sub = subPathOf(mount, input.environment);
  const hostPath = sub === '' ? root : await input.disk.resolveInside(root, sub);
  if (hostPath === undefined)
    throw new PodSetupError(
      'CreateContainerConfigError',
      `failed to prepare subPath for volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(input.container.name)}`,
    );
  return {
    containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
    hostPath,
    readOnly: mount.readOnly ?? false,
    propagation: propagationOf(mount.mountPropagation),
    recursiveReadOnly: mount.recursiveReadOnly === 'Enabled',
  };
}

/** Expanded only now, so what the API checks of `subPath` is checked here of `subPathExpr`. */
function subPathOf(mount: VolumeMount, environment: ReadonlyMap<string, string>): string {
  const missing = new Set<string>();
  const sub =
    mount.subPathExpr === undefined
      ? (mount.subPath ?? '')
      : expand(mount.subPathExpr, (name) => {
          const value = environment.get(name);
          if (value === undefined || value === '') missing.add(name);
          return value;
        });
  const refuse = (message: string) => new PodSetupError('CreateContainerConfigError', message);
  if (missing.size > 0) throw refuse(`missing value for ${[...missing].sort().join(', ')}`);
  if (sub.startsWith('/')) throw refuse(`error SubPath \`${sub}\` must not be an absolute path`);
  if (sub.split('/').includes('..')) throw refuse(`unable to provision SubPath \`${sub}\`: must not contain '..'`);
  return sub;
}

const propagationOf = (mode: string | undefined): Mount['propagation'] =>
  mode === 'Bidirectional' ? 'bidirectional' : mode === 'HostToContainer' ? 'host-to-container' : 'private';

async function hostsMount({ pod, podIps, clusterDomain, disk, directories }: MountInput): Promise<Mount> {
  const path = hostsFilePath(directories, uidOf(pod));
  const hostname = hostnameOf(pod);
  const fqdn = pod.spec.subdomain
    ? `${hostname}.${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`
    : undefined;
  const nodeFile = pod.spec.hostNetwork ? new TextDecoder().decode(await disk.readTail(HOSTS)) : undefined;
  const text = hostsFile({ podIps, hostname, fqdn, aliases: pod.spec.hostAliases ?? [], nodeFile });
  await disk.write(path, { bytes: new TextEncoder().encode(text), mode: 0o644 });
  return { containerPath: HOSTS, hostPath: path, readOnly: false, propagation: 'private' };
}

/** A file of its own for every attempt, writable by whatever user the container runs as. */
async function terminationMount({ pod, container, attempt, disk, directories }: MountInput): Promise<Mount> {
  const path = terminationLogPath(directories, uidOf(pod), container.name, attempt);
  await disk.write(path, { bytes: new Uint8Array(), mode: 0o666 });
  return {
    containerPath: container.terminationMessagePath || TERMINATION_PATH,
    hostPath: path,
    readOnly: false,
    propagation: 'private',
  };
}
