/**
 * Which certificates a cluster needs, in kubeadm's layout (`pki/ca.crt`, `pki/apiserver.crt`, ...). Only data: issuing
 * is in `authority.ts`, files are in `adapters/`.
 */
export type AuthorityName = 'ca' | 'front-proxy-ca' | 'etcd/ca';

/** One certificate to be had. `file` is relative to the PKI folder, without `.crt` and `.key`. */
export interface CertificateSpec {
  readonly file: string;
  readonly authority: AuthorityName;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  /** DNS names and IP addresses of a serving certificate. */
  readonly hosts: readonly string[];
}

export interface PkiRequest {
  /** Names and addresses under which the API server is reached, besides the usual ones. */
  readonly apiServerHosts: readonly string[];
  /** The first address of the service range: the `kubernetes` Service. */
  readonly serviceAddress: string;
  readonly clusterDomain: string;
  /** Addresses of the members of a store that is a process of its own. */
  readonly storeHosts?: readonly string[];
  /** Simulated nodes in a process of their own, which talks to the API server over the network. */
  readonly simulatedNodes?: boolean;
  readonly nodes: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

/** Common names of the authorities, as kubeadm names them. */
export const AUTHORITIES: Readonly<Record<AuthorityName, string>> = {
  ca: 'kubernetes',
  'front-proxy-ca': 'front-proxy-ca',
  'etcd/ca': 'etcd-ca',
};

/** The authorities that the request needs. */
export function planAuthorities(request: PkiRequest): readonly AuthorityName[] {
  return request.storeHosts === undefined ? ['ca', 'front-proxy-ca'] : ['ca', 'front-proxy-ca', 'etcd/ca'];
}

const CLIENTS: readonly (readonly [file: string, commonName: string, organizations: readonly string[]])[] = [
  ['apiserver-kubelet-client', 'kube-apiserver-kubelet-client', ['system:masters']],
  ['admin', 'kubernetes-admin', ['system:masters']],
  ['controller-manager', 'system:kube-controller-manager', []],
  ['scheduler', 'system:kube-scheduler', []],
  ['kube-proxy', 'system:kube-proxy', ['system:node-proxier']],
];

/** Every certificate of the cluster below its authorities. */
export function planCertificates(request: PkiRequest): readonly CertificateSpec[] {
  const clients = CLIENTS.map(([file, commonName, organizations]) => clientOf(file, commonName, organizations));
  const frontProxy = clientOf('front-proxy-client', 'front-proxy-client', [], 'front-proxy-ca');
  const simulated = clientOf('simulated-nodes', 'system:node:simulated', ['system:nodes', 'system:masters']);
  return [
    apiServerOf(request),
    ...clients,
    frontProxy,
    ...storeCertificates(request),
    ...(request.simulatedNodes === true ? [simulated] : []),
    ...request.nodes.flatMap(nodeCertificates),
  ];
}

function apiServerOf({ apiServerHosts, serviceAddress, clusterDomain }: PkiRequest): CertificateSpec {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  const hosts = [...new Set([...service, 'localhost', serviceAddress, '127.0.0.1', '::1', ...apiServerHosts])];
  return {
    file: 'apiserver',
    authority: 'ca',
    commonName: 'kube-apiserver',
    organizations: [],
    usages: ['server'],
    hosts,
  };
}

/** A member calls itself and the others with the certificates it serves with. */
function storeCertificates({ storeHosts }: PkiRequest): readonly CertificateSpec[] {
  if (storeHosts === undefined) return [];
  const hosts = ['localhost', '127.0.0.1', ...storeHosts];
  const member = { authority: 'etcd/ca', organizations: [], usages: ['server', 'client'], hosts } as const;
  return [
    { ...member, file: 'etcd/server', commonName: 'etcd-server' },
    { ...member, file: 'etcd/peer', commonName: 'etcd-peer' },
    clientOf('apiserver-etcd-client', 'kube-apiserver-etcd-client', [], 'etcd/ca'),
  ];
}

function nodeCertificates(node: { readonly name: string; readonly addresses: readonly string[] }): CertificateSpec[] {
  const user = `system:node:${node.name}`;
  const hosts = [...new Set([node.name, ...node.addresses])];
  const serving = { file: `nodes/${node.name}/kubelet`, authority: 'ca', commonName: user, hosts } as const;
  return [
    { ...serving, organizations: ['system:nodes'], usages: ['server'] },
    clientOf(`nodes/${node.name}/kubelet-client`, user, ['system:nodes']),
  ];
}

function clientOf(
  file: string,
  commonName: string,
  organizations: readonly string[],
  authority: AuthorityName = 'ca',
): CertificateSpec {
  return { file, authority, commonName, organizations, usages: ['client'], hosts: [] };
}
