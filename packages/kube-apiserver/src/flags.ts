/** The flags of kube-apiserver, under upstream's names. */
import { type Flag, textFlag } from '@steersman/server';
import { acceptedFlags } from './accepted-flags.ts';
import { auditFlags } from './audit-flags.ts';
import { authenticationFlags } from './authentication-flags.ts';
import { peerFlags } from './peers/flags.ts';
import { servingFlags } from './serving-flags.ts';

export const flags: readonly Flag[] = [
  ...authenticationFlags,
  ...auditFlags,
  ...peerFlags,
  ...servingFlags,
  ...acceptedFlags,
  textFlag('data-dir', 'Folder of the embedded store. Empty: /var/lib/steersman/apiserver.'),
  textFlag(
    'storage-backend',
    'Where objects are kept: lmdb (a folder on this machine), memory (gone with the process) or etcd3 (--etcd-servers).',
    'lmdb',
  ),
  {
    name: 'etcd-servers',
    type: 'strings',
    default: [],
    help: 'Members of an etcd to keep objects in, as https://host:2379. Left out: the embedded store.',
  },
  textFlag('etcd-prefix', 'What all keys in etcd begin with.', '/registry'),
  textFlag('etcd-cafile', 'PEM file with the authority of the certificates of etcd.'),
  textFlag('etcd-certfile', 'PEM file with the client certificate for etcd.'),
  textFlag('etcd-keyfile', 'PEM file with its key.'),
  {
    name: 'etcd-compaction-interval',
    type: 'duration',
    default: '5m0s',
    help: 'How often old history of the store is given up: what is older than one to two of these. 0: never.',
  },
  textFlag('bind-address', 'Address to listen on.', '0.0.0.0'),
  { name: 'secure-port', type: 'int', default: 6443, help: 'Port for HTTPS.' },
  textFlag('advertise-address', 'Address under which others reach this server. Empty: the bind address, or 127.0.0.1.'),
  textFlag('tls-cert-file', 'PEM file with the serving certificate and its intermediates.'),
  textFlag('tls-private-key-file', 'PEM file with the key of the serving certificate.'),
  {
    name: 'authorization-mode',
    type: 'strings',
    default: ['Node', 'RBAC'],
    help: 'Authorizers in order: Node, RBAC, Webhook, AlwaysAllow, AlwaysDeny.',
  },
  {
    name: 'service-account-key-file',
    type: 'strings',
    default: [],
    help: 'PEM file with keys that service account tokens are checked with. May be repeated.',
  },
  textFlag('service-account-signing-key-file', 'PEM file with the key that signs service account tokens.'),
  {
    name: 'service-account-issuer',
    type: 'strings',
    default: ['https://kubernetes.default.svc.cluster.local'],
    help: 'Issuer of service account tokens.',
  },
  { name: 'api-audiences', type: 'strings', default: [], help: 'Audiences of this server. Empty: the issuer.' },
  {
    name: 'service-account-max-token-expiration',
    type: 'duration',
    default: '0s',
    help: 'Longest lifetime of a requested token; 0: no limit.',
  },
  {
    name: 'service-cluster-ip-range',
    type: 'strings',
    default: ['10.96.0.0/16'],
    help: 'CIDR of Service addresses, one per IP family.',
  },
  textFlag('service-node-port-range', 'Ports for Services of type NodePort.', '30000-32767'),
  { name: 'allow-privileged', type: 'bool', default: true, help: 'Allow privileged containers.' },
  {
    name: 'enable-admission-plugins',
    type: 'strings',
    default: [],
    help: 'Admission plugins to turn on beside the default ones.',
  },
  { name: 'disable-admission-plugins', type: 'strings', default: [], help: 'Admission plugins to turn off.' },
  textFlag(
    'admission-control-config-file',
    'File with an AdmissionConfiguration: what single admission plugins are told.',
  ),
  {
    name: 'enable-priority-and-fairness',
    type: 'bool',
    default: true,
    help: 'Share seats among priority levels by FlowSchemas; else only bound reads and writes under way.',
  },
  {
    name: 'max-requests-inflight',
    type: 'int',
    default: 400,
    help: 'Seats for requests under way, together with --max-mutating-requests-inflight; without priority and fairness, for reads, and 0 is no limit.',
  },
  {
    name: 'max-mutating-requests-inflight',
    type: 'int',
    default: 200,
    help: 'The same for writes.',
  },
  {
    name: 'min-request-timeout',
    type: 'int',
    default: 1800,
    help: 'Seconds that a watch without a timeout lasts at least.',
  },
  {
    name: 'runtime-config',
    type: 'map',
    default: '',
    help: 'Turns API versions on or off: api/beta=true, apps/v1=false ...',
  },
  {
    name: 'feature-gates',
    type: 'map',
    default: '',
    help: "Turns features on or off by upstream's names; AllAlpha and AllBeta stand for all of a stage.",
  },
  textFlag('kubelet-client-certificate', 'PEM file with the client certificate for kubelets.'),
  textFlag('kubelet-client-key', 'PEM file with its key.'),
  textFlag('kubelet-certificate-authority', 'PEM file with the authority of kubelet certificates. Empty: not checked.'),
  {
    name: 'kubelet-preferred-address-types',
    type: 'strings',
    default: ['InternalIP', 'Hostname', 'ExternalIP'],
    help: 'Which node address to use for kubelets, best first.',
  },
  textFlag('cluster-domain', 'DNS domain of the cluster.', 'cluster.local'),
];
