import type { AdmissionConfiguration } from './admission/configuration.ts';

export type EndpointReconcilerType = 'lease' | 'master-count' | 'none';

/** The facts of this control plane that strategies, admission, bootstrap and streaming need. Set by flags. */
export interface ServerConfig {
  /** One CIDR per IP family, first is the primary; upstream's default 10.0.0.0/24, ours 10.96.0.0/16. */
  readonly serviceClusterIpRanges: readonly string[];
  /** Inclusive. */
  readonly serviceNodePortRange: { readonly first: number; readonly last: number };
  /** Address that the `kubernetes` Service's endpoints name, and its port. */
  readonly advertiseAddress: string;
  readonly securePort: number;
  /** What tells this server from others of the cluster. */
  readonly hostname: string;
  /** host:port at which other API servers reach this one; absent: the advertised address. */
  readonly peerAddress?: string | undefined;
  readonly endpointReconcilerType: EndpointReconcilerType;
  /** How many servers there are, for the reconciler type `master-count`. */
  readonly apiserverCount: number;
  readonly serviceAccountIssuer: string;
  readonly apiAudiences: readonly string[];
  readonly clusterDomain: string;
  readonly allowPrivileged: boolean;
  /** Longest lifetime of a requested service account token, seconds; 0: no limit of ours. */
  readonly serviceAccountTokenExpirationMaxSeconds: number;
  /** Tokens of pods that are asked for an hour last a year, so that clients which never read them again go on working (KEP-1205). */
  readonly extendTokenExpiration: boolean;
  /** Issuers whose tokens are accepted beside our own. */
  readonly otherServiceAccountIssuers: readonly string[];
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly eventTtlSeconds: number;
  /** How long pods that say nothing of it stay on nodes that have gone quiet. */
  readonly tolerationSeconds: { readonly notReady: number; readonly unreachable: number };
  /** Name for clients outside, and where they find the keys of service account tokens; absent: the advertised address. */
  readonly externalHostname?: string;
  readonly jwksUri?: string;
  /** By plugin, from --admission-control-config-file. */
  readonly admissionConfiguration?: AdmissionConfiguration;
  /** PEM of the authorities whose client certificates are accepted; published for servers that extend the API. */
  readonly clientCertificateAuthority?: string;
  /** How proxies in front of servers say who asks; published likewise. `authority` is PEM. */
  readonly requestHeader?: {
    readonly authority: string;
    readonly allowedNames: readonly string[];
    readonly usernameHeaders: readonly string[];
    readonly uidHeaders: readonly string[];
    readonly groupHeaders: readonly string[];
    readonly extraPrefixes: readonly string[];
  };
  /** How the API server reaches kubelets; absent: without client certificate. PEM. */
  readonly kubeletClient?: {
    readonly certificate?: Uint8Array | string;
    readonly key?: Uint8Array | string;
    readonly certificateAuthority?: Uint8Array | string;
    readonly preferredAddressTypes: readonly string[];
  };
}
