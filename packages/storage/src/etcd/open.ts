import type { Clock, Logger } from '@steersman/machinery';
import type { Storage } from '../contract.ts';
import { StorageError } from '../error.ts';
import type { EtcdTls } from './endpoint.ts';
import { createEtcdEngine } from './engine.ts';
import { createKeyspace } from './keyspace.ts';

export interface EtcdStorageOptions {
  /** `https://host:2379` of some or all members; the next one is taken when one does not answer. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls | undefined;
  readonly auth?: { readonly user: string; readonly password: string } | undefined;
  /** What keys begin with in etcd, in place of `replacedPrefix`; both empty when absent. */
  readonly prefix?: string | undefined;
  readonly replacedPrefix?: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Uses an etcd v3 cluster as the store. Others may write to it too; their changes arrive by watch. Rejects with
 * StorageError 'unavailable' when no member answers. A resolved write is as durable as etcd's quorum; etcd's own limit
 * of a request (1.5 MiB unless it was raised) holds for values.
 */
export async function openEtcdStorage(options: EtcdStorageOptions): Promise<Storage> {
  const { endpoints, tls, auth, clock, log, prefix = '', replacedPrefix = '' } = options;
  if (endpoints.length === 0) throw new StorageError('unavailable', 'no etcd member is named: give at least one');
  // Loaded here because most servers keep their objects themselves.
  const { connectEtcd } = await import('./adapters/connection.ts');
  const connection = connectEtcd({ endpoints, tls, auth, clock });
  const prefixBytes = Buffer.from(prefix);
  const ownKey = (key: Uint8Array) =>
    key.length >= prefixBytes.length && prefixBytes.compare(key, 0, prefixBytes.length) === 0;
  const keyspace = createKeyspace(replacedPrefix, prefix);
  const engine = createEtcdEngine({ connection, keyspace, ownKey, clock, log });
  try {
    await engine.currentRevision();
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}
