/** A process under measurement: started, waited for, read from /proc, ended. Linux only. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The unit of CPU times in /proc: Linux has reported hundredths of a second to programs for decades. */
const TICKS_PER_SECOND = 100;

export interface MeasuredProcess {
  readonly pid: number;
  /** Resident memory in megabytes (10^6 bytes), now and at its highest. */
  residentMb(): number;
  peakMb(): number;
  /** CPU seconds used so far, user and system. */
  cpuSeconds(): number;
  end(): Promise<void>;
}

export function residentMbOf(pid: number, field: 'VmRSS' | 'VmHWM' | 'RssFile' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024) / 1e6;
}

/** Of a process and everything below it: programs that enter namespaces put themselves in front. */
export function residentMbOfTree(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((word) => word !== '');
  return children.reduce((sum, child) => sum + residentMbOfTree(Number(child)), residentMbOf(pid));
}

export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Starts a program with its output in a log file. */
export function startMeasured(
  program: string,
  args: readonly string[],
  logFile: string,
  environment: Readonly<Record<string, string>> = {},
): MeasuredProcess {
  const log = openSync(logFile, 'a');
  const env = { ...process.env, ...environment };
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', log, log], env });
  closeSync(log);
  const pid = child.pid ?? 0;
  return {
    pid,
    residentMb: () => residentMbOf(pid),
    peakMb: () => residentMbOf(pid, 'VmHWM'),
    cpuSeconds: () => cpuSecondsOf(pid),
    async end() {
      if (child.exitCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([gone, sleep(10_000).then(() => child.kill('SIGKILL'))]);
      await gone;
    },
  };
}

/** Asks again every few milliseconds until the answer is defined; fails after `timeoutMs`. */
export async function waitFor<T>(what: string, ask: () => Promise<T | undefined>, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(5);
  }
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
}
