import {
  type ControllerRevision,
  type DaemonSet,
  type DaemonSetStatus,
  isNotFound,
  isTerminating,
  keyOf,
  type Node,
  nameOf,
  type Pod,
  Resources,
} from '@steersman/api';
import { createExpectations, type Expectations, type Informer } from '@steersman/client';
import type { Reconcile } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { candidatesFor, claimSelected, observe, ownersOf } from '../controller/ownership.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { nodeInformer } from '../nodes/node-view.ts';
import { createExpected } from '../pods/expected.ts';
import { createPodControl, podFromTemplate } from '../pods/pod-control.ts';
import { isAvailable, isReady, nextAvailability } from '../pods/pod-state.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { keepHistory, REVISION_LABEL, revisionHash, revisionInformer, trimHistory } from '../revisions/history.ts';
import { affinityFor, fitOf, tolerationsOf } from './nodes.ts';
import { type DaemonPlan, isUpdated, type Observed, planDaemons, podsByNode } from './plan.ts';

const DEFAULT_HISTORY = 10;
const GENERATION_LABEL = 'pod-template-generation';

/** The pod for one node: the template, the revision it is of, and an affinity that only that node satisfies. */
export function podForNode(daemonSet: DaemonSet, nodeName: string, hash: string): Pod {
  const pod = podFromTemplate(daemonSet.spec.template, daemonSet, Resources.daemonSets);
  const generation = daemonSet.metadata.annotations?.['deprecated.daemonset.template.generation'];
  const labels = {
    ...pod.metadata.labels,
    [REVISION_LABEL]: hash,
    ...(generation === undefined ? {} : { [GENERATION_LABEL]: generation }),
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: { ...pod.spec, affinity: affinityFor(daemonSet, nodeName), tolerations: tolerationsOf(daemonSet) },
  };
}

/** The numbers that `kubectl get daemonset` shows. */
export function statusOf(
  { daemonSet, nodes, pods, hash, nowMs }: Observed,
  collisionCount: number | undefined,
): DaemonSetStatus {
  const byNode = podsByNode(pods.filter((pod) => !isTerminating(pod)));
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
  let [desired, current, misscheduled, ready, updated, available] = [0, 0, 0, 0, 0, 0];
  for (const node of nodes) {
    const own = byNode.get(nameOf(node)) ?? [];
    if (!fitOf(daemonSet, node).shouldRun) {
      if (own.length > 0) misscheduled += 1;
      continue;
    }
    desired += 1;
    if (own.length === 0) continue;
    current += 1;
    if (own.some(isReady)) ready += 1;
    if (own.some((pod) => isAvailable(pod, minReadySeconds, nowMs))) available += 1;
    if (own.some((pod) => isUpdated(pod, hash))) updated += 1;
  }
  const unavailable = desired - available;
  return {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: daemonSet.metadata.generation ?? 0,
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
    ...(available === 0 ? {} : { numberAvailable: available }),
    ...(unavailable === 0 ? {} : { numberUnavailable: unavailable }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

interface Caches {
  readonly daemonSets: Informer<DaemonSet>;
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly revisions: Informer<ControllerRevision>;
}

/** Observe, plan, act, report: one pass over one DaemonSet. */
export function daemonSetReconciler(
  context: ControllerContext,
  { daemonSets, pods, nodes, revisions }: Caches,
  expectations: Expectations,
): Reconcile {
  const { client, effects } = context;
  const own = client.resource(Resources.daemonSets);
  const control = createPodControl(client, context.events('daemonset-controller'));

  async function act(plan: DaemonPlan, daemonSet: DaemonSet, hash: string, signal: AbortSignal): Promise<unknown> {
    const key = keyOf(daemonSet);
    expectations.expectDeletions(key, plan.delete.map(keyOf));
    const { failure } = await createExpected(expectations, daemonSet, plan.create.length, (at) =>
      control.create(podForNode(daemonSet, plan.create[at] ?? '', hash), daemonSet, signal),
    );
    let failed = failure;
    for (const pod of plan.delete) {
      await control.delete(pod, daemonSet, signal).catch((error: unknown) => {
        expectations.deletionObserved(key, keyOf(pod));
        if (!isNotFound(error)) failed ??= error;
      });
    }
    return failed;
  }

  return async function reconcileDaemonSet(key, signal) {
    const daemonSet = daemonSets.get(key) as DaemonSet | undefined;
    if (daemonSet === undefined) {
      expectations.forget(key);
      return 'on-change';
    }
    if (isTerminating(daemonSet)) return 'on-change';
    const settled = expectations.met(key); // Asked before the list, so the list is never the older.
    const { template, selector, revisionHistoryLimit = DEFAULT_HISTORY } = daemonSet.spec;
    const { collisionCount } = daemonSet.status ?? {};
    const history = await keepHistory(
      client,
      revisions,
      {
        object: daemonSet,
        type: Resources.daemonSets,
        template,
        selector,
        historyLimit: revisionHistoryLimit,
        collisionCount,
      },
      signal,
    );
    const owned = await claimSelected({
      client,
      owner: daemonSet,
      ownerType: Resources.daemonSets,
      candidates: candidatesFor(pods, daemonSet),
      candidateType: Resources.pods,
      signal,
    });
    const nowMs = effects.clock.now();
    const observed: Observed = {
      daemonSet,
      pods: owned,
      nodes: nodes.list() as readonly Node[],
      hash: revisionHash(history.current),
      settled,
      nowMs,
    };
    const failure = await act(planDaemons(observed), daemonSet, observed.hash, signal);
    const status = statusOf(observed, collisionCount);
    if (!same(status, daemonSet.status)) await own.updateStatus({ ...daemonSet, status }, { signal });
    await trimHistory(
      client,
      history,
      new Set(owned.map(({ metadata }) => metadata.labels?.[REVISION_LABEL] ?? '')),
      revisionHistoryLimit,
      signal,
    );
    if (failure !== undefined) throw failure;
    return nextAvailability(owned, daemonSet.spec.minReadySeconds ?? 0, nowMs);
  };
}

/** What of a node decides where daemons run. */
function placement({ metadata, spec }: Node): string {
  return JSON.stringify([metadata.labels, spec.taints, spec.unschedulable]);
}

export const daemonSetController: Controller = {
  name: 'daemonset-controller',
  alias: 'daemonset',
  account: 'daemon-set-controller',
  async run(context, signal) {
    const { informers, effects, config } = context;
    const daemonSets = informers.informer(Resources.daemonSets, { project: withoutManagedFields<DaemonSet> });
    const caches = {
      daemonSets,
      pods: podInformer(informers),
      nodes: nodeInformer(informers),
      revisions: revisionInformer(informers),
    };
    const expectations = createExpectations(effects.clock);
    await runLoop(
      context,
      {
        name: 'daemonset',
        concurrencyMax: config.concurrentDaemonSetSyncs,
        reconcile: daemonSetReconciler(context, caches, expectations),
        connect: (queue) => {
          enqueueOn(daemonSets, queue, (change) => [keyOf(objectOf(change))]);
          enqueueOn(caches.pods, queue, (change) => {
            observe(expectations, change, 'DaemonSet');
            return ownersOf(change, 'DaemonSet', daemonSets);
          });
          enqueueOn(caches.nodes, queue, (change) => {
            const unchanged = change.kind === 'updated' && placement(change.object) === placement(change.previous);
            return unchanged ? [] : daemonSets.list().map((daemonSet) => keyOf(daemonSet));
          });
        },
      },
      signal,
    );
  },
};
