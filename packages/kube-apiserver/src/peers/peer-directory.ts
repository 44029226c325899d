/** Which other API servers there are, where they are reached and what they serve (KEP-4020). */
import { type EndpointSubset, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { DiscoveredGroup } from '../discovery/documents.ts';
import { type LeaseRecord, leaseRecords } from './lease-records.ts';
import { peerAddress } from './peer-address.ts';
import type { Served } from './peer-discovery.ts';
import { ID_LABEL, PEER_FOLDER } from './peer-record.ts';

/** A new server is known after this and a round trip. */
const LOOK_MS = 2000;
/** One that does not answer must not keep the others from being known. */
const ANSWER_MS = 5000;
/** Who has just gone may be back soon: for so long what only it served is unavailable, and not unknown. */
const MISSED_MS = 30_000;

export interface PeerDirectoryOptions {
  readonly storage: Storage;
  readonly client: Client;
  readonly effects: Effects;
  readonly serverId: string;
  /** Asks the server at an address what it serves. */
  readonly discover: (address: string, signal: AbortSignal) => Promise<Served>;
}

/** What the discovery of all servers is made of. */
export interface PeerGroups {
  /** This server's id. */
  readonly serverId: string;
  /** What each of the others serves by its id; the same map until something changes. */
  groups(): ReadonlyMap<string, readonly DiscoveredGroup[]>;
}

export interface PeerDirectory extends PeerGroups {
  /** Addresses (host:port) of other servers that serve `group/version/resource`. */
  serving(resource: string): readonly string[];
  /** Whether a server that has just gone did. */
  served(resource: string): boolean;
  /** Looks once; resolves when all that answered in time are known. */
  look(signal: AbortSignal): Promise<void>;
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
  const { storage, client, effects, serverId, discover } = options;
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

  /** What is known of the server of a record; asks it when it is new. */
  async function known(record: LeaseRecord, signal: AbortSignal): Promise<Peer | undefined> {
    const id = record.labels[ID_LABEL] ?? '';
    if (id === '' || id === serverId) return undefined;
    const address = addressOf(record.subsets[0]);
    if (address === undefined) return void failures.add(1, { type: 'hostport_resolution' });
    const lease = await client.resource(Resources.leases).find({ namespace: 'kube-system', name: id });
    const holder = lease?.spec?.holderIdentity ?? '';
    const before = peers.get(id);
    if (before?.address === address && before.holder === holder) return before;
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

  async function look(signal: AbortSignal): Promise<void> {
    const listed = await records.list().catch((error: unknown) => {
      failures.add(1, { type: 'lease_list' });
      throw error;
    });
    const found = (await Promise.all(listed.map((record) => known(record, signal)))).filter(
      (peer) => peer !== undefined,
    );
    const now = clock.monotonic();
    const gone = [...peers.values()].filter(({ id }) => !found.some((peer) => peer.id === id));
    const recent = missed.filter(({ sinceMs }) => now - sinceMs < MISSED_MS);
    missed = [...recent, ...gone.map((peer) => ({ peer, sinceMs: now }))];
    if (gone.length === 0 && found.every((peer) => peers.get(peer.id) === peer)) return;
    peers = new Map(found.map((peer) => [peer.id, peer]));
    groups = new Map(found.map(({ id, served }) => [id, served.groups]));
  }

  return {
    serverId,
    groups: () => groups,
    serving: (resource) =>
      [...peers.values()].filter(({ served }) => served.resources.has(resource)).map(({ address }) => address),
    served: (resource) => missed.some(({ peer }) => peer.served.resources.has(resource)),
    look,
    async follow(signal) {
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
