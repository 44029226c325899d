import {
  type ControllerRevision,
  type DaemonSet,
  isTerminating,
  keyOf,
  type Node,
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
import { createPodControl } from '../pods/pod-control.ts';
import { nextAvailability } from '../pods/pod-state.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { keepHistory, REVISION_LABEL, revisionHash, revisionInformer, trimHistory } from '../revisions/history.ts';
import { daemonActor } from './act.ts';
import { type Observed, planDaemons } from './plan.ts';
import { statusOf } from './status.ts';

const DEFAULT_HISTORY = 10;

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
  const act = daemonActor(createPodControl(client, context.events('daemonset-controller')), expectations);

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
