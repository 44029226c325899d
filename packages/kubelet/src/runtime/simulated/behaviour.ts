/**
 * What a simulated container does with its life. Read off, in this order: the pod's script annotations, a command that
 * says so itself (`sleep 5`, `exit 3`, `true`, `false`), the mark of containers that are meant to end. Otherwise it runs
 * until it is stopped.
 */
import type { ContainerConfig } from '../config.ts';

/** Set by the kubelet on init containers and on the containers of Jobs. */
export const RUNS_TO_COMPLETION = 'steersman.dev/runs-to-completion';
/** Pod annotations, plain or followed by `.<container>`. */
export const SCRIPT = {
  runSeconds: 'simulation.steersman.dev/run-seconds',
  exitCode: 'simulation.steersman.dev/exit-code',
  startError: 'simulation.steersman.dev/start-error',
  sandboxError: 'simulation.steersman.dev/sandbox-error',
  ignoreStop: 'simulation.steersman.dev/ignore-stop',
} as const;

export interface Behaviour {
  /** Undefined: runs until stopped. */
  readonly runMs?: number | undefined;
  readonly exitCode: number;
  readonly startError?: string | undefined;
  /** Does not end on SIGTERM, only on SIGKILL. */
  readonly ignoresStop: boolean;
}

/** How long a container that is meant to end runs: long enough to be seen Running by a watcher. */
const COMPLETION_MS = 200;

/** Decides from the container's own configuration and the annotations of its pod. */
export function behaviourOf(config: ContainerConfig, podAnnotations: Readonly<Record<string, string>>): Behaviour {
  const script = (key: string) => podAnnotations[`${key}.${config.name}`] ?? podAnnotations[key];
  const fromCommand = commandBehaviour([...config.command, ...config.args]);
  const seconds = script(SCRIPT.runSeconds);
  const code = script(SCRIPT.exitCode);
  const completes = config.annotations[RUNS_TO_COMPLETION] === 'true' || code !== undefined;
  return {
    runMs:
      seconds !== undefined ? Number(seconds) * 1000 : (fromCommand?.runMs ?? (completes ? COMPLETION_MS : undefined)),
    exitCode: code !== undefined ? Number(code) : (fromCommand?.exitCode ?? 0),
    startError: script(SCRIPT.startError),
    ignoresStop: script(SCRIPT.ignoreStop) === 'true',
  };
}

function commandBehaviour(
  command: readonly string[],
): { readonly runMs: number; readonly exitCode: number } | undefined {
  const [program = '', first = ''] = command;
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (name === 'true' || name === 'false') return { runMs: 0, exitCode: name === 'true' ? 0 : 1 };
  if (name === 'sleep' && /^\d+(\.\d+)?$/.test(first)) return { runMs: Number(first) * 1000, exitCode: 0 };
  if (name === 'sh' && first === '-c') return shellBehaviour(command[2] ?? '');
  return undefined;
}

/** Understands `sleep N` and `exit N`, alone or one after the other; anything else is not guessed at. */
function shellBehaviour(line: string): { readonly runMs: number; readonly exitCode: number } | undefined {
  const match = /^\s*(?:sleep (\d+)\s*(?:;|&&|$))?\s*(?:exit (\d+)\s*;?|(true|false))?\s*$/.exec(line);
  if (match === null || line.trim() === '') return undefined;
  const exitCode = match[2] !== undefined ? Number(match[2]) : match[3] === 'false' ? 1 : 0;
  return { runMs: Number(match[1] ?? 0) * 1000, exitCode };
}
