// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ObjectReference, Protocol } from './core.ts';
import type { ListMeta, ObjectMeta } from './meta.ts';

export type AddressType = 'IPv4' | 'IPv6' | 'FQDN' | (string & {});

export interface DiscoveryEndpointPort {
  readonly name?: string | undefined;
  readonly protocol?: Protocol | undefined;
  readonly port?: number | undefined;
  readonly appProtocol?: string | undefined;
}

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions | undefined;
  readonly hostname?: string | undefined;
  readonly targetRef?: ObjectReference | undefined;
  readonly deprecatedTopology?: Readonly<Record<string, string>> | undefined;
  readonly nodeName?: string | undefined;
  readonly zone?: string | undefined;
  readonly hints?: EndpointHints | undefined;
}

export interface EndpointConditions {
  readonly ready?: boolean | undefined;
  readonly serving?: boolean | undefined;
  readonly terminating?: boolean | undefined;
}

export interface EndpointHints {
  readonly forZones?: readonly ForZone[] | undefined;
  readonly forNodes?: readonly ForNode[] | undefined;
}

export interface EndpointSlice {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly addressType: AddressType;
  readonly endpoints?: readonly Endpoint[] | undefined;
  readonly ports?: readonly DiscoveryEndpointPort[] | undefined;
}

export interface EndpointSliceList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly EndpointSlice[];
}

export interface ForNode {
  readonly name: string;
}

export interface ForZone {
  readonly name: string;
}
