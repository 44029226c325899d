/** How probes and hooks reach a pod over the network. Real in adapters/; simulated nodes have their own. */
export interface HttpRequest {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** With query string. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timeoutMs: number;
}
export interface HttpAnswer {
  readonly status: number;
  readonly location?: string | undefined;
}
/** Failures reject with a `ProbeFailure` whose message is what users see in events. */
export interface ProbeNetwork {
  /** Certificates are not verified: a probe asks whether something answers, not who. */
  http(request: HttpRequest): Promise<HttpAnswer>;
  tcp(host: string, port: number, timeoutMs: number): Promise<void>;
  /** The serving status of the gRPC health protocol v1: 'SERVING', 'NOT_SERVING', ... */
  grpcHealth(host: string, port: number, service: string, timeoutMs: number): Promise<string>;
}
export class ProbeFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProbeFailure';
  }
}
/** Pods of simulated nodes answer everything. */
export const agreeableNetwork: ProbeNetwork = {
  http: async () => ({ status: 200 }),
  tcp: async () => {},
  grpcHealth: async () => 'SERVING',
};
