/** Leases: who gave them out, how long they last, which keys hang on them. */
import type { Clock, Logger, Random } from '@steersman/machinery';
import type { EmbeddedStorage } from '../embedded.ts';
import { EVERYTHING } from './keys.ts';
import { refusals } from './refusal.ts';

/** etcd's bounds: one and a half elections, and some 285 years. */
const TTL_SECONDS_MIN = 2;
const TTL_SECONDS_MAX = 9_000_000_000;
/** How often etcd looks for leases that are over. */
const LOOK_MS = 500;

interface Lease {
  readonly id: bigint;
  readonly ttlSeconds: number;
  readonly keys: Set<string>;
  /** Monotonic: the time of day may jump. */
  expiresAtMs: number;
}

export interface Leases {
  /** Whether keys may be put with it. */
  isLive(id: bigint): boolean;
  /** `id` 0: any. Resolves with the lease when it is durable. */
  grant(id: bigint, ttlSeconds: number): Promise<{ readonly id: bigint; readonly ttlSeconds: number }>;
  /** Deletes its keys in one revision, and the lease. Resolves with that revision. */
  revoke(id: bigint): Promise<number>;
  /** Begins its time again; the seconds, or 0 when there is no such lease. */
  renew(id: bigint): number;
  /** Undefined when there is no such lease. */
  describe(
    id: bigint,
  ): { readonly ttlSeconds: number; readonly grantedSeconds: number; readonly keys: string[] } | undefined;
  list(): readonly bigint[];
  close(): void;
}

export interface LeasesOptions {
  readonly storage: EmbeddedStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Leases that were there before begin their time again: nobody could renew them meanwhile. */
export async function openLeases({ storage, clock, random, log }: LeasesOptions): Promise<Leases> {
  const leases = new Map<bigint, Lease>();
  const ending = new Set<bigint>();
  for (const { id, ttlSeconds } of await storage.leases.list()) add(id, ttlSeconds);
  const watch = await followKeys(storage, leases);
  let cancel = clock.schedule(LOOK_MS, look);

  function add(id: bigint, ttlSeconds: number): void {
    leases.set(id, { id, ttlSeconds, keys: new Set(), expiresAtMs: clock.monotonic() + ttlSeconds * 1000 });
  }

  function look(): void {
    const now = clock.monotonic();
    for (const { id, expiresAtMs } of leases.values())
      if (expiresAtMs <= now && !ending.has(id))
        revoke(id).catch((error: unknown) =>
          log.warn('A lease that is over could not be ended', { error: String(error) }),
        );
    cancel = clock.schedule(LOOK_MS, look);
  }

  const live = (id: bigint) => (ending.has(id) ? undefined : leases.get(id));

  function unusedId(): bigint {
    for (;;) {
      const id = Buffer.from(random.bytes(8)).readBigUInt64BE() >> 1n; // Positive as a signed number.
      if (id !== 0n && !leases.has(id)) return id;
    }
  }

  async function revoke(id: bigint): Promise<number> {
    const lease = live(id);
    if (lease === undefined) throw refusals.leaseNotFound();
    ending.add(id); // From here on no key is put with it,
    try {
      await storage.decide(() => []); // and those that were are known.
      const { revision } = await storage.decide((state) =>
        [...lease.keys]
          .filter((key) => state.get(key)?.lease === id)
          .sort()
          .map((key) => ({ kind: 'delete', key })),
      );
      await storage.leases.remove(id);
      leases.delete(id);
      return revision;
    } finally {
      ending.delete(id);
    }
  }

  return {
    isLive: (id) => live(id) !== undefined,
    async grant(wanted, ttlSeconds) {
      if (ttlSeconds > TTL_SECONDS_MAX) throw refusals.ttlTooLarge();
      if (leases.has(wanted)) throw refusals.leaseExists();
      const lease = { id: wanted === 0n ? unusedId() : wanted, ttlSeconds: Math.max(ttlSeconds, TTL_SECONDS_MIN) };
      add(lease.id, lease.ttlSeconds);
      try {
        await storage.leases.put(lease);
      } catch (error) {
        leases.delete(lease.id);
        throw error;
      }
      return lease;
    },
    revoke,
    renew(id) {
      const lease = live(id);
      if (lease === undefined || lease.expiresAtMs <= clock.monotonic()) return 0;
      lease.expiresAtMs = clock.monotonic() + lease.ttlSeconds * 1000;
      return lease.ttlSeconds;
    },
    describe(id) {
      const lease = live(id);
      if (lease === undefined) return undefined;
      const left = Math.max(0, lease.expiresAtMs - clock.monotonic());
      return {
        ttlSeconds: Math.floor(left / 1000),
        grantedSeconds: lease.ttlSeconds,
        keys: [...lease.keys].sort(),
      };
    },
    list: () => [...leases.keys()].filter((id) => !ending.has(id)),
    close() {
      cancel();
      watch.close();
    },
  };
}

/** Keeps the keys of each lease, as they become durable. */
async function followKeys(storage: EmbeddedStorage, leases: ReadonlyMap<bigint, Lease>) {
  const keysOf = (lease: bigint | undefined) => (lease === undefined ? undefined : leases.get(lease)?.keys);
  const { items, revision } = await storage.range({ ...EVERYTHING, keysOnly: true });
  for (const { key, lease } of items) keysOf(lease)?.add(key);
  return storage.watch({ ...EVERYTHING, afterRevision: revision }, ({ events }) => {
    for (const event of events) {
      const { key, lease } = event.kind === 'put' ? event.current : { key: event.key, lease: undefined };
      const before = event.previous?.lease;
      if (before !== lease) keysOf(before)?.delete(key);
      keysOf(lease)?.add(key);
    }
  });
}
