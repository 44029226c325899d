import { StorageError } from '../error.ts';

/** PEM. `cert` and `key` are the client's; `ca` is what signed the members' certificates. */
export interface EtcdTls {
  readonly ca?: string | Uint8Array | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
}

/** The gRPC address of `https://host:2379`, `http://host:2379` or `host:2379`. */
export function endpointOf(endpoint: string): { readonly address: string; readonly secure: boolean } {
  const match = /^(?:(https?):\/\/)?([^/\s]+:\d+)\/?$/.exec(endpoint);
  if (match === null)
    throw new StorageError(
      'unavailable',
      `${endpoint} is not the address of an etcd member: write it as https://host:2379`,
    );
  return { address: match[2]!, secure: match[1] === 'https' };
}
