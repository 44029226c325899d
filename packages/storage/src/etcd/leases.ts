/** Keys that expire hang on leases; keys that expire at about the same time share one, so that etcd has few to keep. */
import type { Clock } from '@steersman/machinery';

const KEYS_PER_LEASE_MAX = 1000; // As upstream: the end of a lease deletes all its keys in one transaction.
const SHARED_SECONDS_MAX = 60; // A key may live this much longer than it was asked to, and at most
const SHARED_PART_MAX = 0.05; // this part of its time.

interface Lease {
  readonly id: string;
  readonly endsAtMs: number;
  keys: number;
}

export interface Leases {
  /** The id of a lease that lasts at least `ttlSeconds` from now. */
  leaseFor(ttlSeconds: number): Promise<string>;
  /** Says that etcd does not know a lease any more. */
  forget(id: string): void;
}

/** `grant` makes a lease of so many seconds and returns its id. */
export function createLeases(clock: Clock, grant: (seconds: number) => Promise<string>): Leases {
  const byTtl = new Map<number, Promise<Lease>>();
  const renew = (ttlSeconds: number, sharedSeconds: number) => {
    const askedAtMs = clock.monotonic();
    const seconds = Math.ceil(ttlSeconds) + sharedSeconds;
    const lease = grant(seconds).then((id) => ({ id, endsAtMs: askedAtMs + seconds * 1000, keys: 0 }));
    byTtl.set(ttlSeconds, lease);
    lease.catch(() => byTtl.delete(ttlSeconds));
    // An entry of a time to live that nobody uses any more should not stay for ever.
    clock.schedule((sharedSeconds + 1) * 1000, () => {
      if (byTtl.get(ttlSeconds) === lease) byTtl.delete(ttlSeconds);
    });
    return lease;
  };
  return {
    async leaseFor(ttlSeconds) {
      const sharedSeconds = Math.min(SHARED_SECONDS_MAX, Math.floor(ttlSeconds * SHARED_PART_MAX));
      let lease = await (byTtl.get(ttlSeconds) ?? renew(ttlSeconds, sharedSeconds));
      if (lease.keys >= KEYS_PER_LEASE_MAX || lease.endsAtMs < clock.monotonic() + ttlSeconds * 1000)
        lease = await renew(ttlSeconds, sharedSeconds);
      lease.keys += 1;
      return lease.id;
    },
    forget(id) {
      for (const [ttl, lease] of byTtl)
        void lease.then(
          (found) => found.id === id && byTtl.get(ttl) === lease && byTtl.delete(ttl),
          () => undefined,
        );
    },
  };
}
