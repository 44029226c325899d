import { backoffDelay } from './backoff.ts';
import type { WorkQueue, WorkQueueOptions } from './contract.ts';
import { fifo } from './fifo.ts';
import { type WorkQueueMetrics, workQueueMetrics } from './work-queue-metrics.ts';

const CONCURRENCY = 5;
const RETRY_BASE_MS = 5;
const RETRY_MAX_MS = 1_000_000;
/** Passes that never wait could hold the event loop for as long as keys come; after this long others get a turn. */
const BURST_MS_MAX = 5;

interface Delayed {
  readonly atMs: number;
  readonly cancel: () => void;
}

/** Creates a queue; nothing happens until `run`. See `WorkQueue` for what it promises. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock } = options.effects;
  const metrics: WorkQueueMetrics = workQueueMetrics(options.effects, options.name);
  const log = options.effects.log.child({ queue: options.name });
  const concurrency = options.concurrencyMax ?? CONCURRENCY;
  const backoff = { baseMs: options.retryBaseMs ?? RETRY_BASE_MS, maxMs: options.retryMaxMs ?? RETRY_MAX_MS };

  const ready = fifo<string>(); // Wanted and not under way.
  const wantedSince = new Map<string, number>(); // Every wanted key: those in `ready`, and re-adds of keys under way.
  const underWay = new Set<string>();
  const failures = new Map<string, number>();
  const delayed = new Map<string, Delayed>();
  const idleWaiters: (() => void)[] = [];
  let running: { readonly signal: AbortSignal; readonly ended: () => void } | undefined;
  let pumpPending = false;
  let burstStartMs = 0;

  function add(key: string): void {
    if (running?.signal.aborted || wantedSince.has(key)) return;
    const nowMs = clock.monotonic();
    if (ready.length === 0 && underWay.size === 0) burstStartMs = nowMs;
    wantedSince.set(key, nowMs);
    metrics.added();
    if (!underWay.has(key)) ready.push(key);
    metrics.depth(ready.length);
    pumpSoon();
  }

  function addAfter(key: string, delayMs: number): void {
    if (running?.signal.aborted) return;
    if (delayMs <= 0) {
      add(key);
      return;
    }
    const atMs = clock.monotonic() + delayMs;
    const known = delayed.get(key);
    if (known !== undefined) {
      if (known.atMs <= atMs) return;
      known.cancel();
    }
    const cancel = clock.schedule(delayMs, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { atMs, cancel });
  }

  /** Never starts a pass inside the caller's stack: whoever adds must not run someone else's pass. */
  function pumpSoon(): void {
    if (pumpPending || running === undefined || running.signal.aborted) return;
    pumpPending = true;
    queueMicrotask(() => {
      if (clock.monotonic() - burstStartMs <= BURST_MS_MAX) return pump();
      clock.schedule(0, () => {
        burstStartMs = clock.monotonic();
        pump();
      });
    });
  }

  function pump(): void {
    pumpPending = false;
    while (running !== undefined && !running.signal.aborted && underWay.size < concurrency) {
      const key = ready.shift();
      if (key === undefined) break;
      void pass(key, running.signal);
    }
    metrics.depth(ready.length);
    settle();
  }

  async function pass(key: string, signal: AbortSignal): Promise<void> {
    const startedMs = clock.monotonic();
    metrics.waited(startedMs - (wantedSince.get(key) ?? startedMs));
    wantedSince.delete(key);
    underWay.add(key);
    try {
      const next = await options.reconcile(key, signal);
      failures.delete(key);
      if (next !== 'on-change') addAfter(key, next.afterMs);
    } catch (error) {
      if (!signal.aborted) retry(key, error);
    }
    metrics.worked(clock.monotonic() - startedMs);
    underWay.delete(key);
    if (wantedSince.has(key)) ready.push(key);
    pumpSoon();
    settle();
  }

  function retry(key: string, error: unknown): void {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    metrics.retried();
    const delayMs = backoffDelay(backoff, count);
    log.warn('Pass failed, trying again', { key, failures: count, delayMs, error });
    addAfter(key, delayMs);
  }

  /** Tells waiters when there is nothing left to do, and `run` when it was told to stop and the last pass has ended. */
  function settle(): void {
    if (underWay.size > 0) return;
    if (ready.length === 0) for (const resolve of idleWaiters.splice(0)) resolve();
    if (running?.signal.aborted) running.ended();
  }

  function stop(): void {
    for (const { cancel } of delayed.values()) cancel();
    delayed.clear();
    settle();
  }

  return {
    add,
    addAfter,
    get depth() {
      return ready.length + underWay.size;
    },
    async run(signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      running = { signal, ended: resolve };
      burstStartMs = clock.monotonic();
      signal.addEventListener('abort', stop, { once: true });
      pumpSoon();
      await promise;
      signal.removeEventListener('abort', stop);
    },
    async idle() {
      if (ready.length === 0 && underWay.size === 0) return;
      await new Promise<void>((resolve) => idleWaiters.push(resolve));
    },
  };
}
