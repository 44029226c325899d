import type { Transport } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { FeatureGates } from '@steersman/server';
import type { Storage } from '@steersman/storage';
import type { AdmissionPlugin } from './admission/contract.ts';
import type { ProviderOptions } from './authentication/configuration.ts';
import type { Authenticator } from './authentication/contract.ts';
import type { RequestHeaderOptions } from './authentication/request-header.ts';
import type { Authorizer } from './authorization/contract.ts';
import type { WebhookOptions, WebhookVersion } from './authorization/webhook.ts';
import type { PeerCredentials } from './peers/adapters/peer-connection.ts';
import type { AuditOptions } from './pipeline/audit.ts';
import type { PostStartHook } from './post-start-hook.ts';
import type { Extensions } from './registry/subresource-contract.ts';
import type { ServerConfig } from './server-config.ts';
import type { StreamHandlers } from './streaming-contract.ts';

export interface RequestHeaderConfiguration extends Omit<RequestHeaderOptions, 'authorities'> {
  /** PEM of the authorities of the proxies' certificates; asked again for each connection. */
  readonly authority: () => string;
}

export interface ApiServerOptions {
  readonly storage: Storage;
  readonly effects: Effects;
  /** False when others write to the same store (etcd): reads then ask it how far it is. Default true. */
  readonly storageIsEmbedded?: boolean;
  readonly config?: Partial<ServerConfig>;
  /** Upstream's names; default Node,RBAC. */
  readonly authorizationModes?: readonly string[];
  readonly anonymousAuth?: boolean;
  /** The only paths that anonymous requests reach; all when absent. */
  readonly anonymousPaths?: readonly string[];
  /** Contents of a static token file; a function gives the newest. */
  readonly tokenFile?: string | (() => string);
  /** A proxy in front says who asks. */
  readonly requestHeader?: RequestHeaderConfiguration;
  /** PEM of the authorities of client certificates; needed with `requestHeader`, whose proxies have others. */
  readonly clientCertificateAuthority?: () => string;
  /** Tokens of Secrets in kube-system, for nodes that join. */
  readonly bootstrapTokens?: boolean;
  /** Asked about tokens that nobody else knows. */
  readonly tokenWebhook?: Transport;
  /** For the authorization mode Webhook. */
  readonly authorizationWebhook?: Transport;
  readonly authorizationWebhookOptions?: WebhookOptions;
  readonly tokenWebhookVersion?: WebhookVersion;
  /** Providers of ID tokens. */
  readonly oidcProviders?: readonly ProviderOptions[];
  /** PEM. Without a signing key a fresh one is made, and tokens die with the process. */
  readonly serviceAccountSigningKey?: string | Uint8Array;
  /** PEM of further keys whose tokens are accepted. */
  readonly serviceAccountKeys?: readonly (string | Uint8Array)[];
  /** How connections are served. */
  readonly serving?: ServingOptions;
  /** The header Strict-Transport-Security of every answer; none when absent. */
  readonly strictTransportSecurity?: string;
  /** False: requests under way are bounded by the two numbers below, reads and writes apart. Default true. */
  readonly enablePriorityAndFairness?: boolean;
  /** With priority and fairness, the sum of both numbers is shared among the priority levels. */
  readonly maxRequestsInFlight?: number;
  readonly maxMutatingRequestsInFlight?: number;
  /** Seconds; watches without a timeout last this to twice as long. */
  readonly minRequestTimeoutSeconds?: number;
  /** Requests for what only other API servers on the store serve are passed on to them; not at all when absent. */
  readonly peers?: () => PeerCredentials;
  /** How long the server goes on answering after it was told to end, while /readyz fails. Default 0. */
  readonly shutdownDelayMs?: number;
  /** Whether requests that come after that get 429 until those under way have ended; else no connection is taken any more. */
  readonly shutdownSendRetryAfter?: boolean;
  /** Over which time watches are ended; 0 (default): at once. */
  readonly shutdownWatchGraceMs?: number;
  /** History older than one to two of these is given up; 0: never. Default five minutes. */
  readonly compactionIntervalMs?: number;
  /** `--runtime-config`: `api/all`, `group/version` or `group/version/resource` to true or false. */
  readonly runtimeConfig?: ReadonlyMap<string, string>;
  /** `--feature-gates`; upstream's defaults when absent. */
  readonly featureGates?: FeatureGates;
  /** The command line, for /flagz. */
  readonly flags?: ReadonlyMap<string, string>;
  /** What is written per kind; the built-in parts when absent. */
  readonly extensions?: Partial<Extensions>;
  readonly streamHandlers?: StreamHandlers;
  /** Beside the built-in ones, after them. */
  readonly authenticators?: readonly Authenticator[];
  readonly authorizers?: readonly Authorizer[];
  readonly admissionPlugins?: readonly AdmissionPlugin[];
  readonly postStartHooks?: readonly PostStartHook[];
  /** What is recorded of requests, and where; nothing when absent. */
  readonly audit?: AuditOptions;
  /** Runs what the callback queues once the current turn of the event loop is over; `setImmediate` when absent. */
  readonly afterTurn?: (callback: () => void) => void;
  /** The store ended its watch: the server cannot go on and has to be started again. */
  readonly onFatal?: (error: unknown) => void;
}

export interface ServingOptions {
  /** Requests under way at once on one HTTP/2 connection. */
  readonly streamsMax?: number;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

export const DEFAULT_CONFIG: ServerConfig = {
  serviceClusterIpRanges: ['10.96.0.0/16'],
  serviceNodePortRange: { first: 30000, last: 32767 },
  advertiseAddress: '127.0.0.1',
  securePort: 6443,
  hostname: 'localhost',
  endpointReconcilerType: 'lease',
  apiserverCount: 1,
  serviceAccountIssuer: 'https://kubernetes.default.svc.cluster.local',
  apiAudiences: ['https://kubernetes.default.svc.cluster.local'],
  clusterDomain: 'cluster.local',
  allowPrivileged: true,
  serviceAccountTokenExpirationMaxSeconds: 0,
  extendTokenExpiration: true,
  otherServiceAccountIssuers: [],
  enableAdmissionPlugins: [],
  disableAdmissionPlugins: [],
  eventTtlSeconds: 3600,
  tolerationSeconds: { notReady: 300, unreachable: 300 },
};
