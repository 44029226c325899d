import {
  controllerOf,
  type Deployment,
  keyOf,
  labelSelectorMatcher,
  namespaceOf,
  type OwnerReference,
  type Pod,
  type PodDisruptionBudget,
  parseTime,
  type ReplicaSet,
  type ReplicationController,
  Resources,
  type StatefulSet,
} from '@steersman/api';
import type { Change, Informer, Informers } from '@steersman/client';
import type { NextPass } from '@steersman/machinery';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { replicaSetInformer } from '../replicaset/controller.ts';
import { DISRUPTION_TIMEOUT_MS, pendingDisruptions, statusOf } from './plan.ts';

type Scaled = { readonly metadata: Deployment['metadata']; readonly spec: { readonly replicas?: number | undefined } };

/** Answers how many pods an owner is meant to have; a ReplicaSet of a Deployment answers for the whole Deployment. */
function scales(informers: Informers) {
  const replicaSets = replicaSetInformer(informers);
  const byKind: Readonly<Record<string, Informer<Scaled>>> = {
    ReplicaSet: replicaSets as unknown as Informer<Scaled>,
    Deployment: informers.informer(Resources.deployments, {
      project: withoutManagedFields<Deployment>,
    }) as unknown as Informer<Scaled>,
    StatefulSet: informers.informer(Resources.statefulSets, {
      project: withoutManagedFields<StatefulSet>,
    }) as unknown as Informer<Scaled>,
    ReplicationController: informers.informer(Resources.replicationControllers, {
      project: withoutManagedFields<ReplicationController>,
    }) as unknown as Informer<Scaled>,
  };
  const find = (namespace: string, owner: OwnerReference): Scaled | undefined => {
    const found = byKind[owner.kind]?.get(`${namespace}/${owner.name}`) as Scaled | undefined;
    return found?.metadata.uid === owner.uid ? found : undefined;
  };
  return function scaleOf(pods: readonly Pod[]): number {
    const owners = new Map<string, number>();
    for (const pod of pods) {
      const owner = controllerOf(pod);
      let found = owner === undefined ? undefined : find(namespaceOf(pod), owner);
      const above = found === undefined ? undefined : controllerOf(found as unknown as ReplicaSet);
      if (above !== undefined) found = find(namespaceOf(pod), above) ?? found;
      if (found !== undefined) owners.set(found.metadata.uid ?? '', found.spec.replicas ?? 1);
    }
    return [...owners.values()].reduce((sum, replicas) => sum + replicas, 0);
  };
}

function selectorOf({ spec }: PodDisruptionBudget) {
  return labelSelectorMatcher(spec.selector);
}

/** The budgets that a pod counts for, before or after a change. */
function keysOfPod(change: Change<Pod>, budgets: Informer<PodDisruptionBudget>): readonly string[] {
  const versions = change.kind === 'updated' ? [change.object, change.previous] : [objectOf(change)];
  const [newest] = versions;
  if (newest === undefined) return [];
  const concerned = (budgets.list(namespaceOf(newest)) as readonly PodDisruptionBudget[]).filter((budget) => {
    const selector = selectorOf(budget);
    return versions.some(({ metadata }) => selector.matches(metadata.labels));
  });
  return concerned.map(keyOf);
}

/** Keeps the status of PodDisruptionBudgets, which evictions are granted by. */
export const disruptionController: Controller = {
  name: 'disruption-controller',
  alias: 'disruption',
  account: 'disruption-controller',
  async run(context, signal) {
    const { client, informers, effects } = context;
    const budgets = informers.informer(Resources.podDisruptionBudgets, {
      project: withoutManagedFields<PodDisruptionBudget>,
    });
    const pods = podInformer(informers);
    const scaleOf = scales(informers);
    const requests = client.resource(Resources.podDisruptionBudgets);

    async function reconcile(key: string): Promise<NextPass> {
      const budget = budgets.get(key) as PodDisruptionBudget | undefined;
      if (budget === undefined) return 'on-change';
      const selector = selectorOf(budget);
      const selected = (pods.list(namespaceOf(budget)) as readonly Pod[]).filter(({ metadata }) =>
        selector.matches(metadata.labels),
      );
      const nowMs = effects.clock.now();
      const status = statusOf({ budget, pods: selected, scale: scaleOf(selected), nowMs });
      if (!same(status, budget.status)) await requests.updateStatus({ ...budget, status }, { signal });
      const ends = Object.values(pendingDisruptions({ budget, pods: selected, nowMs })).map(
        (time) => parseTime(time) + DISRUPTION_TIMEOUT_MS - nowMs,
      );
      return ends.length === 0 ? 'on-change' : { afterMs: Math.min(...ends) };
    }

    await runLoop(
      context,
      {
        name: 'disruption',
        reconcile,
        connect: (queue) => {
          enqueueOn(budgets, queue, (change) => [keyOf(objectOf(change))]);
          enqueueOn(pods, queue, (change) => keysOfPod(change, budgets));
        },
      },
      signal,
    );
  },
};
