import type { ClusterState } from './cluster-state.ts';
import type { PodInfo } from './pod-info.ts';

/** Asks a question of the cluster as it would be with pods added to or removed from a node; it is as before afterwards. */
export function withPods<T>(
  cluster: ClusterState,
  nodeName: string,
  change: { readonly added?: readonly PodInfo[]; readonly removed?: readonly PodInfo[] },
  ask: () => T,
): T {
  const { added = [], removed = [] } = change;
  for (const pod of added) cluster.setPod(pod, nodeName);
  for (const pod of removed) cluster.removePod(pod.uid);
  try {
    return ask();
  } finally {
    for (const pod of added) cluster.removePod(pod.uid);
    for (const pod of removed) cluster.setPod(pod, nodeName);
  }
}
