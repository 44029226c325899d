/** How keys of the contract are named in etcd, so that several clusters can share one. */
import { assert } from '@steersman/machinery';

export interface Keyspace {
  bytesOf(key: string): Buffer;
  keyOf(bytes: Uint8Array): string;
}

/** Keys begin with `from`; in etcd they begin with `to` instead. Both may be empty. */
export function createKeyspace(from: string, to: string): Keyspace {
  const prefixBytes = Buffer.byteLength(to);
  return {
    bytesOf(key) {
      assert(key.startsWith(from), `the key ${key} does not begin with ${from}`);
      return Buffer.from(from === to ? key : to + key.slice(from.length));
    },
    keyOf(bytes) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return from === to ? text.toString() : from + text.toString('utf8', prefixBytes);
    },
  };
}
