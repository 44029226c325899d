/** A node's own containerd: started inside its host, asked for images through `ctr`. */
import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@steersman/machinery';
import { ClusterError } from '../../errors.ts';
import { type Host, insideHost, startInside } from '../../hosts/adapters/host.ts';
import { HOST_PATHS } from '../../hosts/plan.ts';
import { PAUSE_IMAGE } from '../../images/catalogue.ts';
import { runningProcess } from '../../processes/adapters/supervise.ts';
import { findProgram, isExecutable, run, tryRun } from '../../programs/adapters/run.ts';
import { type ContainerdVersion, containerdConfig, parseContainerdVersion } from '../config.ts';

const OVERLAY_MAGIC = 0x794c7630; // statfs(2): an overlay cannot carry another one.
const CAP_SYS_RESOURCE = 24n;
const READY_MS = 15_000;
const POLL_MS = 20;

/** The version of the installed containerd. Throws ClusterError when it cannot be read. */
export async function installedContainerdVersion(): Promise<ContainerdVersion> {
  const text = await run(['containerd', '--version']);
  const version = parseContainerdVersion(text);
  if (version === undefined)
    throw new ClusterError('unsupported', `cannot read the version of containerd from: ${text.trim()}`);
  return version;
}

/** Starts containerd in the host unless it runs, and waits until it answers. */
export async function ensureContainerd(host: Host, version: ContainerdVersion, clock: Clock): Promise<void> {
  const { folder } = host.plan;
  const files = {
    pid: join(folder, 'containerd.pid'),
    log: join(folder, 'containerd.log'),
    config: join(folder, 'containerd.toml'),
  };
  mkdirSync(join(folder, 'containerd'), { recursive: true });
  if (runningProcess(files.pid) === undefined) {
    writeFileSync(files.config, containerdConfig(settingsFor(folder, version)));
    rmSync(files.pid, { force: true });
    const command = ['containerd', '--config', files.config];
    await startInside(host, { command, pidFile: files.pid, logFile: files.log }, clock);
  }
  await untilAnswering(host, files, clock);
}

/** Imports an image archive (OCI or `docker save`), so that pods can name what is in it. */
export async function importImages(
  host: Pick<Host, 'init'>,
  archive: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const command = insideHost(host, ['ctr', '--namespace', 'k8s.io', 'images', 'import', '-']);
  await run(command, { input: archive, timeoutMs: 600_000, ...(signal === undefined ? {} : { signal }) });
}

/** Names of the images that pods of the node can use without a download. */
export async function imageNames(host: Pick<Host, 'init'>): Promise<readonly string[]> {
  const listed = await run(insideHost(host, ['ctr', '--namespace', 'k8s.io', 'images', 'list', '--quiet']));
  return listed.split('\n').filter((name) => name !== '' && !name.startsWith('sha256:'));
}

function settingsFor(folder: string, version: ContainerdVersion) {
  const root = join(folder, 'containerd');
  return {
    version,
    root,
    state: HOST_PATHS.containerdState,
    address: HOST_PATHS.containerdSocket,
    cniPrograms: cniFolder(),
    cniConfigs: HOST_PATHS.cniConfigs,
    sandboxImage: PAUSE_IMAGE,
    snapshotter: statfsSync(root).type === OVERLAY_MAGIC ? ('native' as const) : ('overlayfs' as const),
    restrictOomScore: !hasCapability(CAP_SYS_RESOURCE),
  };
}

/** Where the standard CNI plugins are: Debian's folder or upstream's. */
export function cniFolder(): string {
  return ['/usr/lib/cni', '/opt/cni/bin'].find((folder) => isExecutable(join(folder, 'host-local'))) ?? '/usr/lib/cni';
}

function hasCapability(bit: bigint): boolean {
  const mask = /^CapEff:\s*([\da-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n;
}

async function untilAnswering(
  host: Host,
  files: { readonly pid: string; readonly log: string },
  clock: Clock,
): Promise<void> {
  const ask = insideHost(host, [findProgram('ctr') ?? 'ctr', '--connect-timeout', '1s', 'version']);
  for (const end = clock.monotonic() + READY_MS; clock.monotonic() < end; await clock.sleep(POLL_MS)) {
    if (runningProcess(files.pid) === undefined) break;
    if (isSocketThere(host) && (await tryRun(ask, { timeoutMs: READY_MS })).code === 0) return;
  }
  throw new ClusterError('program-failed', `containerd of ${host.plan.name} does not answer; its log: ${files.log}`);
}

function isSocketThere(host: Host): boolean {
  try {
    statfsSync(`/proc/${host.init.pid}/root${HOST_PATHS.containerdSocket}`);
    return true;
  } catch {
    return false;
  }
}
