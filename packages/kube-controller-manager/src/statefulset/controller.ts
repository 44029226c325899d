import {
  type ControllerRevision,
  isTerminating,
  keyOf,
  nameOf,
  type Pod,
  Resources,
  type StatefulSet,
} from '@steersman/api';
import type { Informer } from '@steersman/client';
import type { Reconcile } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { candidatesFor, claimSelected, ownersOf } from '../controller/ownership.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { nextAvailability } from '../pods/pod-state.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { keepHistory, revisionHash, revisionInformer, templateOf, trimHistory } from '../revisions/history.ts';
import { setActor } from './act.ts';
import { planSet, revisionOf } from './plan.ts';
import { statusOf } from './status.ts';

const DEFAULT_HISTORY = 10;

interface Caches {
  readonly sets: Informer<StatefulSet>;
  readonly pods: Informer<Pod>;
  readonly revisions: Informer<ControllerRevision>;
}

/** Observe, plan, act, report: one pass over one StatefulSet. Names are fixed, so a stale cache cannot double a pod. */
export function statefulSetReconciler(context: ControllerContext, { sets, pods, revisions }: Caches): Reconcile {
  const { client, effects } = context;
  const own = client.resource(Resources.statefulSets);
  const act = setActor(client, context.events('statefulset-controller'));

  return async function reconcileStatefulSet(key, signal) {
    const set = sets.get(key) as StatefulSet | undefined;
    if (set === undefined || isTerminating(set)) return 'on-change';
    const { template, selector, revisionHistoryLimit = DEFAULT_HISTORY, minReadySeconds = 0 } = set.spec;
    const collisionCount = set.status?.collisionCount === 0 ? undefined : set.status?.collisionCount;
    const history = await keepHistory(
      client,
      revisions,
      {
        object: set,
        type: Resources.statefulSets,
        template,
        selector,
        historyLimit: revisionHistoryLimit,
        collisionCount,
      },
      signal,
    );
    const known = new Map([...history.old, history.current].map((revision) => [nameOf(revision), revision]));
    const updateRevision = nameOf(history.current);
    const noted = set.status?.currentRevision ?? '';
    const currentRevision = known.has(noted) ? noted : updateRevision;
    const owned = await claimSelected({
      client,
      owner: set,
      ownerType: Resources.statefulSets,
      candidates: candidatesFor(pods, set),
      candidateType: Resources.pods,
      signal,
    });
    const nowMs = effects.clock.now();
    const observed = { set, pods: owned, currentRevision, updateRevision, nowMs };
    const templateOfRevision = (name: string) => templateOf(known.get(name) ?? history.current);
    const failure = await act(set, planSet(observed), templateOfRevision, signal).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const status = statusOf(observed, collisionCount);
    if (!same(status, set.status)) await own.updateStatus({ ...set, status }, { signal });
    if (failure !== undefined) throw failure.error; // After the status, which tells how far it got.
    const used = new Set([...owned.map(revisionOf), currentRevision, updateRevision]);
    const inUse = new Set(history.old.filter((revision) => used.has(nameOf(revision))).map(revisionHash));
    await trimHistory(client, history, inUse, revisionHistoryLimit, signal);
    return nextAvailability(owned, minReadySeconds, nowMs);
  };
}

export const statefulSetController: Controller = {
  name: 'statefulset-controller',
  alias: 'statefulset',
  account: 'statefulset-controller',
  async run(context, signal) {
    const { informers, config } = context;
    const sets = informers.informer(Resources.statefulSets, { project: withoutManagedFields<StatefulSet> });
    const caches = { sets, pods: podInformer(informers), revisions: revisionInformer(informers) };
    await runLoop(
      context,
      {
        name: 'statefulset',
        concurrencyMax: config.concurrentStatefulSetSyncs,
        reconcile: statefulSetReconciler(context, caches),
        connect: (queue) => {
          enqueueOn(sets, queue, (change) => [keyOf(objectOf(change))]);
          enqueueOn(caches.pods, queue, (change) => ownersOf(change, 'StatefulSet', sets));
        },
      },
      signal,
    );
  },
};
