/** Exponential delay between restarts: 10 s doubled up to 300 s, forgotten after 10 minutes without a crash. */
const BASE_MS = 10_000;
export const CRASH_BACKOFF_MAX_MS = 300_000;

interface Entry {
  delayMs: number;
  updatedAt: number;
}
export interface CrashBackOff {
  /** Milliseconds that remain until a container which ended at `endedAt` may start, and the whole delay. */
  remaining(key: string, endedAt: number, now: number): { readonly waitMs: number; readonly delayMs: number };
  /** Notes a start after a crash: doubles the delay that the next one will meet. */
  restarted(key: string, now: number): void;
  forget(prefix: string): void;
}

export function createCrashBackOff(maxMs = CRASH_BACKOFF_MAX_MS): CrashBackOff {
  const entries = new Map<string, Entry>();
  return {
    remaining(key, endedAt, now) {
      const entry = entries.get(key);
      if (entry === undefined || endedAt - entry.updatedAt > 2 * maxMs) return { waitMs: 0, delayMs: 0 };
      return { waitMs: Math.max(0, endedAt + entry.delayMs - now), delayMs: entry.delayMs };
    },
    restarted(key, now) {
      const entry = entries.get(key);
      const fresh = entry === undefined || now - entry.updatedAt > 2 * maxMs;
      entries.set(key, {
        delayMs: fresh ? Math.min(BASE_MS, maxMs) : Math.min(entry.delayMs * 2, maxMs),
        updatedAt: now,
      });
    },
    forget(prefix) {
      for (const key of entries.keys()) if (key.startsWith(prefix)) entries.delete(key);
    },
  };
}
