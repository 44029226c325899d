import type { PodInfo } from './pod-info.ts';

interface Nomination {
  readonly pod: PodInfo;
  readonly nodeName: string;
}

/** Which node was cleared for which pod. A pod has at most one such node. */
export interface Nominations {
  set(uid: string, nomination: Nomination | undefined): void;
  on(nodeName: string): readonly PodInfo[];
}

const NONE: readonly PodInfo[] = [];

export function createNominations(): Nominations {
  const byUid = new Map<string, Nomination>();
  const byNode = new Map<string, readonly PodInfo[]>();
  return {
    set(uid, nomination) {
      const before = byUid.get(uid);
      if (before !== undefined) {
        const others = (byNode.get(before.nodeName) ?? NONE).filter((pod) => pod.uid !== uid);
        if (others.length === 0) byNode.delete(before.nodeName);
        else byNode.set(before.nodeName, others);
        byUid.delete(uid);
      }
      if (nomination === undefined) return;
      byUid.set(uid, nomination);
      byNode.set(nomination.nodeName, [...(byNode.get(nomination.nodeName) ?? NONE), nomination.pod]);
    },
    on: (nodeName) => byNode.get(nodeName) ?? NONE,
  };
}
