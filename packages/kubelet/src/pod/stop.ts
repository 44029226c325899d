/** Stops containers, with their preStop hooks and within their grace, without holding up the pass that asked for it. */
import type { Container, Pod } from '@steersman/api';
import { messageOf } from '../runtime/error.ts';
import type { PodDependencies } from './dependencies.ts';
import { runLifecycleHook } from './lifecycle-hook.ts';
import type { PodRecord } from './record.ts';

/** So that a container whose hook used up the grace still gets a moment to end by itself. */
const GRACE_SECONDS_MIN = 2;
const DEFAULT_GRACE_SECONDS = 30;

export interface StopRequest {
  readonly id: string;
  readonly container: Container | undefined;
  readonly message?: string;
  readonly graceSeconds?: number | undefined;
}

/** The grace a pod has now: what its deletion asked for, else what its spec says. */
export const graceOf = (pod: Pod): number =>
  pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;

/**
 * Begins to stop it; the pod gets another pass when it has ended. Asked again with a shorter grace while it is under
 * way, the shorter one holds.
 */
export function stopContainer(record: PodRecord, request: StopRequest, deps: PodDependencies): void {
  const graceSeconds = Math.max(request.graceSeconds ?? record.graceSeconds ?? graceOf(record.pod), 0);
  const before = record.stopping.get(request.id);
  if (before !== undefined && before.graceSeconds <= graceSeconds) return;
  before?.abort.abort();
  const abort = new AbortController();
  record.stopping.set(request.id, { graceSeconds, abort });
  if (before === undefined && request.container !== undefined) {
    deps.event(
      record.pod,
      'Normal',
      'Killing',
      request.message ?? `Stopping container ${request.container.name}`,
      request.container.name,
    );
  }
  void stop(record, request, graceSeconds, before === undefined, abort, deps);
}

async function stop(
  record: PodRecord,
  request: StopRequest,
  graceSeconds: number,
  first: boolean,
  abort: AbortController,
  deps: PodDependencies,
): Promise<void> {
  const { clock, log } = deps.effects;
  const startedAt = clock.monotonic();
  if (first && graceSeconds > 0) await preStop(record, request, graceSeconds, abort.signal, deps);
  const left = graceSeconds - (clock.monotonic() - startedAt) / 1000;
  try {
    // Superseded while the hook ran: the newer request stops it.
    if (!abort.signal.aborted)
      await deps.runtime.stopContainer(
        request.id,
        Math.round(Math.max(left, graceSeconds === 0 ? 0 : GRACE_SECONDS_MIN)),
      );
  } catch (error) {
    log.warn('Container did not stop', { pod: record.uid, container: request.id, error: messageOf(error) });
  }
  if (record.stopping.get(request.id)?.abort === abort) record.stopping.delete(request.id);
  deps.again(record.uid);
}

async function preStop(
  record: PodRecord,
  { id, container }: StopRequest,
  graceSeconds: number,
  signal: AbortSignal,
  deps: PodDependencies,
): Promise<void> {
  const hook = container?.lifecycle?.preStop;
  if (container === undefined || hook === undefined) return;
  const abort = new AbortController();
  const cancel = deps.effects.clock.schedule(graceSeconds * 1000, () => abort.abort());
  try {
    const sandbox = record.runtime.sandboxes[0];
    await runLifecycleHook(hook, { id, container, sandbox }, deps, AbortSignal.any([signal, abort.signal]));
  } catch {
    if (!signal.aborted) deps.event(record.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', container.name);
  } finally {
    cancel();
  }
}
