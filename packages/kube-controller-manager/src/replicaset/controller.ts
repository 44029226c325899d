import {
  controllerOf,
  isTerminating,
  keyOf,
  labelSelectorMatcher,
  namespaceOf,
  type ObjectKey,
  type Pod,
  type ReplicaSet,
  type ReplicaSetStatus,
  Resources,
  type ResourceType,
  splitKey,
} from '@steersman/api';
import { type Change, claim, createExpectations, type Expectations, type Informer } from '@steersman/client';
import type { NextPass, Reconcile, WorkQueue } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { createPodControl } from '../pods/pod-control.ts';
import { availableIn, isActive, isFinished } from '../pods/pod-state.ts';
import { candidatesFor, podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { scalingActor } from './act.ts';
import { planScaling } from './plan.ts';
import { statusOf } from './status.ts';

/** ReplicaSets by the UID of their own controller, so that a deployment's other ReplicaSets are found. */
const indexes = {
  controller: (replicaSet: ReplicaSet) => {
    const owner = controllerOf(replicaSet);
    return owner === undefined ? [] : [owner.uid];
  },
  orphan: (replicaSet: ReplicaSet) => (controllerOf(replicaSet) === undefined ? [namespaceOf(replicaSet)] : []),
};

/** The shared copy of the ReplicaSets. */
export function replicaSetInformer(informers: ControllerContext['informers']): Informer<ReplicaSet> {
  return informers.informer(Resources.replicaSets, { project: withoutManagedFields<ReplicaSet>, indexes });
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

/** When a ready pod will have been ready for long enough, the status must be written again. */
function nextPassOf(replicaSet: ReplicaSet, pods: readonly Pod[], nowMs: number): NextPass {
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const waits = pods
    .map((pod) => availableIn(pod, minReadySeconds, nowMs))
    .filter((wait) => wait !== undefined && wait > 0);
  return waits.length === 0 ? 'on-change' : { afterMs: Math.min(...(waits as number[])) };
}

/** What differs between the kinds that keep a number of pods; objects are seen in the shape of a ReplicaSet. */
export interface ReplicaKind {
  readonly type: ResourceType;
  /** The source of its events. */
  readonly component: string;
  find(key: ObjectKey, signal: AbortSignal): Promise<Pick<ReplicaSet, 'metadata'> | undefined>;
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
    find: (key, signal) => own.find(key, { signal }),
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

  async function claimed(replicaSet: ReplicaSet, signal: AbortSignal): Promise<readonly Pod[]> {
    const mayAdopt = async () => {
      const fresh = await kind.find(splitKey(keyOf(replicaSet)), signal);
      return fresh !== undefined && fresh.metadata.uid === replicaSet.metadata.uid && !isTerminating(fresh);
    };
    return claim({
      owner: replicaSet,
      ownerType: kind.type,
      selector: labelSelectorMatcher(replicaSet.spec.selector),
      candidates: candidatesFor(pods, replicaSet).filter((pod) => !isFinished(pod)),
      client: client.resource(Resources.pods),
      mayAdopt,
      signal,
    });
  }

  return async function reconcileReplicaSet(key, signal) {
    const replicaSet = replicaSets.get(key) as ReplicaSet | undefined;
    if (replicaSet === undefined) {
      expectations.forget(key); // Its pods belong to the garbage collector now.
      return 'on-change';
    }
    const settled = expectations.met(key); // Asked before the list, so the list is never the older.
    const owned = await claimed(replicaSet, signal);
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
    return nextPassOf(replicaSet, active, nowMs);
  };
}

/** Keeps the expectations in step with what the cache shows. */
function observe(kind: string, expectations: Expectations, change: Change<Pod>): void {
  const pod = objectOf(change);
  const owner = controllerOf(pod);
  if (owner?.kind !== kind) return;
  const key = `${namespaceOf(pod)}/${owner.name}`;
  if (change.kind === 'added') expectations.creationObserved(key);
  if (change.kind === 'deleted' || isTerminating(pod)) expectations.deletionObserved(key, keyOf(pod));
}

/** The ReplicaSets that a pod's change concerns: its controller, the one before, or who might adopt it. */
function keysOfPod(kind: string, change: Change<Pod>, replicaSets: Informer<ReplicaSet>): readonly string[] {
  const pods = change.kind === 'updated' ? [change.object, change.previous] : [objectOf(change)];
  const keys = new Set<string>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner?.kind === kind) keys.add(`${namespaceOf(pod)}/${owner.name}`);
    if (owner !== undefined || change.kind === 'deleted') continue;
    for (const replicaSet of replicaSets.list(namespaceOf(pod))) {
      if (labelSelectorMatcher(replicaSet.spec.selector).matches(pod.metadata.labels ?? {}))
        keys.add(keyOf(replicaSet));
    }
  }
  return [...keys];
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
      observe(ownerKind, expectations, change);
      return keysOfPod(ownerKind, change, replicaSets);
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
