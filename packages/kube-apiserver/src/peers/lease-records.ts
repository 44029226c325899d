/**
 * Small records that servers keep about themselves in the store, outside the API, and that end with their time to live. Keys and
 * values are upstream's (an Endpoints object each), so that servers of both kinds on one store see each other.
 */
import { type EndpointSubset, type Endpoints, resourceTable } from '@steersman/api';
import { prefixEnd, type Storage } from '@steersman/storage';
import { encodeStored, headOf } from '../cache/stored-value.ts';
import { decodeStored } from '../registry/decode-stored.ts';
import { REGISTRY_PREFIX } from '../storage-keys.ts';

/** Upstream's time to live of such a record. A server that died is forgotten after that. */
export const LEASE_SECONDS = 15;

/** Where servers say how others reach them; the label names the server. */
export const PEER_FOLDER = 'peerserverleases';
export const ID_LABEL = 'apiserverIdentity';

export interface LeaseRecord {
  /** The last part of the key. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly subsets: readonly EndpointSubset[];
}

export interface LeaseRecords {
  /** Those that have not run out, by name. */
  list(): Promise<readonly LeaseRecord[]>;
  /** Writes it, to last LEASE_SECONDS from now. */
  renew(record: LeaseRecord): Promise<void>;
  remove(name: string): Promise<void>;
}

const ENDPOINTS = resourceTable.find(({ group, kind }) => group === '' && kind === 'Endpoints')!;
const HEAD = headOf('Endpoints', 'v1');

/** The records in a folder such as `masterleases`. */
export function leaseRecords(storage: Storage, folder: string): LeaseRecords {
  const prefix = `${REGISTRY_PREFIX}${folder}/`;
  return {
    async list() {
      const { items } = await storage.range({ start: prefix, end: prefixEnd(prefix) });
      return items.map(({ key, value }) => {
        const { metadata, subsets } = decodeStored(value, ENDPOINTS) as unknown as Endpoints;
        return { name: key.slice(prefix.length), labels: metadata.labels ?? {}, subsets: subsets ?? [] };
      });
    },
    async renew({ name, labels, subsets }) {
      const key = prefix + name;
      const { item } = await storage.get(key);
      const before = item === undefined ? undefined : (decodeStored(item.value, ENDPOINTS) as unknown as Endpoints);
      // Upstream's servers write only what differs, and read the generation for that.
      const generation = (before?.metadata.generation ?? 0) + 1;
      const object: Endpoints = { kind: 'Endpoints', apiVersion: 'v1', metadata: { generation, labels }, subsets };
      await storage.transact({
        when: [],
        write: [{ kind: 'put', key, value: encodeStored(object, HEAD), ttlSeconds: LEASE_SECONDS }],
      });
    },
    async remove(name) {
      await storage.transact({ when: [], write: [{ kind: 'delete', key: prefix + name }] });
    },
  };
}
