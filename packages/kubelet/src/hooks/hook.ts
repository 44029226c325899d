/** Lifecycle hooks (container lifecycle hooks documentation): exec, httpGet, sleep; tcpSocket is declared and unsupported upstream. */
import type { LifecycleHandler } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import { httpRequestOf, type ProbeMeans, type ProbeTarget } from '../probes/probe.ts';

/** Why a hook failed, in the words of the event. */
export class HookError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'HookError';
  }
}

/** A hook has no timeout of its own: the caller's signal ends the wait, not the command. Throws `HookError`. */
export async function runHook(
  handler: LifecycleHandler,
  target: ProbeTarget,
  means: ProbeMeans,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (handler.exec !== undefined) {
    const command = handler.exec.command ?? [];
    const { exitCode, stdout, stderr } = await unlessAborted(
      means.runtime.execSync(target.containerId, command, 0),
      signal,
    );
    if (exitCode === 0) return;
    const output = Buffer.concat([stdout, stderr]).toString();
    throw new HookError(
      `Exec lifecycle hook ([${command.join(' ')}]) for Container "${target.container.name}" exited with code ${exitCode}: ${JSON.stringify(output)}`,
    );
  }
  if (handler.httpGet !== undefined) {
    const answer = await unlessAborted(
      means.network.http(httpRequestOf(handler.httpGet, target, HOOK_HTTP_TIMEOUT_MS)),
      signal,
    );
    if (answer.status >= 400)
      throw new HookError(
        `HTTP lifecycle hook (${handler.httpGet.path ?? '/'}) for Container "${target.container.name}" failed: statuscode ${answer.status}`,
      );
    return;
  }
  if (handler.sleep !== undefined) {
    await clock.sleep(handler.sleep.seconds * 1000, signal);
    return;
  }
  throw new HookError('invalid handler: set exec, httpGet or sleep');
}

/** Upstream waits as long as the pod's grace lasts; an hour bounds a postStart that never answers. */
const HOOK_HTTP_TIMEOUT_MS = 3_600_000;

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new HookError('interrupted: the pod is being stopped'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  work.catch(() => {}); // When the race is lost nobody else looks at it.
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort));
}
