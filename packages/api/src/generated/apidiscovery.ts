// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { GroupVersionKind, ListMeta, ObjectMeta } from './meta.ts';

export interface APIGroupDiscovery {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly versions?: readonly APIVersionDiscovery[] | undefined;
}

export interface APIGroupDiscoveryList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly APIGroupDiscovery[];
}

export interface APIResourceDiscovery {
  readonly resource: string;
  readonly responseKind?: GroupVersionKind | undefined;
  readonly scope: ResourceScope;
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly subresources?: readonly APISubresourceDiscovery[] | undefined;
}

export interface APISubresourceDiscovery {
  readonly subresource: string;
  readonly responseKind?: GroupVersionKind | undefined;
  readonly acceptedTypes?: readonly GroupVersionKind[] | undefined;
  readonly verbs: readonly string[];
}

export interface APIVersionDiscovery {
  readonly version: string;
  readonly resources?: readonly APIResourceDiscovery[] | undefined;
  readonly freshness?: DiscoveryFreshness | undefined;
}

export type DiscoveryFreshness = 'Current' | 'Stale' | (string & {});

export type ResourceScope = 'Cluster' | 'Namespaced' | (string & {});

export interface V2beta1APIGroupDiscovery {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly versions?: readonly V2beta1APIVersionDiscovery[] | undefined;
}

export interface V2beta1APIGroupDiscoveryList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V2beta1APIGroupDiscovery[];
}

export interface V2beta1APIResourceDiscovery {
  readonly resource: string;
  readonly responseKind?: GroupVersionKind | undefined;
  readonly scope: V2beta1ResourceScope;
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly subresources?: readonly V2beta1APISubresourceDiscovery[] | undefined;
}

export interface V2beta1APISubresourceDiscovery {
  readonly subresource: string;
  readonly responseKind?: GroupVersionKind | undefined;
  readonly acceptedTypes?: readonly GroupVersionKind[] | undefined;
  readonly verbs: readonly string[];
}

export interface V2beta1APIVersionDiscovery {
  readonly version: string;
  readonly resources?: readonly V2beta1APIResourceDiscovery[] | undefined;
  readonly freshness?: V2beta1DiscoveryFreshness | undefined;
}

export type V2beta1DiscoveryFreshness = 'Current' | 'Stale' | (string & {});

export type V2beta1ResourceScope = 'Cluster' | 'Namespaced' | (string & {});
