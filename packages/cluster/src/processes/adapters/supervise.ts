/** Starts, finds and ends processes that outlive this one. */
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '@steersman/machinery';
import { ClusterError } from '../../errors.ts';
import { writeFileAtomically } from '../../files/adapters/atomic-file.ts';
import { type ProcessRecord, parseRecord, recordText, startTicksOf } from '../record.ts';

export interface DetachedOptions {
  readonly command: readonly string[];
  readonly pidFile: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const POLL_MS = 20;

/** The process a pid file names, if it is still that one; undefined when it has ended or the file is stale. */
export function runningProcess(pidFile: string): ProcessRecord | undefined {
  const record = parseRecord(read(pidFile) ?? '');
  if (record === undefined) return undefined;
  return recordOf(record.pid)?.startTicks === record.startTicks && bootId() === record.bootId ? record : undefined;
}

/** The record of a process that runs now. */
export function recordOf(pid: number): ProcessRecord | undefined {
  const startTicks = process.platform === 'linux' ? startTicksOf(read(`/proc/${pid}/stat`) ?? '') : startedAt(pid);
  return startTicks === undefined ? undefined : { pid, startTicks, bootId: bootId() };
}

/** Starts a process in a session of its own, output appended to its log, and writes its pid file. */
export function startDetached(options: DetachedOptions): ProcessRecord {
  const [program = '', ...args] = options.command;
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const env = { ...process.env, ...options.env };
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env, cwd: options.cwd ?? '/' });
  closeSync(log);
  child.on('error', () => {}); // No pid then; told below.
  child.unref();
  const record = child.pid === undefined ? undefined : recordOf(child.pid);
  if (record === undefined)
    throw new ClusterError('program-failed', `${program} did not start; see ${options.logFile}`);
  writeRecord(options.pidFile, record);
  return record;
}

/** Writes a pid file. */
export function writeRecord(pidFile: string, record: ProcessRecord): void {
  mkdirSync(dirname(pidFile), { recursive: true });
  writeFileAtomically(pidFile, recordText(record), 0o644);
}

/** The direct children of a process, as the kernel lists them. */
export function childrenOf(pid: number): readonly number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`) ?? '';
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map(Number);
}

/**
 * Waits until a killed process has let go of its files and ports: after its main thread is gone, others may still be
 * ending. Gives up after `limitMs`, when whoever needs the port will say so.
 */
export async function untilReleased(pidFile: string, limitMs: number, clock: Clock): Promise<void> {
  const record = parseRecord(read(pidFile) ?? '');
  if (record === undefined || record.bootId !== bootId()) return;
  for (const end = clock.monotonic() + limitMs; clock.monotonic() < end; await clock.sleep(POLL_MS)) {
    if (!existsSync(`/proc/${record.pid}`) || runningProcess(pidFile) !== undefined) return;
  }
}

/** Asks the process to end, insists after `graceMs`, and waits until it is gone. Does nothing when it is gone already. */
export async function stopProcess(record: ProcessRecord, graceMs: number, clock: Clock): Promise<void> {
  const alive = () => recordOf(record.pid)?.startTicks === record.startTicks;
  const untilGone = async (limitMs: number) => {
    for (const end = clock.monotonic() + limitMs; alive() && clock.monotonic() < end; ) await clock.sleep(POLL_MS);
    return !alive();
  };
  if (!alive()) return;
  signal(record.pid, 'SIGTERM');
  if (await untilGone(graceMs)) return;
  signal(record.pid, 'SIGKILL');
  if (!(await untilGone(graceMs)))
    throw new ClusterError('timed-out', `process ${record.pid} cannot be ended; look at it with: ps -p ${record.pid}`);
}

/** Ends what a pid file names and removes the file. */
export async function stopByPidFile(pidFile: string, graceMs: number, clock: Clock): Promise<void> {
  const record = runningProcess(pidFile);
  if (record !== undefined) await stopProcess(record, graceMs, clock);
  rmSync(pidFile, { force: true });
}

/** Keeps a log that others append to below a size: the older half becomes `<log>.1`. */
export function rotateBySize(logFile: string, bytesMax: number): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= bytesMax) return;
  copyFileSync(logFile, `${logFile}.1`);
  truncateSync(logFile, 0); // Writers append, so the next line lands at the start.
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in the meantime.
  }
}

/** Where there is no /proc: the start time as `ps` prints it, to the second, which is enough to tell two processes apart. */
function startedAt(pid: number): string | undefined {
  const listed = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const text = (listed.stdout ?? '').trim().replace(/\s+/g, '_');
  return text === '' ? undefined : text;
}

function bootId(): string {
  return (read('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim();
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
