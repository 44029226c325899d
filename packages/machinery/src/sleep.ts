import type { Clock } from './contract.ts';

/** `sleep` in terms of `schedule`: rejects with the signal's reason, and leaves no timer or listener behind. */
export function sleepWith(scheduleTimer: Clock['schedule'], delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = scheduleTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
