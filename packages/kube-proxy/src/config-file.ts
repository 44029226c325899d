/** KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1): what of it this proxy knows, under its flags' names. */
import { parseYamlDocuments } from '@steersman/api';
import { ProxyError } from './contract.ts';

interface ConfigFile {
  readonly kind?: string;
  readonly clientConnection?: { readonly kubeconfig?: string };
  readonly hostnameOverride?: string;
  readonly clusterCIDR?: string;
  readonly healthzBindAddress?: string;
  readonly metricsBindAddress?: string;
  readonly mode?: string;
}

/** The flags that the file stands for. Throws ProxyError bad-configuration. */
export function flagsOfConfigFile(text: string): ReadonlyMap<string, string> {
  const file = (parseYamlDocuments(text)[0] ?? {}) as ConfigFile;
  if (file.kind !== 'KubeProxyConfiguration') {
    throw new ProxyError('bad-configuration', 'the configuration file is not a KubeProxyConfiguration');
  }
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['kubeconfig', file.clientConnection?.kubeconfig],
    ['hostname-override', file.hostnameOverride],
    ['cluster-cidr', file.clusterCIDR],
    ['healthz-bind-address', file.healthzBindAddress],
    ['metrics-bind-address', file.metricsBindAddress],
    ['proxy-mode', file.mode],
  ];
  return new Map(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== ''));
}
