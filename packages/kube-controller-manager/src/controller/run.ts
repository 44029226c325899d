import { ApiError, isAlreadyExists, isConflict, isNamespaceTerminating, isNotFound, splitKey } from '@steersman/api';
import type { Change, Informer } from '@steersman/client';
import { createWorkQueue, type Reconcile, type WorkQueue } from '@steersman/machinery';
import type { ControllerContext } from './contract.ts';

/** A conflict means that our copy is old; by then the watch has usually brought the new one. */
const CONFLICT_RETRY_MS = 20;
/** Until the watch should have told what the server did, if nothing else happens before. */
const BEHIND_RETRY_MS = 1_000;
/** The longest pause between tries of what keeps failing: what is repaired should be noticed within a minute. */
const RETRY_MAX_MS = 60_000;

/**
 * Wraps a pass so that the expected outcomes of optimistic concurrency are no failures: after a conflict the pass is
 * made again soon, and what a namespace on its way out refuses is dropped.
 */
export function tolerant(reconcile: Reconcile): Reconcile {
  return async (key, signal) => {
    try {
      return await reconcile(key, signal);
    } catch (error) {
      if (isConflict(error)) return { afterMs: CONFLICT_RETRY_MS };
      if (error instanceof ApiError && isNamespaceTerminating(error)) return 'on-change';
      // Made by an earlier pass; the watch has not told us yet.
      if (isAlreadyExists(error)) return { afterMs: BEHIND_RETRY_MS };
      // The object of this very pass went away meanwhile; the watch will say so.
      if (isNotFound(error) && (error as ApiError).status.details?.name === splitKey(key).name)
        return { afterMs: BEHIND_RETRY_MS };
      throw error;
    }
  };
}

/** Adds to the queue the keys that a change concerns. The function returns keys, so it cannot act. */
export function enqueueOn<P>(
  informer: Informer<P>,
  queue: Pick<WorkQueue, 'add'>,
  keysOf: (change: Change<P>) => readonly string[],
): void {
  informer.subscribe((change) => {
    for (const key of keysOf(change as Change<P>)) queue.add(key);
  });
}

/** The newest version that a change tells of. */
export function objectOf<P>(change: Change<P>): P {
  return change.kind === 'deleted' ? change.last : change.object;
}

export interface LoopOptions {
  /** The queue's name in metrics and logs. */
  readonly name: string;
  readonly concurrencyMax?: number;
  readonly reconcile: Reconcile;
  /** Connects informers to the queue. */
  readonly connect: (queue: WorkQueue) => void;
}

/** A controller's whole life: connect, wait for the caches, work until the signal aborts. */
export async function runLoop(context: ControllerContext, options: LoopOptions, signal: AbortSignal): Promise<void> {
  const { name, concurrencyMax, reconcile, connect } = options;
  const { effects, informers } = context;
  const queue = createWorkQueue({
    name,
    reconcile: tolerant(reconcile),
    effects,
    retryMaxMs: RETRY_MAX_MS,
    ...(concurrencyMax === undefined ? {} : { concurrencyMax }),
  });
  connect(queue);
  informers.start(signal);
  try {
    await informers.untilSynced(signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  await queue.run(signal);
}

/** Runs a sweep over everything, now and every `periodMs`, until the signal aborts. A failed sweep is logged. */
export async function runPeriodically(
  context: ControllerContext,
  name: string,
  periodMs: number,
  sweep: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { effects, informers } = context;
  informers.start(signal);
  try {
    await informers.untilSynced(signal);
    while (!signal.aborted) {
      try {
        await sweep();
      } catch (error) {
        if (!signal.aborted)
          effects.log.warn('Sweep failed', {
            controller: name,
            error: error instanceof Error ? error.message : String(error),
          });
      }
      await effects.clock.sleep(periodMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
