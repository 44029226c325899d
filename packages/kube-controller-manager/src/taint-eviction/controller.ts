import {
  formatTime,
  isNotFound,
  isPodFinished,
  isTerminating,
  keyOf,
  type Node,
  nameOf,
  namespaceOf,
  type Pod,
  Resources,
} from '@steersman/api';
import { deleteExactly } from '@steersman/client';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { nodeInformer } from '../nodes/node-view.ts';
import { podInformer } from '../pods/pod-view.ts';
import { planEviction } from './plan.ts';

function noExecuteTaints({ spec }: Node) {
  return (spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
}

/** Deletes pods from nodes with NoExecute taints, when their tolerations have run out. */
export const taintEvictionController: Controller = {
  name: 'taint-eviction-controller',
  alias: 'taint-eviction-controller',
  account: 'node-controller',
  async run(context, signal) {
    const { client, informers, effects } = context;
    const nodes = nodeInformer(informers);
    const pods = podInformer(informers);
    const requests = client.resource(Resources.pods);
    const events = context.events('taint-eviction-controller');
    const firstSeen = new Map<string, number>();

    async function evict(pod: Pod): Promise<void> {
      const at = { namespace: namespaceOf(pod), name: nameOf(pod) };
      events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`);
      const now = formatTime(effects.clock.now());
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
        lastTransitionTime: now,
      };
      try {
        await requests.patch(
          at,
          { type: 'strategic', body: { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } } },
          { subresource: 'status', signal },
        );
        await deleteExactly(requests, pod, { signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }

    async function reconcilePod(key: string) {
      const pod = pods.get(key) as Pod | undefined;
      const node = pod?.spec.nodeName === undefined ? undefined : (nodes.get(pod.spec.nodeName) as Node | undefined);
      if (
        pod === undefined ||
        isTerminating(pod) ||
        isPodFinished(pod) ||
        node === undefined ||
        noExecuteTaints(node).length === 0
      ) {
        firstSeen.delete(key);
        return 'on-change';
      }
      const nowMs = effects.clock.now();
      const seenMs = firstSeen.get(key) ?? nowMs;
      firstSeen.set(key, seenMs);
      const eviction = planEviction(pod, node, seenMs);
      if (eviction.kind === 'stay') return 'on-change';
      if (eviction.atMs > nowMs) return { afterMs: eviction.atMs - nowMs };
      await evict(pod);
      return 'on-change';
    }

    await runLoop(
      context,
      {
        name: 'taint_eviction',
        reconcile: reconcilePod,
        connect: (queue) => {
          enqueueOn(pods, queue, (change) => [keyOf(objectOf(change))]);
          enqueueOn(nodes, queue, (change) => {
            const unchanged =
              change.kind === 'updated' && same(noExecuteTaints(change.object), noExecuteTaints(change.previous));
            return unchanged ? [] : pods.byIndex('node', nameOf(objectOf(change))).map((pod) => keyOf(pod));
          });
        },
      },
      signal,
    );
  },
};
