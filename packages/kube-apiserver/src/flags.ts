/** The flags of kube-apiserver, under upstream's names. */
import type { Flag } from '@steersman/server';
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
  {
    name: 'data-dir',
    type: 'string',
    default: '',
    help: 'Folder of the embedded store. Empty: /var/lib/steersman/apiserver.',
  },
  {
    name: 'storage-backend',
    type: 'string',
    default: 'lmdb',
    help: 'Where objects are kept: lmdb (a folder on this machine), memory (gone with the process) or etcd3 (--etcd-servers).',
  },
  {
    name: 'etcd-servers',
    type: 'strings',
    default: [],
    help: 'Members of an etcd to keep objects in, as https://host:2379. Left out: the embedded store.',
  },
  {
    name: 'etcd-prefix',
    type: 'string',
    default: '/registry',
    help: 'What all keys in etcd begin with.',
  },
  {
    name: 'etcd-cafile',
    type: 'string',
    default: '',
    help: 'PEM file with the authority of the certificates of etcd.',
  },
  { name: 'etcd-certfile', type: 'string', default: '', help: 'PEM file with the client certificate for etcd.' },
  { name: 'etcd-keyfile', type: 'string', default: '', help: 'PEM file with its key.' },
  {
    name: 'etcd-compaction-interval',
    type: 'duration',
    default: '5m0s',
    help: 'How often old history of the store is given up: what is older than one to two of these. 0: never.',
  },
  { name: 'bind-address', type: 'string', default: '0.0.0.0', help: 'Address to listen on.' },
  { name: 'secure-port', type: 'int', default: 6443, help: 'Port for HTTPS.' },
  {
    name: 'advertise-address',
    type: 'string',
    default: '',
    help: 'Address under which others reach this server. Empty: the bind address, or 127.0.0.1.',
  },
  {
    name: 'tls-cert-file',
    type: 'string',
    default: '',
    help: 'PEM file with the serving certificate and its intermediates.',
  },
  {
    name: 'tls-private-key-file',
    type: 'string',
    default: '',
    help: 'PEM file with the key of the serving certificate.',
  },
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
  {
    name: 'service-account-signing-key-file',
    type: 'string',
    default: '',
    help: 'PEM file with the key that signs service account tokens.',
  },
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
  {
    name: 'service-node-port-range',
    type: 'string',
    default: '30000-32767',
    help: 'Ports for Services of type NodePort.',
  },
  { name: 'allow-privileged', type: 'bool', default: true, help: 'Allow privileged containers.' },
  {
    name: 'enable-admission-plugins',
    type: 'strings',
    default: [],
    help: 'Admission plugins to turn on beside the default ones.',
  },
  { name: 'disable-admission-plugins', type: 'strings', default: [], help: 'Admission plugins to turn off.' },
  {
    name: 'admission-control-config-file',
    type: 'string',
    default: '',
    help: 'File with an AdmissionConfiguration: what single admission plugins are told.',
  },
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
  {
    name: 'kubelet-client-certificate',
    type: 'string',
    default: '',
    help: 'PEM file with the client certificate for kubelets.',
  },
  { name: 'kubelet-client-key', type: 'string', default: '', help: 'PEM file with its key.' },
  {
    name: 'kubelet-certificate-authority',
    type: 'string',
    default: '',
    help: 'PEM file with the authority of kubelet certificates. Empty: not checked.',
  },
  {
    name: 'kubelet-preferred-address-types',
    type: 'strings',
    default: ['InternalIP', 'Hostname', 'ExternalIP'],
    help: 'Which node address to use for kubelets, best first.',
  },
  { name: 'cluster-domain', type: 'string', default: 'cluster.local', help: 'DNS domain of the cluster.' },
];
