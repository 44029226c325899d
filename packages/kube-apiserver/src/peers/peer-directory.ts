/** Which other API servers there are, where they are reached and what they serve (KEP-4020). */
import { type EndpointSubset, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import { leaseRecords } from './lease-records.ts';
import { peerAddress } from './peer-address.ts';

/** Where upstream's servers say where peers reach them. */
const FOLDER = 'peerserverleases';
const ID_LABEL = 'apiserverIdentity';
const RENEW_MS = 10_000; // As upstream.
/** A new server is known after this and a round trip. */
const LOOK_MS = 2000;

export interface PeerDirectoryOptions {
  readonly storage: Storage;
  readonly client: Client;
  readonly effects: Effects;
  readonly serverId: string;
  /** Asks the server at an address what it serves, as `group/version/resource`. */
  readonly servedBy: (address: string, signal: AbortSignal) => Promise<ReadonlySet<string>>;
}

export interface PeerDirectory {
  /** Addresses (host:port) of other servers that serve `group/version/resource`. */
  serving(resource: string): readonly string[];
  /** Looks once; resolves when all that answered are known. */
  look(signal: AbortSignal): Promise<void>;
  /** Says where peers reach this server, and follows the others, until the signal aborts. */
  follow(ownAddress: string, signal: AbortSignal): void;
  /** Says that this server goes. */
  withdraw(): Promise<void>;
}

interface Peer {
  readonly address: string;
  /** Which process it was: another one may serve something else. */
  readonly holder: string;
  readonly serves: ReadonlySet<string>;
}

export function peerDirectory(options: PeerDirectoryOptions): PeerDirectory {
  const { storage, client, effects, serverId, servedBy } = options;
  const { clock, log } = effects;
  const records = leaseRecords(storage, FOLDER);
  let peers: ReadonlyMap<string, Peer> = new Map();

  async function look(signal: AbortSignal): Promise<void> {
    const found = new Map<string, Peer>();
    for (const { labels, subsets } of await records.list()) {
      const id = labels[ID_LABEL] ?? '';
      const address = addressOf(subsets[0]);
      if (id === '' || id === serverId || address === undefined) continue;
      const lease = await client.resource(Resources.leases).find({ namespace: 'kube-system', name: id });
      const holder = lease?.spec?.holderIdentity ?? '';
      const known = peers.get(id);
      if (known?.address === address && known.holder === holder) found.set(id, known);
      else {
        const serves = await servedBy(address, signal).catch((error: unknown) => {
          log.warn('Another API server does not say what it serves', { server: id, address, error: String(error) });
          return undefined;
        });
        if (serves !== undefined) found.set(id, { address, holder, serves });
      }
    }
    peers = found;
  }

  const repeat = async (intervalMs: number, signal: AbortSignal, work: () => Promise<void>) => {
    while (!signal.aborted) {
      await work().catch((error: unknown) => {
        if (!signal.aborted) log.warn('The directory of API servers cannot be kept', { error: String(error) });
      });
      await clock.sleep(intervalMs, signal).catch(() => undefined);
    }
  };

  return {
    serving: (resource) =>
      [...peers.values()].filter(({ serves }) => serves.has(resource)).map(({ address }) => address),
    look,
    follow(ownAddress, signal) {
      const at = ownAddress.lastIndexOf(':');
      const ip = ownAddress.slice(0, at).replace(/^\[|\]$/g, '');
      const ports = [{ name: 'https', port: Number(ownAddress.slice(at + 1)), protocol: 'TCP' as const }];
      const record = { name: serverId, labels: { [ID_LABEL]: serverId }, subsets: [{ addresses: [{ ip }], ports }] };
      void repeat(RENEW_MS, signal, () => records.renew(record));
      void repeat(LOOK_MS, signal, () => look(signal));
    },
    withdraw: () => records.remove(serverId),
  };
}

function addressOf(subset: EndpointSubset | undefined): string | undefined {
  const ip = subset?.addresses?.[0]?.ip;
  const port = subset?.ports?.[0]?.port;
  if (ip === undefined || port === undefined) return undefined;
  return peerAddress(ip, port);
}
