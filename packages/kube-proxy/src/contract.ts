/** What kube-proxy works with, whatever mode carries it out. */

export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Runs on this node. */
  readonly local: boolean;
}

/** One port of one Service of one IP family, with the endpoints that traffic may go to. */
export interface ServicePort {
  /** `namespace/name:port name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly portName: string;
  readonly protocol: Protocol;
  readonly clusterIP: string;
  readonly port: number;
  readonly nodePort: number | undefined;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  /** CIDRs that may use the load balancer's addresses; empty: all. */
  readonly sourceRanges: readonly string[];
  /** Seconds a client stays with its endpoint; undefined: no affinity. */
  readonly affinitySeconds: number | undefined;
  /** Traffic policies: only endpoints on this node for traffic from inside, from outside. */
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** Endpoints anywhere, and those on this node, after the fallback to terminating ones. Sorted, without duplicates. */
  readonly endpoints: readonly Endpoint[];
  readonly localEndpoints: readonly Endpoint[];
  /** Where load balancers ask whether this node has local endpoints (externalTrafficPolicy Local); undefined: nowhere. */
  readonly healthCheckPort?: number | undefined;
}

/**
 * A way to make Services work on a node. Promises: after `apply` has resolved, new connections follow the given
 * ports and nothing else; a failed `apply` leaves what was there before, and the next one starts from scratch.
 */
export interface PacketFilter {
  apply(ports: readonly ServicePort[]): Promise<void>;
  /** Looks whether what was applied is still there; when it is not, the next `apply` starts from scratch. */
  check(): Promise<boolean>;
  /** Removes every trace. */
  cleanup(): Promise<void>;
}

export type ProxyErrorCode = 'missing-program' | 'command-failed' | 'bad-configuration';

/** A program kube-proxy depends on is absent or refused what it was given. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: ProxyErrorCode;
  constructor(code: ProxyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
