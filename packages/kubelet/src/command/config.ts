/** The kubelet's configuration: flags over the KubeletConfiguration file over defaults, as upstream. Pure. */
import type { Taint } from '@steersman/api';
import { type Flag, type FlagValues, ignoredFlag, textFlag } from '@steersman/server';
import { KUBELET_PORT, PODS_MAX_DEFAULT } from '../node/options.ts';

export interface KubeletConfig {
  readonly kubeconfig: string;
  readonly runtimeEndpoint: string;
  readonly hostnameOverride: string;
  readonly nodeIps: readonly string[];
  readonly rootDirectory: string;
  readonly podLogsDirectory: string;
  readonly manifestDirectory: string;
  readonly cgroupRoot: string;
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  readonly resolvConf: string;
  readonly registerNode: boolean;
  readonly registerSchedulable: boolean;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly podsMax: number;
  readonly providerId: string;
  readonly systemReserved: Readonly<Record<string, string>>;
  readonly kubeReserved: Readonly<Record<string, string>>;
  readonly address: string;
  readonly port: number;
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  readonly clientCaFile: string;
  readonly imageHighPercent: number;
  readonly imageLowPercent: number;
}

/** Wrong configuration; one line that says which flag or field and what it takes. */
export class KubeletConfigError extends Error {
  readonly code = 'invalid-configuration';
  constructor(message: string) {
    super(message);
    this.name = 'KubeletConfigError';
  }
}

const ignored = (name: string, type?: Flag['type']) => ignoredFlag(name, 'Accepted and without effect.', type);

/** Upstream's flags; those that only upstream's own workings need are accepted and do nothing. */
export const flags: readonly Flag[] = [
  textFlag('config', 'A KubeletConfiguration file (kubelet.config.k8s.io/v1beta1). Flags win over it.'),
  textFlag('kubeconfig', 'The kubeconfig file that says where the API server is and who this node is.'),
  textFlag(
    'container-runtime-endpoint',
    'The CRI socket of the container runtime.',
    'unix:///run/containerd/containerd.sock',
  ),
  textFlag('hostname-override', "The node's name, instead of the machine's hostname."),
  textFlag('node-ip', "The node's address, or two with a comma; the first one of the machine when empty."),
  textFlag('root-dir', 'Where the kubelet keeps pods and volumes.', '/var/lib/kubelet'),
  textFlag('pod-logs-dir', 'Where container logs go.', '/var/log/pods'),
  textFlag('pod-manifest-path', 'A directory of manifests of static pods.'),
  textFlag('cgroup-root', 'The cgroup below which pods get theirs; one per cluster on a machine.'),
  { name: 'cluster-dns', type: 'strings', default: [], help: 'Addresses of the cluster DNS.' },
  textFlag('cluster-domain', 'The domain of the cluster; pods search it.', 'cluster.local'),
  textFlag('resolv-conf', 'What the node itself resolves names with.', '/etc/resolv.conf'),
  { name: 'register-node', type: 'bool', default: true, help: 'Register the node with the API server.' },
  { name: 'register-schedulable', type: 'bool', default: true, help: 'Register it as schedulable.' },
  { name: 'register-with-taints', type: 'strings', default: [], help: 'Taints to register with: key=value:effect,...' },
  { name: 'node-labels', type: 'map', help: 'Labels to register with: key=value,...' },
  { name: 'max-pods', type: 'int', default: PODS_MAX_DEFAULT, help: 'How many pods the node takes.' },
  textFlag('provider-id', 'What a cloud provider knows the machine by.'),
  { name: 'system-reserved', type: 'map', help: 'What the system keeps for itself: cpu=200m,memory=500Mi' },
  { name: 'kube-reserved', type: 'map', help: 'What the node components keep for themselves.' },
  {
    name: 'image-gc-high-threshold',
    type: 'int',
    default: 85,
    help: 'Percent of the image disk above which unused images are removed; 100: never.',
  },
  {
    name: 'image-gc-low-threshold',
    type: 'int',
    default: 80,
    help: 'Percent of the image disk down to which they are removed.',
  },
  textFlag('address', 'The address that the kubelet serves on.', '0.0.0.0'),
  { name: 'port', type: 'int', default: KUBELET_PORT, help: 'The port that the kubelet serves on; 0 turns it off.' },
  textFlag('tls-cert-file', 'The serving certificate.'),
  textFlag('tls-private-key-file', "The serving certificate's key."),
  textFlag('client-ca-file', 'The CA that client certificates must come from.'),
  ...[
    'bootstrap-kubeconfig',
    'cert-dir',
    'cgroup-driver',
    'pod-infra-container-image',
    'runtime-cgroups',
    'cloud-provider',
    'feature-gates',
    'authorization-mode',
    'image-service-endpoint',
  ].map((name) => ignored(name)),
  ...[
    'anonymous-auth',
    'fail-swap-on',
    'authentication-token-webhook',
    'rotate-certificates',
    'protect-kernel-defaults',
    'serialize-image-pulls',
    'cgroups-per-qos',
  ].map((name) => ignored(name, 'bool')),
];

