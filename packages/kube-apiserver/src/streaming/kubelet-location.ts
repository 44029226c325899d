/** Where the kubelet of a node is, and how this server proves who it is there. */
import { ApiError, errors, type Node } from '@steersman/api';
import type { DialTls } from '@steersman/streams';
import type { ServerConfig } from '../server-config.ts';

export interface KubeletLocation {
  readonly host: string;
  readonly port: number;
}

const KUBELET_PORT = 10_250;
const PREFERRED_ADDRESS_TYPES = ['InternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS', 'ExternalIP'];

/** The best address of the node, and its kubelet's port. Throws ApiError when the node has no address. */
export function kubeletLocation(node: Node, preferred: readonly string[] = PREFERRED_ADDRESS_TYPES): KubeletLocation {
  const addresses = node.status?.addresses ?? [];
  for (const type of preferred) {
    const found = addresses.find((address) => address.type === type && address.address !== '');
    if (found !== undefined) {
      return { host: found.address, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port || KUBELET_PORT };
    }
  }
  throw errors.internal(`no preferred addresses found; known addresses: [${addresses.map(({ address }) => address)}]`);
}

/** `host:port` as URLs have it. */
export function authority(host: string, port: number | string): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === '' ? name : `${name}:${port}`;
}

const text = (pem: Uint8Array | string | undefined) => (pem === undefined ? undefined : Buffer.from(pem).toString());

/** The client certificate for kubelets. Without a CA their certificates are not checked, as upstream. */
export function kubeletTls(config: ServerConfig): DialTls {
  const { certificate, key, certificateAuthority } = config.kubeletClient ?? {};
  return {
    ...(certificateAuthority === undefined ? { insecure: true } : { ca: text(certificateAuthority)! }),
    ...(certificate !== undefined && { certificate: text(certificate)! }),
    ...(key !== undefined && { key: text(key)! }),
  };
}

/** An error that is neither the user's nor a known API reason; clients print its message as it is. */
export function backendError(message: string): ApiError {
  return new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 });
}

/** Upstream's flag, or the default. */
export function preferredAddressTypes(config: ServerConfig): readonly string[] {
  const given = config.kubeletClient?.preferredAddressTypes ?? [];
  return given.length === 0 ? PREFERRED_ADDRESS_TYPES : given;
}
