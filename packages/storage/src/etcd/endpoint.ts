import { StorageError } from '../error.ts';

/** PEM. `cert` and `key` are the client's; `ca` is what signed the members' certificates. */
export interface EtcdTls {
  readonly ca?: string | Uint8Array | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
}

export interface Endpoint {
  /** `host:port`. */
  readonly address: string;
  readonly port: number;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly secure: boolean;
}

/** Reads `https://host:2379`, `http://host:2379` or `host:2379`. Throws StorageError 'unavailable'. */
export function endpointOf(endpoint: string): Endpoint {
  const match = /^(?:(https?):\/\/)?((\[[0-9a-fA-F:]+\]|[^/:\s]+):(\d+))\/?$/.exec(endpoint);
  if (match === null)
    throw new StorageError(
      'unavailable',
      `${endpoint} is not the address of an etcd member: write it as https://host:2379`,
    );
  return {
    address: match[2]!,
    host: match[3]!.replace(/^\[|\]$/g, ''),
    port: Number(match[4]),
    secure: match[1] === 'https',
  };
}
