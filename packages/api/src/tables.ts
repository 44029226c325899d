/**
 * The resource and group tables of Kubernetes v1.36, typed.
 */
import { loadGroupRows, loadResourceRows } from './facts.ts';

/** What can be done with a subresource, and the kind it takes (of another group where `group` says so). */
export interface SubresourceInfo {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** When a type came and went, as minor versions ('1.21'). */
export interface Lifecycle {
  readonly introduced?: string;
  readonly deprecated?: string;
  readonly removed?: string;
  readonly replacement?: string;
}

/** One resource of one group and version. */
export interface ResourceInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly SubresourceInfo[];
  /** Absent when the resource cannot be listed. */
  readonly listKind?: string;
  /** Key of the type in the facts. */
  readonly typeRef: string;
  /** A v1.36 server can serve it. */
  readonly served: boolean;
  /** On without --runtime-config. */
  readonly defaultEnabled: boolean;
  /** Comes with this add-on server, not with kube-apiserver. */
  readonly servedBy?: string;
  readonly lifecycle?: Lifecycle;
}

/** A group in discovery order, its versions best first. */
export interface GroupInfo {
  readonly group: string;
  readonly versions: readonly { readonly version: string; readonly defaultEnabled: boolean }[];
}

const NONE = { shortNames: [], categories: [], subresources: [] };

/** Every resource of the facts, the ones that v1.36 no longer serves included (`served: false`). */
export const resourceTable: readonly ResourceInfo[] = loadResourceRows().map(
  (row) => ({ ...NONE, ...row }) as unknown as ResourceInfo,
);

/** The served groups in the order that discovery lists them. */
export const groupTable: readonly GroupInfo[] = loadGroupRows() as unknown as readonly GroupInfo[];
