import { isPodFinished, type Namespace, type Node, type Pod, Resources } from '@steersman/api';
import type { Change, Informers } from '@steersman/client';
import type { ClusterEvent } from './contract.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';
import type { ClusterState } from './state/cluster-state.ts';
import { nodeChanges } from './state/node-changes.ts';
import { type PodInfo, podInfoOf } from './state/pod-info.ts';
import { slimPod } from './state/slim-pod.ts';

export interface WatchClusterOptions {
  readonly informers: Informers;
  readonly cluster: ClusterState;
  readonly queue: SchedulingQueue;
  /** Whether one of our profiles is to schedule the pod. */
  readonly isOurs: (pod: Pod) => boolean;
}

const isAssigned = (pod: Pod) => (pod.spec.nodeName ?? '') !== '';

/** Feeds what informers tell into the cluster state and the queue. */
export function watchCluster({ informers, cluster, queue, isOurs }: WatchClusterOptions): void {
  const move = (event: ClusterEvent) => queue.moveOn(event);

  function assigned(info: PodInfo, nodeName: string): void {
    const before = cluster.nodeOf(info.uid)?.pods.get(info.uid);
    queue.remove(info.uid);
    cluster.setPod(info, nodeName);
    cluster.nominate(info.uid, undefined);
    // An assumed pod was not on its node yet as far as others could rely on it.
    const isNew = before === undefined || !isAssigned(before.pod);
    if (!isNew && !matters(before, info)) return;
    const node = cluster.node(nodeName);
    move({ kind: isNew ? 'AssignedPod/Add' : 'AssignedPod/Update', other: info, ...(node !== undefined && { node }) });
  }

  function gone(uid: string): void {
    queue.remove(uid);
    const node = cluster.nodeOf(uid);
    const before = node?.pods.get(uid);
    cluster.removePod(uid);
    cluster.nominate(uid, undefined);
    if (node !== undefined && before !== undefined) move({ kind: 'AssignedPod/Delete', other: before, node });
  }

  function pod(change: Change<Pod>): void {
    if (change.kind === 'deleted') {
      gone(change.last.metadata.uid ?? '');
      return;
    }
    const { object } = change;
    // Deleted and made anew under the same name, between two looks.
    if (change.kind === 'updated' && change.previous.metadata.uid !== object.metadata.uid)
      gone(change.previous.metadata.uid ?? '');
    const uid = object.metadata.uid ?? '';
    if (isPodFinished(object)) gone(uid);
    else if (isAssigned(object)) assigned(podInfoOf(object), object.spec.nodeName ?? '');
    else if (cluster.nodeOf(uid) !== undefined)
      queue.refresh(podInfoOf(object)); // Its binding is under way.
    else if (isOurs(object)) waiting(podInfoOf(object));
  }

  function waiting(info: PodInfo): void {
    if (info.isTerminating) {
      queue.remove(info.uid);
      return;
    }
    const nominated = info.pod.status?.nominatedNodeName ?? '';
    if (nominated !== '') cluster.nominate(info.uid, { pod: info, nodeName: nominated });
    queue.set(info);
  }

  function node(change: Change<Node>): void {
    if (change.kind === 'deleted') {
      cluster.removeNode(change.last.metadata.name ?? '');
      return;
    }
    cluster.setNode(change.object);
    const now = cluster.node(change.object.metadata.name ?? '');
    const kinds = change.kind === 'added' ? (['Node/Add'] as const) : nodeChanges(change.previous, change.object);
    if (now !== undefined) for (const kind of kinds) move({ kind, node: now });
  }

  function namespace(change: Change<Namespace>): void {
    if (change.kind === 'deleted') cluster.setNamespaceLabels(change.last.metadata.name ?? '', undefined);
    else cluster.setNamespaceLabels(change.object.metadata.name ?? '', change.object.metadata.labels ?? {});
  }

  informers.informer(Resources.namespaces).subscribe((change) => namespace(change as Change<Namespace>));
  informers.informer(Resources.nodes).subscribe((change) => node(change as Change<Node>));
  informers.informer(Resources.pods, { project: slimPod }).subscribe((change) => pod(change as Change<Pod>));
}

/** Whether a pod on a node has changed in a way that pods elsewhere can feel. */
function matters(before: PodInfo, after: PodInfo): boolean {
  return (
    before.isTerminating !== after.isTerminating ||
    JSON.stringify(before.labels) !== JSON.stringify(after.labels) ||
    JSON.stringify(before.requests.core) !== JSON.stringify(after.requests.core)
  );
}
