import type { ObjectMeta, OwnerReference } from '@steersman/api';
import type { DiscoveredResource } from '@steersman/client';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

/** An object as the collector knows it: who it is and whom it belongs to. */
export interface GraphNode {
  readonly uid: string;
  readonly resource: DiscoveredResource;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly owners: readonly OwnerReference[];
  readonly terminating: boolean;
  /** Being deleted, and waiting for its dependents to go first. */
  readonly foreground: boolean;
  /** Being deleted, and waiting for its dependents to be let go. */
  readonly orphaning: boolean;
}

/** What is left to look at after a change, by UID. */
export interface Consequences {
  /** Objects that may have to be deleted, or that wait for dependents. */
  readonly check: readonly string[];
  /** Objects whose dependents are to be orphaned. */
  readonly orphan: readonly string[];
}

/** Who owns whom, over all resources. */
export interface Graph {
  get(uid: string): GraphNode | undefined;
  /** UIDs of the objects that name this one as an owner. */
  dependentsOf(uid: string): readonly string[];
  put(resource: DiscoveredResource, metadata: ObjectMeta): Consequences;
  remove(uid: string): Consequences;
  readonly size: number;
}

const NO_OWNERS: readonly OwnerReference[] = [];

function nodeOf(resource: DiscoveredResource, metadata: ObjectMeta): GraphNode {
  const { uid = '', namespace, name = '', ownerReferences, finalizers = [], deletionTimestamp } = metadata;
  const terminating = deletionTimestamp !== undefined && deletionTimestamp !== null;
  return {
    uid,
    resource,
    namespace: resource.namespaced ? namespace : undefined,
    name,
    owners: ownerReferences === undefined || ownerReferences.length === 0 ? NO_OWNERS : ownerReferences,
    terminating,
    foreground: terminating && finalizers.includes(FOREGROUND_FINALIZER),
    orphaning: terminating && finalizers.includes(ORPHAN_FINALIZER),
  };
}

/** Whether an owner can be one: a namespaced owner's dependents live in its own namespace. */
export function mayOwn(owner: GraphNode, dependent: GraphNode): boolean {
  return !owner.resource.namespaced || owner.namespace === dependent.namespace;
}

/** Whether an object still keeps an owner with the foreground finalizer from going. */
export function blocks(dependent: GraphNode, ownerUid: string): boolean {
  return dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true);
}

/** An empty graph. */
export function createGraph(): Graph {
  const nodes = new Map<string, GraphNode>();
  const dependents = new Map<string, Set<string>>();

  const link = ({ uid, owners }: GraphNode) => {
    for (const owner of owners) {
      let known = dependents.get(owner.uid);
      if (known === undefined) {
        known = new Set();
        dependents.set(owner.uid, known);
      }
      known.add(uid);
    }
  };
  const unlink = ({ uid, owners }: GraphNode) => {
    for (const owner of owners) {
      const known = dependents.get(owner.uid);
      known?.delete(uid);
      if (known?.size === 0) dependents.delete(owner.uid);
    }
  };
  const dependentsOf = (uid: string) => [...(dependents.get(uid) ?? [])];
  /** Owners that wait for their dependents: what happened to one of those may have been the last. */
  const waitingOwners = (node: GraphNode) =>
    node.owners.map(({ uid }) => uid).filter((uid) => nodes.get(uid)?.foreground === true);

  return {
    get: (uid) => nodes.get(uid),
    dependentsOf,
    get size() {
      return nodes.size;
    },
    put(resource, metadata) {
      const node = nodeOf(resource, metadata);
      const before = nodes.get(node.uid);
      if (before !== undefined) unlink(before);
      nodes.set(node.uid, node);
      link(node);
      const check = new Set<string>(before === undefined ? [] : waitingOwners(before));
      for (const uid of waitingOwners(node)) {
        check.add(uid);
        check.add(node.uid);
      }
      if (node.owners.some(({ uid }) => !nodes.has(uid))) check.add(node.uid);
      if (node.foreground && before?.foreground !== true)
        for (const uid of [node.uid, ...dependentsOf(node.uid)]) check.add(uid);
      const orphan = node.orphaning && before?.orphaning !== true ? [node.uid] : [];
      return { check: [...check], orphan };
    },
    remove(uid) {
      const node = nodes.get(uid);
      if (node === undefined) return { check: dependentsOf(uid), orphan: [] };
      unlink(node);
      nodes.delete(uid);
      return { check: [...dependentsOf(uid), ...waitingOwners(node)], orphan: [] };
    },
  };
}
