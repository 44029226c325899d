import { type KubeObject, keyOf } from '@steersman/api';

/**
 * Remembers the versions that a controller wrote, so that it makes no plan from a copy older than its own last write.
 * Only for objects whose status carries what the next plan counts on.
 */
export interface OwnWrites {
  wrote(object: KubeObject): void;
  /** Whether the copy shows our last write to this object. */
  shownBy(object: KubeObject): boolean;
  forget(key: string): void;
}

/** ResourceVersions of one server can be compared as numbers (KEP-5504). */
function versionOf({ metadata }: KubeObject): bigint {
  return /^\d+$/.test(metadata.resourceVersion ?? '') ? BigInt(metadata.resourceVersion ?? '0') : 0n;
}

export function createOwnWrites(): OwnWrites {
  const written = new Map<string, { readonly uid: string | undefined; readonly version: bigint }>();
  return {
    wrote: (object) => void written.set(keyOf(object), { uid: object.metadata.uid, version: versionOf(object) }),
    shownBy(object) {
      const last = written.get(keyOf(object));
      return last === undefined || last.uid !== object.metadata.uid || versionOf(object) >= last.version;
    },
    forget: (key) => void written.delete(key),
  };
}
