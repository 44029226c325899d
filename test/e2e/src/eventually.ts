import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;

/** Waits until the check gives something other than undefined or false; fails with its last error or answer after `limitMs`. */
export async function eventually<T>(
  what: string,
  limitMs: number,
  check: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (let last: unknown; ; ) {
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result;
      last = result;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s: ${String(last)}`);
    await sleep(POLL_MS);
  }
}
