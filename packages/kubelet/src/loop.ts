/** Periodic work. */
import type { Effects } from '@steersman/machinery';
import { messageOf } from './runtime/error.ts';

/** Runs the task, then again `periodMs` after it ended, until the signal aborts. A failing task is logged and goes on. */
export async function every(
  periodMs: number,
  task: () => Promise<void>,
  name: string,
  { clock, log }: Effects,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await task();
    } catch (error) {
      if (signal.aborted) return;
      log.warn('Periodic work failed', { work: name, error: messageOf(error) });
    }
    await clock.sleep(periodMs, signal).catch(() => {});
  }
}
