/** A process that is killed, paused and started again under the same name. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mortal } from '../bounded.ts';
import { whenEnded } from '../when-ended.ts';

export interface ProcessPlan {
  readonly name: string;
  readonly program: string;
  /** Asked before every start. */
  args(): readonly string[];
  /** Output of all incarnations is appended here. */
  readonly logFile: string;
  /** Opens a channel for `ask`. */
  readonly channel?: boolean;
}

export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  start(): void;
  /** Kills it as a power button would; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end; resolves when it did. */
  stop(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Whether it stands still. */
  readonly paused: boolean;
  /** Sends a message; resolves with whether it was answered, which it is not when the process is gone or hangs. */
  ask(message: object): Promise<boolean>;
  /** False after it ended by itself or was killed. */
  readonly running: boolean;
}

export function managedProcess(plan: ProcessPlan): ManagedProcess {
  let child: ChildProcess | undefined;
  whenEnded(() => child?.kill('SIGKILL'));
  let ended = Promise.resolve();
  const endBy = async (signal: NodeJS.Signals) => {
    child?.kill(signal);
    await ended;
  };
  return {
    name: plan.name,
    get pid() {
      return child?.pid ?? 0;
    },
    get running() {
      return child !== undefined;
    },
    start() {
      const log = openSync(plan.logFile, 'a');
      const [program, ...args] = [...mortal, plan.program, ...plan.args()] as [string, ...string[]];
      const started = spawn(program, args, {
        stdio: plan.channel === true ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      });
      closeSync(log);
      child = started;
      ended = new Promise((resolve) => {
        started.once('close', () => {
          if (child === started) child = undefined;
          resolve();
        });
      });
    },
    kill: () => endBy('SIGKILL'),
    stop: () => endBy('SIGTERM'),
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    get paused() {
      const stat = child === undefined ? '' : readFileSync(`/proc/${child.pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')')).startsWith(') T');
    },
    ask: (message) => (child === undefined ? Promise.resolve(false) : answered(child, message)),
  };
}

const ANSWER_MS_MAX = 2000;

function answered(child: ChildProcess, message: object): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ANSWER_MS_MAX);
    child.once('message', () => {
      clearTimeout(timer);
      resolve(true);
    });
    child.send(message, (error) => error && resolve(false));
  });
}
