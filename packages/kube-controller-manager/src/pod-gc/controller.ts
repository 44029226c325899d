import {
  formatTime,
  isNotFound,
  isPodFinished,
  isTerminating,
  type Node,
  nameOf,
  namespaceOf,
  type Pod,
  parseTime,
  Resources,
} from '@steersman/api';
import { deleteExactly } from '@steersman/client';
import type { Controller } from '../controller/contract.ts';
import { runPeriodically } from '../controller/run.ts';
import { nodeInformer, readyCondition } from '../nodes/node-view.ts';
import { podInformer } from '../pods/pod-view.ts';

/** Upstream's pauses: between sweeps, and before a node that seems gone is believed to be. */
const SWEEP_MS = 20_000;
const QUARANTINE_MS = 40_000;
const OUT_OF_SERVICE_TAINT = 'node.kubernetes.io/out-of-service';

function createdAt({ metadata }: Pod): number {
  return parseTime(metadata.creationTimestamp ?? '') || 0;
}

/** The oldest finished pods beyond the threshold; none when the threshold is 0. */
export function surplusFinished(pods: readonly Pod[], threshold: number): readonly Pod[] {
  if (threshold <= 0) return [];
  const finished = pods.filter((pod) => isPodFinished(pod) && !isTerminating(pod));
  return finished.toSorted((a, b) => createdAt(a) - createdAt(b)).slice(0, Math.max(0, finished.length - threshold));
}

/** Pods that nobody will ever remove: deleted before they got a node, or on a node taken out of service. */
export function abandoned(pods: readonly Pod[], nodeOf: (name: string) => Node | undefined): readonly Pod[] {
  return pods.filter((pod) => {
    if (!isTerminating(pod)) return false;
    const { nodeName } = pod.spec;
    if (nodeName === undefined || nodeName === '') return true;
    const node = nodeOf(nodeName);
    const outOfService = node?.spec.taints?.some(({ key }) => key === OUT_OF_SERVICE_TAINT) === true;
    return outOfService && node !== undefined && readyCondition(node)?.status !== 'True';
  });
}

/** Removes pods that nobody else will: of vanished nodes, never scheduled, and finished ones beyond a threshold. */
export const podGcController: Controller = {
  name: 'pod-garbage-collector-controller',
  alias: 'podgc',
  account: 'pod-garbage-collector',
  async run(context, signal) {
    const { client, informers, effects, config } = context;
    const pods = podInformer(informers);
    const nodes = nodeInformer(informers);
    const requests = client.resource(Resources.pods);
    const missingSince = new Map<string, number>();

    async function failAndDelete(pod: Pod, condition: { reason: string; message: string } | undefined): Promise<void> {
      const at = { namespace: namespaceOf(pod), name: nameOf(pod) };
      const now = formatTime(effects.clock.now());
      const conditions =
        condition === undefined
          ? {}
          : { conditions: [{ type: 'DisruptionTarget', status: 'True', lastTransitionTime: now, ...condition }] };
      try {
        if (!isPodFinished(pod)) {
          const body = { metadata: { uid: pod.metadata.uid }, status: { phase: 'Failed', ...conditions } };
          await requests.patch(at, { type: 'strategic', body }, { subresource: 'status', signal });
        }
        await deleteExactly(requests, pod, { gracePeriodSeconds: 0, signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }

    /** Nodes that pods name and that have been missing for long enough, also by the server's own word. */
    async function vanishedNodes(all: readonly Pod[]): Promise<ReadonlySet<string>> {
      const named = new Set(
        all.map(({ spec }) => spec.nodeName ?? '').filter((name) => name !== '' && nodes.get(name) === undefined),
      );
      for (const name of missingSince.keys()) if (!named.has(name)) missingSince.delete(name);
      const vanished = new Set<string>();
      for (const name of named) {
        const since = missingSince.get(name) ?? effects.clock.monotonic();
        missingSince.set(name, since);
        if (effects.clock.monotonic() - since < QUARANTINE_MS) continue;
        if ((await client.resource(Resources.nodes).find({ name }, { signal })) === undefined) vanished.add(name);
      }
      return vanished;
    }

    async function sweep(): Promise<void> {
      const all = pods.list() as readonly Pod[];
      for (const pod of surplusFinished(all, config.terminatedPodGcThreshold)) await failAndDelete(pod, undefined);
      const vanished = await vanishedNodes(all);
      for (const pod of all) {
        if (vanished.has(pod.spec.nodeName ?? ''))
          await failAndDelete(pod, { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' });
      }
      for (const pod of abandoned(all, (name) => nodes.get(name) as Node | undefined))
        await failAndDelete(pod, undefined);
    }

    await runPeriodically(context, 'pod-garbage-collector-controller', SWEEP_MS, sweep, signal);
  },
};
