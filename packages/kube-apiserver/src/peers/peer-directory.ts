/** Which other API servers there are, where they are reached and what they serve (KEP-4020). */
import { type EndpointSubset, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { DiscoveredGroup } from '../discovery/documents.ts';
import { isExpired } from './identity.ts';
import { ID_LABEL, type LeaseRecord, leaseRecords, PEER_FOLDER } from './lease-records.ts';
import { peerAddress } from './peer-address.ts';
import type { Served } from './peer-discovery.ts';

/** A new server is known after this and a round trip. */
const LOOK_MS = 2000;
/** However many requests fail meanwhile, there is no more to see. */
const LOOK_AGAIN_MS = 200;
/** One that does not answer must not keep the others from being known. */
const ANSWER_MS = 5000;
/** Who has just gone may be back soon, also if it has no identity Lease that says so. */
const MISSED_MS = 30_000;
/** A server that ends has answered by then. Who is gone for longer, and did not close its connections, was cut off or stopped. */
const LOST_MS = 90_000;

export interface PeerDirectoryOptions {
  readonly storage: Storage;
  readonly client: Client;
  readonly effects: Effects;
  readonly serverId: string;
  /** Asks the server at an address what it serves. */
  readonly discover: (address: string, signal: AbortSignal) => Promise<Served>;
  /** Told again and again of addresses where no server is any more. */
  readonly onLost: (address: string) => void;
}

/** What the discovery of all servers is made of. */
export interface PeerGroups {
  /** This server's id. */
  readonly serverId: string;
  /** What each of the others serves by its id, those included that are expected back; the same map until something changes. */
  groups(): ReadonlyMap<string, readonly DiscoveredGroup[]>;
}

export interface PeerDirectory extends PeerGroups {
  /** Addresses (host:port) of other servers that serve `group/version/resource`. */
  serving(resource: string): readonly string[];
  /** Whether a server did that is expected back. */
  served(resource: string): boolean;
  /** Looks once; resolves when all that answered in time are known. */
  look(signal: AbortSignal): Promise<void>;
  /** Looks out of turn, unless somebody has just done so; never rejects. For requests that would fail otherwise. */
  lookAgain(): Promise<void>;
  /** Looks, and goes on looking until the signal aborts; resolves after the first time, which may have failed. */
  follow(signal: AbortSignal): Promise<void>;
}

interface Peer {
  readonly id: string;
  readonly address: string;
  /** Which process it was: another one may serve something else. */
  readonly holder: string;
  readonly served: Served;
}
interface Missed {
  readonly peer: Peer;
  /** Monotonic. */
  readonly sinceMs: number;
}

export function peerDirectory(options: PeerDirectoryOptions): PeerDirectory {
  const { storage, client, effects, serverId, discover, onLost } = options;
  const { clock, log } = effects;
  const records = leaseRecords(storage, PEER_FOLDER);
  const failures = effects.metrics.counter(
    'apiserver_peer_discovery_sync_errors_total',
    'Failures to learn what another API server serves.',
    ['type'],
  );
  let peers: ReadonlyMap<string, Peer> = new Map();
  let groups: ReadonlyMap<string, readonly DiscoveredGroup[]> = new Map();
  let missed: readonly Missed[] = [];

  const leaseOf = (name: string) => client.resource(Resources.leases).find({ namespace: 'kube-system', name });

  /** What is known of the server of a record; asks it when it is new, or when `listed` has another one at its address. */
  async function known(
    record: LeaseRecord,
    listed: readonly LeaseRecord[],
    signal: AbortSignal,
  ): Promise<Peer | undefined> {
    const id = record.labels[ID_LABEL] ?? '';
    if (id === '' || id === serverId) return undefined;
    const address = addressOf(record.subsets[0]);
    if (address === undefined) return void failures.add(1, { type: 'hostport_resolution' });
    const holder = (await leaseOf(id))?.spec?.holderIdentity ?? '';
    const before = peers.get(id);
    // One of them died, and left its record and its address behind.
    const isShared = listed.some((other) => other !== record && addressOf(other.subsets[0]) === address);
    if (before?.address === address && before.holder === holder && !isShared) return before;
    try {
      return { id, address, holder, served: await inTime(signal, (until) => discover(address, until)) };
    } catch (error) {
      failures.add(1, { type: 'fetch_discovery' });
      log.warn('Another API server does not say what it serves', { server: id, address, error: String(error) });
      return undefined;
    }
  }

  async function inTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const cancel = clock.schedule(ANSWER_MS, () => late.abort());
    return work(AbortSignal.any([signal, late.signal])).finally(cancel);
  }

  let following = new AbortController().signal;
  let looking: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** One at a time. */
  function look(signal: AbortSignal): Promise<void> {
    looking ??= lookOnce(signal).finally(() => {
      looking = undefined;
      lookedAt = clock.monotonic();
    });
    return looking;
  }

  async function lookOnce(signal: AbortSignal): Promise<void> {
    const listed = await records.list().catch((error: unknown) => {
      failures.add(1, { type: 'lease_list' });
      throw error;
    });
    const found = (await Promise.all(listed.map((record) => known(record, listed, signal)))).filter(
      (peer) => peer !== undefined,
    );
    const away = await stillMissed(found);
    giveUp(found, away);
    const all = [...found, ...away.map(({ peer }) => peer)];
    const changed = all.length !== groups.size || all.some(({ id, served }) => groups.get(id) !== served.groups);
    peers = new Map(found.map((peer) => [peer.id, peer]));
    missed = away;
    if (changed) groups = new Map(all.map(({ id, served }) => [id, served.groups]));
  }

  /** Who was known, is not found, and has not gone for good. */
  async function stillMissed(found: readonly Peer[]): Promise<readonly Missed[]> {
    const now = clock.monotonic();
    const known = [...missed, ...[...peers.values()].map((peer) => ({ peer, sinceMs: now }))];
    const absent = known.filter(({ peer }) => found.every(({ id }) => id !== peer.id));
    const expected = await Promise.all(
      absent.map(async ({ peer, sinceMs }) => now - sinceMs < MISSED_MS || (await isExpected(peer.id))),
    );
    return absent.filter((_, index) => expected[index]);
  }

  /** A server leaves its identity Lease behind, whether it comes back or not; once that runs out, it does not. */
  async function isExpected(id: string): Promise<boolean> {
    const lease = await leaseOf(id);
    return lease !== undefined && !isExpired(lease, clock.now());
  }

  function giveUp(found: readonly Peer[], away: readonly Missed[]): void {
    const now = clock.monotonic();
    for (const { peer, sinceMs } of away)
      if (now - sinceMs >= LOST_MS && found.every(({ address }) => address !== peer.address)) onLost(peer.address);
  }

  return {
    serverId,
    groups: () => groups,
    serving: (resource) =>
      [...peers.values()].filter(({ served }) => served.resources.has(resource)).map(({ address }) => address),
    served: (resource) => missed.some(({ peer }) => peer.served.resources.has(resource)),
    look,
    async lookAgain() {
      if (looking === undefined && clock.monotonic() - lookedAt < LOOK_AGAIN_MS) return;
      await look(following).catch(() => undefined);
    },
    async follow(signal) {
      following = signal;
      const lookAround = () =>
        look(signal).catch((error: unknown) => {
          if (!signal.aborted) log.warn('The directory of API servers cannot be kept', { error: String(error) });
        });
      const goOn = async () => {
        while (!signal.aborted) {
          await clock.sleep(LOOK_MS, signal).catch(() => undefined);
          await lookAround();
        }
      };
      await lookAround();
      void goOn();
    },
  };
}

function addressOf(subset: EndpointSubset | undefined): string | undefined {
  const ip = subset?.addresses?.[0]?.ip;
  const port = subset?.ports?.[0]?.port;
  if (ip === undefined || port === undefined) return undefined;
  return peerAddress(ip, port);
}