type Fields = Readonly<Record<string, unknown>>;

/** `file` is the parsed KubeletConfiguration, if there is one. Throws `KubeletConfigError`. */
export function configOf(values: FlagValues, file: Fields | undefined): KubeletConfig {
  if (file !== undefined && file['kind'] !== 'KubeletConfiguration') {
    throw new KubeletConfigError(
      `--config: kind is ${JSON.stringify(file['kind'])}; give a KubeletConfiguration of kubelet.config.k8s.io/v1beta1`,
    );
  }
  const string = (flag: string, field: string): string =>
    values.given(flag) || typeof file?.[field] !== 'string' ? values.string(flag) : (file[field] as string);
  const number = (flag: string, field: string): number =>
    values.given(flag) || typeof file?.[field] !== 'number' ? values.number(flag) : (file[field] as number);
  const bool = (flag: string, field: string): boolean =>
    values.given(flag) || typeof file?.[field] !== 'boolean' ? values.bool(flag) : (file[field] as boolean);
  const strings = (flag: string, field: string): readonly string[] =>
    values.given(flag) || !Array.isArray(file?.[field]) ? values.strings(flag) : (file[field] as string[]);
  const map = (flag: string, field: string): Readonly<Record<string, string>> =>
    values.given(flag) || file?.[field] === undefined
      ? Object.fromEntries(values.map(flag))
      : (file[field] as Record<string, string>);
  const x509 = (file?.['authentication'] as { x509?: { clientCAFile?: string } } | undefined)?.x509;
  return {
    kubeconfig: values.string('kubeconfig'),
    runtimeEndpoint: string('container-runtime-endpoint', 'containerRuntimeEndpoint'),
    hostnameOverride: values.string('hostname-override'),
    nodeIps: values
      .string('node-ip')
      .split(',')
      .filter((ip) => ip !== ''),
    rootDirectory: values.string('root-dir'),
    podLogsDirectory: string('pod-logs-dir', 'podLogsDir'),
    manifestDirectory: string('pod-manifest-path', 'staticPodPath'),
    cgroupRoot: string('cgroup-root', 'cgroupRoot'),
    clusterDns: strings('cluster-dns', 'clusterDNS'),
    clusterDomain: string('cluster-domain', 'clusterDomain'),
    resolvConf: string('resolv-conf', 'resolvConf'),
    registerNode: bool('register-node', 'registerNode'),
    registerSchedulable: values.bool('register-schedulable'),
    nodeLabels: Object.fromEntries(values.map('node-labels')),
    taints: values.given('register-with-taints')
      ? values.strings('register-with-taints').map(taintOf)
      : ((file?.['registerWithTaints'] as Taint[] | undefined) ?? []),
    podsMax: number('max-pods', 'maxPods'),
    providerId: string('provider-id', 'providerID'),
    systemReserved: map('system-reserved', 'systemReserved'),
    kubeReserved: map('kube-reserved', 'kubeReserved'),
    address: string('address', 'address'),
    port: number('port', 'port'),
    tlsCertFile: string('tls-cert-file', 'tlsCertFile'),
    tlsKeyFile: string('tls-private-key-file', 'tlsPrivateKeyFile'),
    clientCaFile: values.given('client-ca-file')
      ? values.string('client-ca-file')
      : (x509?.clientCAFile ?? values.string('client-ca-file')),
    imageHighPercent: number('image-gc-high-threshold', 'imageGCHighThresholdPercent'),
    imageLowPercent: number('image-gc-low-threshold', 'imageGCLowThresholdPercent'),
  };
}

/** `key=value:effect` or `key:effect`. */
function taintOf(spec: string): Taint {
  const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(spec);
  if (match === null)
    throw new KubeletConfigError(
      `--register-with-taints: ${JSON.stringify(spec)} is not key=value:effect with effect NoSchedule, PreferNoSchedule or NoExecute`,
    );
  return { key: match[1]!, effect: match[3]!, ...(match[2] === undefined ? {} : { value: match[2] }) };
}

/** The configuration in force as a KubeletConfiguration, for /configz. */
export const asKubeletConfiguration = (config: KubeletConfig): unknown => ({
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  address: config.address,
  port: config.port,
  containerRuntimeEndpoint: config.runtimeEndpoint,
  staticPodPath: config.manifestDirectory,
  cgroupRoot: config.cgroupRoot,
  cgroupDriver: 'cgroupfs',
  clusterDNS: config.clusterDns,
  clusterDomain: config.clusterDomain,
  resolvConf: config.resolvConf,
  registerNode: config.registerNode,
  maxPods: config.podsMax,
  podLogsDir: config.podLogsDirectory,
  systemReserved: config.systemReserved,
  kubeReserved: config.kubeReserved,
  containerLogMaxSize: '10Mi',
  containerLogMaxFiles: 5,
});
