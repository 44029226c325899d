import type { Node, Taint } from '@steersman/api';
import type { NamespaceLabels } from './affinity-terms.ts';
import { createNominations } from './nominations.ts';
import { type CountedPods, type Counts, createPodCounts, type PodCounts } from './pod-counts.ts';
import type { PodInfo } from './pod-info.ts';
import { createResourceTable, type ResourceTable } from './resource-table.ts';

/** One node and the pods on it. What is taken of its resources is in the resource table, at `slot`. */
export interface NodeInfo {
  readonly name: string;
  readonly slot: number;
  /** The object; undefined while only pods of it are known. Fields below follow it. */
  readonly node: Node | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  /** Image name to bytes. */
  readonly images: ReadonlyMap<string, number>;
  /** By UID, assumed ones included. */
  readonly pods: ReadonlyMap<string, PodInfo>;
  /** Pods on it that take ports of the node. */
  readonly podsWithPorts: ReadonlySet<PodInfo>;
}

/**
 * The cluster as the scheduler sees it, at any moment: nodes, and the pods that are on them or will be, because the
 * scheduler has decided so ("assumed") and the API has not confirmed it yet.
 */
export interface ClusterState {
  /** Nodes that exist, in no order that means anything. */
  readonly nodes: readonly NodeInfo[];
  readonly resources: ResourceTable;
  readonly podCounts: PodCounts;
  readonly namespaceLabels: NamespaceLabels;
  node(name: string): NodeInfo | undefined;
  /** The node in a slot, also one of which only pods are known. */
  nodeAt(slot: number): NodeInfo | undefined;
  /** Pods per slot of a selection. */
  count(selection: CountedPods): Counts;
  /** On how many nodes an image is. */
  nodesWithImage(name: string): number;
  setNode(node: Node): void;
  removeNode(name: string): void;
  /** Puts a pod on a node, or what is now known of it in place of what was. */
  setPod(pod: PodInfo, nodeName: string): void;
  removePod(uid: string): void;
  /** The node that a pod is on, or is assumed to be. */
  nodeOf(uid: string): NodeInfo | undefined;
  /** Remembers for which node other pods were preempted for this one; undefined forgets it. */
  nominate(uid: string, nomination: { readonly pod: PodInfo; readonly nodeName: string } | undefined): void;
  /** Pods that others make room for on the node. */
  nominatedOn(nodeName: string): readonly PodInfo[];
  setNamespaceLabels(name: string, labels: Readonly<Record<string, string>> | undefined): void;
}

type MutableNodeInfo = {
  -readonly [K in keyof NodeInfo]: NodeInfo[K];
} & { readonly pods: Map<string, PodInfo>; readonly podsWithPorts: Set<PodInfo> };

const NO_LABELS: Readonly<Record<string, string>> = {};

function imagesOf(node: Node): ReadonlyMap<string, number> {
  const images = new Map<string, number>();
  for (const { names = [], sizeBytes = 0 } of node.status?.images ?? [])
    for (const name of names) images.set(name, sizeBytes);
  return images;
}

export function createClusterState(): ClusterState {
  const resources = createResourceTable();
  const podCounts = createPodCounts();
  const byName = new Map<string, MutableNodeInfo>();
  const bySlot: (MutableNodeInfo | undefined)[] = [];
  const nodes: MutableNodeInfo[] = [];
  const placeInNodes = new Map<MutableNodeInfo, number>();
  const places = new Map<string, MutableNodeInfo>();
  const imageNodes = new Map<string, number>();
  const nominations = createNominations();
  const namespaces = new Map<string, Readonly<Record<string, string>>>();

  function infoFor(name: string): MutableNodeInfo {
    const known = byName.get(name);
    if (known !== undefined) return known;
    const made: MutableNodeInfo = {
      name,
      slot: resources.reserveSlot(),
      node: undefined,
      labels: NO_LABELS,
      taints: [],
      unschedulable: false,
      images: new Map(),
      pods: new Map(),
      podsWithPorts: new Set(),
    };
    byName.set(name, made);
    bySlot[made.slot] = made;
    return made;
  }

  function countImages(images: ReadonlyMap<string, number>, by: 1 | -1): void {
    for (const name of images.keys()) imageNodes.set(name, (imageNodes.get(name) ?? 0) + by);
  }

  /** A node that is gone and has no pods left is forgotten. */
  function dropIfEmpty(info: MutableNodeInfo): void {
    if (info.node !== undefined || info.pods.size > 0) return;
    byName.delete(info.name);
    bySlot[info.slot] = undefined;
    resources.freeSlot(info.slot);
  }

  function removePod(uid: string): void {
    const info = places.get(uid);
    const pod = info?.pods.get(uid);
    if (info === undefined || pod === undefined) return;
    places.delete(uid);
    info.pods.delete(uid);
    info.podsWithPorts.delete(pod);
    resources.account(info.slot, pod, -1);
    podCounts.account(info.slot, pod, -1);
    dropIfEmpty(info);
  }

  function* everyPod(): Generator<readonly [number, PodInfo]> {
    for (const info of byName.values()) for (const pod of info.pods.values()) yield [info.slot, pod];
  }

  return {
    nodes,
    resources,
    podCounts,
    namespaceLabels: (name) => namespaces.get(name),
    node: (name) => {
      const info = byName.get(name);
      return info?.node === undefined ? undefined : info;
    },
    nodeAt: (slot) => bySlot[slot],
    count: (selection) => podCounts.of(selection, everyPod),
    nodesWithImage: (name) => imageNodes.get(name) ?? 0,
    setNode(node) {
      const info = infoFor(node.metadata.name ?? '');
      countImages(info.images, -1);
      if (info.node === undefined) {
        placeInNodes.set(info, nodes.length);
        nodes.push(info);
      }
      info.node = node;
      info.labels = node.metadata.labels ?? NO_LABELS;
      info.taints = node.spec.taints ?? [];
      info.unschedulable = node.spec.unschedulable ?? false;
      info.images = imagesOf(node);
      countImages(info.images, 1);
      resources.setAllocatable(info.slot, node.status?.allocatable);
    },
    removeNode(name) {
      const info = byName.get(name);
      if (info?.node === undefined) return;
      countImages(info.images, -1);
      info.node = undefined;
      info.images = new Map();
      const at = placeInNodes.get(info)!;
      const last = nodes.pop()!;
      if (last !== info) {
        nodes[at] = last;
        placeInNodes.set(last, at);
      }
      placeInNodes.delete(info);
      dropIfEmpty(info);
    },
    setPod(pod, nodeName) {
      removePod(pod.uid);
      const info = infoFor(nodeName);
      info.pods.set(pod.uid, pod);
      if (pod.hostPorts.length > 0) info.podsWithPorts.add(pod);
      places.set(pod.uid, info);
      resources.account(info.slot, pod, 1);
      podCounts.account(info.slot, pod, 1);
    },
    removePod,
    nodeOf: (uid) => places.get(uid),
    nominate: nominations.set,
    nominatedOn: nominations.on,
    setNamespaceLabels(name, labels) {
      if (labels === undefined) namespaces.delete(name);
      else namespaces.set(name, labels);
      podCounts.namespaceChanged();
    },
  };
}
