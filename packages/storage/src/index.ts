export type * from './contract.ts';
export type * from './embedded.ts';
export { isStorageError, StorageError } from './error.ts';
export type { EtcdTls } from './etcd/endpoint.ts';
export { type EtcdStorageOptions, openEtcdStorage } from './etcd/open.ts';
export type { FaceTls } from './face/adapters/listener.ts';
export { type EtcdFace, type EtcdFaceOptions, type FaceAddress, startEtcdFace } from './face/start.ts';
export { KEY_BYTES_MAX, OPERATIONS_PER_TRANSACTION_MAX, VALUE_BYTES_MAX } from './limits.ts';
export { type LmdbStorageOptions, openLmdbStorage } from './lmdb/open.ts';
export {
  lmdbSnapshotStatus,
  restoreLmdbSnapshot,
  type SnapshotStatus,
  saveLmdbSnapshot,
} from './lmdb/snapshot.ts';
export { createMemoryStorage, type MemoryStorageOptions } from './memory/engine.ts';
export { prefixEnd } from './prefix.ts';
