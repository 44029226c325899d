/**
 * Programs that neither run for ever nor outlive us, though they, or what they test, may be broken: a planted bug can have a
 * process spin for good. Where the kernel has the means, not even SIGKILL of ourselves leaves one behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { whenEnded } from './when-ended.ts';
import { workFolder } from './work-folder.ts';

const runs = (program: string, ...args: readonly string[]) => spawnSync(program, args).status === 0;

const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL'] as const;
/** Words before a program, after which the kernel kills it when the process that starts it is gone. */
export const mortal: readonly string[] = runs(...DIES_WITH_PARENT, 'true') ? DIES_WITH_PARENT : [];

/** All processes below it go when it does, its mounts and its network with them. Nothing it does reaches the machine. */
const NAMESPACES = ['unshare', '-n', '-m', '-p', '-f', '--mount-proc', '--kill-child'] as const;
/** Root alone does not suffice, as in many containers. */
export const canIsolate = process.getuid?.() === 0 && runs(...NAMESPACES, 'true');
const ISOLATED = [...NAMESPACES, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'] as const;

export interface BoundedRun {
  /** 0 when all went well; as a shell has it when a signal ended it. */
  readonly status: number;
  /** What it printed, when it was to be kept. */
  readonly output: string;
  /** Whether it was ended because its time was over. */
  readonly overdue: boolean;
}

export interface BoundedOptions {
  readonly limitMs: number;
  /** Whether it gets namespaces of its own, where that is possible. */
  readonly isolated: boolean;
  /** Whether what it prints is shown, or kept. */
  readonly output: 'shown' | 'kept';
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program until it ends or its time is over. What it leaves in the folder for temporary files is removed. */
export async function runBounded(command: readonly string[], options: BoundedOptions): Promise<BoundedRun> {
  const isolation = options.isolated && canIsolate ? ISOLATED : [];
  const [program, ...args] = [...mortal, ...isolation, ...command] as [string, ...string[]];
  const temporary = workFolder('run');
  const child = spawn(program, args, {
    stdio: ['ignore', options.output === 'kept' ? 'pipe' : 'inherit', 'inherit'],
    detached: true, // A group of its own, which can be ended whole.
    env: { ...process.env, ...options.env, TMPDIR: temporary.path },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  const forget = whenEnded(() => endGroup(child.pid));
  let overdue = false;
  const timer = setTimeout(() => {
    overdue = true;
    endGroup(child.pid);
  }, options.limitMs);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const status = await new Promise<number>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0))),
  );
  clearTimeout(timer);
  forget();
  temporary.remove();
  return { status, output, overdue };
}

/** The process and all of its group. */
export function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Ended by itself.
  }
}
