import type { EndpointSlice } from '@steersman/api';

/** Remembers our last writes per service, so that no plan is made from a cache that does not show them yet. */
export interface Freshness {
  wrote(serviceKey: string, slice: EndpointSlice): void;
  gone(serviceKey: string, sliceName: string): void;
  /** Whether the cached slices are at least as new as what we wrote. */
  isFresh(serviceKey: string, cached: readonly EndpointSlice[]): boolean;
  forget(serviceKey: string): void;
}

/** ResourceVersions of one server can be compared as numbers (KEP-5504). */
function versionOf({ metadata }: EndpointSlice): bigint {
  return /^\d+$/.test(metadata.resourceVersion ?? '') ? BigInt(metadata.resourceVersion ?? '0') : 0n;
}

export function createFreshness(): Freshness {
  const written = new Map<string, Map<string, bigint>>();
  return {
    wrote(serviceKey, slice) {
      const versions = written.get(serviceKey) ?? new Map<string, bigint>();
      versions.set(slice.metadata.name ?? '', versionOf(slice));
      written.set(serviceKey, versions);
    },
    gone: (serviceKey, sliceName) => void written.get(serviceKey)?.delete(sliceName),
    isFresh(serviceKey, cached) {
      for (const [name, version] of written.get(serviceKey) ?? []) {
        const slice = cached.find(({ metadata }) => metadata.name === name);
        if (slice === undefined || versionOf(slice) < version) return false;
      }
      return true;
    },
    forget: (serviceKey) => void written.delete(serviceKey),
  };
}
