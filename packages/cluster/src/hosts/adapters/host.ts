/** Makes, finds and removes namespaced hosts. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '@steersman/machinery';
import { ClusterError } from '../../errors.ts';
import { initProgram } from '../../images/init-program.ts';
import {
  childrenOf,
  type DetachedOptions,
  recordOf,
  runningProcess,
  startDetached,
  stopByPidFile,
  stopProcess,
  writeRecord,
} from '../../processes/adapters/supervise.ts';
import type { ProcessRecord } from '../../processes/record.ts';
import { run } from '../../programs/adapters/run.ts';
import { HOST_BINDS, type HostPlan, hostCommand } from '../plan.ts';

/** A host that runs: `init` is its PID 1 as the machine numbers it. Ending it ends everything in the host. */
export interface Host {
  readonly plan: HostPlan;
  readonly init: ProcessRecord;
}

const READY_MS = 20_000;
const STOP_MS = 5_000;

/** The host if it runs already, else a fresh one. */
export async function ensureHost(plan: HostPlan, clock: Clock): Promise<Host> {
  const found = runningProcess(hostPidFile(plan.folder));
  if (found !== undefined) return { plan, init: found };
  // An `up` that was killed half-way may have left a host that nobody set up to the end.
  await stopByPidFile(holderPidFile(plan.folder), STOP_MS, clock);
  return startHost(plan, clock);
}

/** The host's PID 1 when the host runs. */
export function runningHost(folder: string): ProcessRecord | undefined {
  return runningProcess(hostPidFile(folder));
}

/** A command line that runs `command` inside the host, as root of it. */
export function insideHost(host: Pick<Host, 'init'>, command: readonly string[]): readonly string[] {
  return [
    'nsenter',
    '--target',
    String(host.init.pid),
    '--mount',
    '--uts',
    '--ipc',
    '--net',
    '--pid',
    '--',
    ...command,
  ];
}

const CHILD_MS = 5_000;

/**
 * Starts a process inside the host that outlives this one. Its pid file names the process itself, as the machine numbers
 * it, not the `nsenter` that waits for it outside.
 */
export async function startInside(host: Pick<Host, 'init'>, options: DetachedOptions, clock: Clock): Promise<void> {
  const outside = startDetached({ ...options, command: insideHost(host, options.command) });
  for (const end = clock.monotonic() + CHILD_MS; clock.monotonic() < end; await clock.sleep(2)) {
    const record = childrenOf(outside.pid).map(recordOf)[0];
    if (record !== undefined) return writeRecord(options.pidFile, record);
    if (recordOf(outside.pid) === undefined) break;
  }
  throw new ClusterError('program-failed', `${options.command[0]} did not start; see ${options.logFile}`);
}

/** Ends the host and with it every process, mount and namespace in it. */
export async function stopHost(folder: string, clock: Clock): Promise<void> {
  const init = runningProcess(hostPidFile(folder));
  if (init !== undefined) await stopProcess(init, STOP_MS, clock);
  rmSync(hostPidFile(folder), { force: true });
  await stopByPidFile(holderPidFile(folder), STOP_MS, clock);
}

/** Folders of the machine that hosts mount over and that did not exist; returns those that were made. */
export function ensureMountPoints(): readonly string[] {
  const made: string[] = [];
  for (const [inside] of HOST_BINDS) {
    for (const path of missingAncestors(inside)) {
      mkdirSync(path);
      made.push(path);
    }
  }
  return made;
}

/**
 * Removes folders that `ensureMountPoints` made, in reverse, unless something is in them or a host of another cluster has
 * mounted over them: removing such a folder would silently take the mount away from that host (rmdir(2) since Linux 3.18).
 */
export function removeMountPoints(folders: readonly string[]): void {
  const mounted = mountPointsAnywhere();
  for (const folder of folders.toReversed()) {
    if ([...mounted].some((point) => point === folder || point.startsWith(`${folder}/`))) continue;
    try {
      rmdirSync(folder);
    } catch {
      // Somebody has put files there, or removed it.
    }
  }
}

/** Every mount point of every mount namespace that has a process. */
function mountPointsAnywhere(): ReadonlySet<string> {
  const points = new Set<string>();
  const seen = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const namespace = readlinkSync(`/proc/${pid}/ns/mnt`);
      if (seen.has(namespace)) continue;
      seen.add(namespace);
      for (const line of readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n'))
        points.add(line.split(' ')[4] ?? '');
    } catch {
      // It ended in the meantime.
    }
  }
  return points;
}

function missingAncestors(path: string): readonly string[] {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  return missing;
}

async function startHost(plan: HostPlan, clock: Clock): Promise<Host> {
  for (const [, own] of HOST_BINDS) mkdirSync(join(plan.folder, own), { recursive: true });
  if (!existsSync(plan.init)) {
    mkdirSync(dirname(plan.init), { recursive: true });
    writeFileSync(plan.init, initProgram(), { mode: 0o755 });
  }
  const [program = '', ...args] = hostCommand(plan);
  const holder = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  const held = holder.pid === undefined ? undefined : recordOf(holder.pid);
  if (held !== undefined) writeRecord(holderPidFile(plan.folder), held);
  const problem = await readiness(holder.stdout, holder.stderr, clock);
  holder.stdout.destroy();
  holder.stderr.destroy();
  holder.unref();
  const pid = holder.pid === undefined ? undefined : childrenOf(holder.pid)[0];
  const init = pid === undefined ? undefined : recordOf(pid);
  if (problem !== undefined || init === undefined) {
    holder.kill('SIGKILL');
    throw new ClusterError('program-failed', `cannot make host ${plan.name}: ${problem ?? 'its first process ended'}`);
  }
  writeRecord(hostPidFile(plan.folder), init);
  return { plan, init };
}

/** Resolves with what went wrong, or with undefined once the host says that it is ready. */
function readiness(
  stdout: NodeJS.ReadableStream,
  stderr: NodeJS.ReadableStream,
  clock: Clock,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let complaint = '';
    const cancel = clock.schedule(READY_MS, () => resolve(`not ready after ${READY_MS / 1000} s ${complaint}`));
    const settle = (problem: string | undefined) => {
      cancel();
      resolve(problem);
    };
    stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    stdout.on('data', (chunk: Buffer) => chunk.toString().includes('ready') && settle(undefined));
    stdout.on('end', () => settle(complaint.trim() || 'it ended at once'));
  });
}

/** Sends `ip -batch` lines to the kernel, on the machine or inside a host. */
export async function applyIpBatch(batch: string, host?: Pick<Host, 'init'>): Promise<void> {
  const enter = host === undefined ? [] : ['nsenter', '--target', String(host.init.pid), '--net', '--'];
  await run([...enter, 'ip', '-batch', '-'], { input: batch });
}

/** The `unshare` outside that waits for the host; ending it ends the host. */
function holderPidFile(folder: string): string {
  return join(folder, 'host-holder.pid');
}

function hostPidFile(folder: string): string {
  return join(folder, 'host.pid');
}
