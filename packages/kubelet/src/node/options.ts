/** What a node is started with; names as in KubeletConfiguration where it has them. */
import type { Taint } from '@steersman/api';

export interface NodeOptions {
  readonly name: string;
  /** Internal addresses, the primary one first. */
  readonly addresses: readonly string[];
  /** Shown as its Hostname address and label; the name when absent. */
  readonly hostname?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly registerNode?: boolean;
  readonly registerSchedulable?: boolean;
  readonly providerId?: string;
  readonly podsMax?: number;
  /** What system and kubelet keep for themselves; `cpu` and `memory` quantities. */
  readonly systemReserved?: Readonly<Record<string, string>>;
  readonly kubeReserved?: Readonly<Record<string, string>>;
  /** Port of the kubelet's own API, shown in the node's status. */
  readonly port?: number;
  readonly clusterDns?: readonly string[];
  readonly clusterDomain?: string;
}
export const PODS_MAX_DEFAULT = 110;
export const KUBELET_PORT = 10250;
