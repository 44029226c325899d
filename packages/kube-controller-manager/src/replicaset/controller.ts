import {
  controllerOf,
  isPodFinished,
  keyOf,
  type Pod,
  type ReplicaSet,
  type ReplicaSetStatus,
  Resources,
  type ResourceType,
} from '@steersman/api';
import { createExpectations, type Expectations, type Informer } from '@steersman/client';
import type { Reconcile, WorkQueue } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { candidatesFor, claimSelected, observe, ownershipIndexes, ownersOf } from '../controller/ownership.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { createPodControl } from '../pods/pod-control.ts';
import { isActive, nextAvailability } from '../pods/pod-state.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { scalingActor } from './act.ts';
import { planScaling } from './plan.ts';
import { statusOf } from './status.ts';

/** The shared copy of the ReplicaSets. */
export function replicaSetInformer(informers: ControllerContext['informers']): Informer<ReplicaSet> {
  return informers.informer(Resources.replicaSets, {
    project: withoutManagedFields<ReplicaSet>,
    indexes: ownershipIndexes,
  });
}

/** Active pods per node of all ReplicaSets with the same controller. */
function neighboursOf(
  replicaSet: ReplicaSet,
  replicaSets: Informer<ReplicaSet>,
  pods: Informer<Pod>,
): ReadonlyMap<string, number> {
  const owner = controllerOf(replicaSet);
  const family = owner === undefined ? [replicaSet] : replicaSets.byIndex('controller', owner.uid);
  const counts = new Map<string, number>();
  for (const { metadata } of family) {
    for (const pod of pods.byIndex('controller', metadata.uid ?? '')) {
      const node = pod.spec.nodeName ?? '';
      if (isActive(pod as Pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
  }
  return counts;
}

/** What differs between the kinds that keep a number of pods; objects are seen in the shape of a ReplicaSet. */
export interface ReplicaKind {
  readonly type: ResourceType;
  /** The source of its events. */
  readonly component: string;
  /** The part of a status that this kind has. */
  statusOf(status: ReplicaSetStatus): ReplicaSetStatus;
  writeStatus(object: ReplicaSet, status: ReplicaSetStatus, signal: AbortSignal): Promise<void>;
}

/** ReplicaSets themselves. */
export function replicaSetKind({ client }: ControllerContext): ReplicaKind {
  const own = client.resource(Resources.replicaSets);
  return {
    type: Resources.replicaSets,
    component: 'replicaset-controller',
    statusOf: (status) => status,
    async writeStatus(replicaSet, status, signal) {
      await own.updateStatus({ ...replicaSet, status }, { signal });
    },
  };
}

/** Observe, plan, act, report: one pass over one object that keeps a number of pods. */
export function replicaSetReconciler(
  context: ControllerContext,
  kind: ReplicaKind,
  pods: Informer<Pod>,
  replicaSets: Informer<ReplicaSet>,
  expectations: Expectations,
): Reconcile {
  const { client, effects } = context;
  const act = scalingActor(createPodControl(client, context.events(kind.component)), expectations, kind.type);

  return async function reconcileReplicaSet(key, signal) {
    const replicaSet = replicaSets.get(key) as ReplicaSet | undefined;
    if (replicaSet === undefined) {
      expectations.forget(key); // Its pods belong to the garbage collector now.
      return 'on-change';
    }
    const settled = expectations.met(key); // Asked before the list, so the list is never the older.
    const owned = await claimSelected({
      client,
      owner: replicaSet,
      ownerType: kind.type,
      candidates: candidatesFor(pods, replicaSet).filter((pod) => !isPodFinished(pod)),
      candidateType: Resources.pods,
      signal,
    });
    const active = owned.filter(isActive);
    const nowMs = effects.clock.now();
    const scaling = planScaling({
      replicaSet,
      pods: active,
      neighbours: neighboursOf(replicaSet, replicaSets, pods),
      settled,
      nowMs,
    });
    const failure = await act(scaling, replicaSet, signal);
    const terminating = owned.length - active.length;
    const status = kind.statusOf(statusOf({ replicaSet, pods: active, terminating, failure, nowMs }));
    if (!same(status, replicaSet.status)) await kind.writeStatus(replicaSet, status, signal);
    if (failure !== undefined) throw failure.cause; // Already reported; thrown so that the queue backs off.
    return nextAvailability(active, replicaSet.spec.minReadySeconds ?? 0, nowMs);
  };
}

/** The loop over all objects of one kind. */
export async function runReplicaLoop(
  context: ControllerContext,
  kind: ReplicaKind,
  replicaSets: Informer<ReplicaSet>,
  loop: { readonly name: string; readonly concurrencyMax: number },
  signal: AbortSignal,
): Promise<void> {
  const pods = podInformer(context.informers);
  const expectations = createExpectations(context.effects.clock);
  const ownerKind = kind.type.kind;
  const reconcile = replicaSetReconciler(context, kind, pods, replicaSets, expectations);
  const connect = (queue: WorkQueue) => {
    enqueueOn(replicaSets, queue, (change) => {
      // What comes back under the same name is another object, with nothing outstanding.
      if (change.kind === 'deleted') expectations.forget(keyOf(change.last));
      return [keyOf(objectOf(change))];
    });
    enqueueOn(pods, queue, (change) => {
      observe(expectations, change, ownerKind);
      return ownersOf(change, ownerKind, replicaSets);
    });
  };
  await runLoop(context, { ...loop, reconcile, connect }, signal);
}

export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  alias: 'replicaset',
  account: 'replicaset-controller',
  run: (context, signal) =>
    runReplicaLoop(
      context,
      replicaSetKind(context),
      replicaSetInformer(context.informers),
      { name: 'replicaset', concurrencyMax: context.config.concurrentReplicaSetSyncs },
      signal,
    ),
};
