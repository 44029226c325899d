import { type Deployment, isPodFinished, keyOf, type Pod, type ReplicaSet, Resources } from '@steersman/api';
import type { Change, Informer } from '@steersman/client';
import type { NextPass, Reconcile } from '@steersman/machinery';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { candidatesFor, claimSelected, controllerKeyOf, ownersOf } from '../controller/ownership.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { same } from '../controller/same.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';
import { replicaSetInformer } from '../replicaset/controller.ts';
import { rolloutActor } from './act.ts';
import { planRollout } from './plan.ts';
import { conditionOf, deadlineOf, hasDeadline } from './progress.ts';
import { newReplicaSetOf, REVISION } from './revision.ts';
import { statusOf } from './status.ts';

/** Looks again just after the progress deadline, so that the condition is written when it passes. */
const AFTER_DEADLINE_MS = 1_000;

function hasEmptySelector({ spec }: Deployment): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector;
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

interface Caches {
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
}

/** Observe, plan, act, report: one pass over one Deployment. */
export function deploymentReconciler(
  context: ControllerContext,
  { deployments, replicaSets, pods }: Caches,
): Reconcile {
  const { client, effects } = context;
  const own = client.resource(Resources.deployments);
  const events = context.events('deployment-controller');
  const act = rolloutActor(client, events);

  /** Whether a pod of a ReplicaSet other than the new one still runs or may. */
  function oldPodsRunning(deployment: Deployment, owned: readonly ReplicaSet[]): boolean {
    const newOne = newReplicaSetOf(deployment, owned);
    return owned.some(
      (replicaSet) =>
        replicaSet !== newOne &&
        pods.byIndex('controller', replicaSet.metadata.uid ?? '').some((pod) => !isPodFinished(pod as Pod)),
    );
  }

  /** `kubectl rollout history` reads the deployment's revision from its annotation. */
  async function noteRevision(
    deployment: Deployment,
    newReplicaSet: ReplicaSet | undefined,
    signal: AbortSignal,
  ): Promise<Deployment> {
    const revision = newReplicaSet?.metadata.annotations?.[REVISION];
    if (revision === undefined || deployment.metadata.annotations?.[REVISION] === revision) return deployment;
    const annotations = { ...deployment.metadata.annotations, [REVISION]: revision };
    const { metadata } = await own.update(
      { ...deployment, metadata: { ...deployment.metadata, annotations } },
      { signal },
    );
    return { ...deployment, metadata };
  }

  function nextPassOf(deployment: Deployment, status: Deployment['status'], nowMs: number): NextPass {
    const deadline = deadlineOf(deployment, conditionOf(status, 'Progressing'));
    const exceeded = conditionOf(status, 'Progressing')?.reason === 'ProgressDeadlineExceeded';
    if (deadline === undefined || !hasDeadline(deployment) || exceeded || deployment.spec.paused === true)
      return 'on-change';
    return { afterMs: Math.max(0, deadline - nowMs) + AFTER_DEADLINE_MS };
  }

  return async function reconcileDeployment(key, signal) {
    const deployment = deployments.get(key) as Deployment | undefined;
    if (deployment === undefined) return 'on-change';
    if (hasEmptySelector(deployment)) {
      events.event(
        deployment,
        'Warning',
        'SelectingAll',
        'This deployment is selecting all pods. A non-empty selector is required.',
      );
      return 'on-change';
    }
    const owned = await claimSelected({
      client,
      owner: deployment,
      ownerType: Resources.deployments,
      candidates: candidatesFor(replicaSets, deployment),
      candidateType: Resources.replicaSets,
      signal,
    });
    const plan = planRollout({ deployment, replicaSets: owned, oldPodsRunning: oldPodsRunning(deployment, owned) });
    const outcome = await act(deployment, plan.steps, signal);
    const noted = await noteRevision(deployment, plan.newReplicaSet, signal);
    const nowMs = effects.clock.now();
    const status = statusOf({
      deployment,
      newReplicaSet: plan.newReplicaSet,
      oldReplicaSets: plan.oldReplicaSets,
      created: outcome.created,
      createFailure: outcome.createFailure?.message,
      collisionCount: outcome.collisionCount ?? deployment.status?.collisionCount,
      nowMs,
    });
    if (!same(status, deployment.status)) await own.updateStatus({ ...noted, status }, { signal });
    if (outcome.createFailure !== undefined) throw outcome.createFailure.cause; // Reported; thrown so that the queue backs off.
    return nextPassOf(deployment, status, nowMs);
  };
}

/** Recreate waits for the last old pod: its going is the only change that says so. */
function keysOfPod(change: Change<Pod>, replicaSets: Informer<ReplicaSet>): readonly string[] {
  const pod = objectOf(change);
  const owner = controllerKeyOf(pod, 'ReplicaSet');
  if (owner === undefined || (change.kind !== 'deleted' && !isPodFinished(pod))) return [];
  const replicaSet = replicaSets.get(owner) as ReplicaSet | undefined;
  const deployment = replicaSet && controllerKeyOf(replicaSet, 'Deployment');
  return deployment === undefined ? [] : [deployment];
}

export const deploymentController: Controller = {
  name: 'deployment-controller',
  alias: 'deployment',
  account: 'deployment-controller',
  async run(context, signal) {
    const deployments = context.informers.informer(Resources.deployments, {
      project: withoutManagedFields<Deployment>,
    });
    const replicaSets = replicaSetInformer(context.informers);
    const pods = podInformer(context.informers);
    await runLoop(
      context,
      {
        name: 'deployment',
        concurrencyMax: context.config.concurrentDeploymentSyncs,
        reconcile: deploymentReconciler(context, { deployments, replicaSets, pods }),
        connect: (queue) => {
          enqueueOn(deployments, queue, (change) => [keyOf(objectOf(change))]);
          enqueueOn(replicaSets, queue, (change) => ownersOf(change, 'Deployment', deployments));
          enqueueOn(pods, queue, (change) => keysOfPod(change, replicaSets));
        },
      },
      signal,
    );
  },
};
