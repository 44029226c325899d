/** The shapes that DNS works with: what it sees of the cluster, and what it answers. */

/** One address of a Service's endpoints, as EndpointSlices name it. */
export interface EndpointView {
  readonly addresses: readonly string[];
  /** The pod's hostname when it has one within the subdomain; the label in front of the Service's name. */
  readonly hostname?: string | undefined;
  readonly ready: boolean;
}
export interface PortView {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}
export interface SliceView {
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly resourceVersion: string;
  readonly endpoints: readonly EndpointView[];
  readonly ports: readonly PortView[];
}
export interface ServiceView {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly headless: boolean;
  readonly clusterIPs: readonly string[];
  /** Set for type ExternalName. */
  readonly externalName?: string | undefined;
  readonly publishNotReadyAddresses: boolean;
  readonly ports: readonly PortView[];
}

/** Read-only view of the cluster; every look-up is a map access. */
export interface ClusterView {
  service(namespace: string, name: string): ServiceView | undefined;
  slices(namespace: string, service: string): readonly SliceView[];
  namespaceExists(name: string): boolean;
  serviceByAddress(address: string): ServiceView | undefined;
  /** Slices of headless Services that hold the address. */
  slicesByAddress(address: string): readonly SliceView[];
}

export type RecordData =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'PTR' | 'NS'; readonly target: string }
  | {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly type: 'TXT'; readonly text: string }
  | { readonly type: 'SOA'; readonly primary: string; readonly mailbox: string; readonly serial: number };

/** A resource record without class, which is always IN. Names carry no trailing dot. */
export type ResourceRecord = RecordData & { readonly name: string; readonly ttlSeconds: number };

export interface Question {
  readonly name: string;
  /** `A`, `SRV`, ...; `ANY`. */
  readonly type: string;
}

export interface Answer {
  readonly code: 'NOERROR' | 'NXDOMAIN';
  readonly answers: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
  /** The SOA that says how long a negative answer may be kept. */
  readonly authorities: readonly ResourceRecord[];
}

/** Not ours: another server knows. */
export const FORWARD = 'forward';
