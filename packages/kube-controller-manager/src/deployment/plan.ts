import { type Deployment, isTerminating, type ReplicaSet } from '@steersman/api';
import { same } from '../controller/same.ts';
import { isComplete } from './progress.ts';
import { planScale } from './proportional.ts';
import { desiredReplicasOf, newAnnotations, newReplicaSetOf, replicasAnnotations, revisionOf } from './revision.ts';
import { newSize, planOldSizes } from './rolling.ts';
import { type Resize, reported, sizeOf } from './sizes.ts';

export interface Observed {
  readonly deployment: Deployment;
  /** Owned by the deployment. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Whether a pod of an old ReplicaSet may still be running; Recreate waits for it. */
  readonly oldPodsRunning: boolean;
}
export type Step =
  | { readonly kind: 'create'; readonly replicas: number; readonly revision: number }
  /** Brings the new ReplicaSet's annotations and minReadySeconds in line. */
  | { readonly kind: 'adjust'; readonly replicaSet: ReplicaSet; readonly annotations: Readonly<Record<string, string>> }
  | ({ readonly kind: 'resize' } & Resize)
  | { readonly kind: 'delete'; readonly replicaSet: ReplicaSet };

export interface Plan {
  readonly newReplicaSet: ReplicaSet | undefined;
  readonly oldReplicaSets: readonly ReplicaSet[];
  readonly steps: readonly Step[];
}

/** ReplicaSets that do not have their size yet, or lack the annotations that say what they were sized for. */
function resizes(deployment: Deployment, wanted: readonly Resize[]): readonly Step[] {
  const noted = replicasAnnotations(deployment);
  const differs = ({ replicaSet, replicas }: Resize) =>
    sizeOf(replicaSet) !== replicas ||
    Object.entries(noted).some(([name, value]) => replicaSet.metadata.annotations?.[name] !== value);
  return wanted.filter(differs).map((resize) => ({ kind: 'resize', ...resize }));
}

/** Old ReplicaSets beyond the history limit that nothing uses any more, oldest revision first. */
function planCleanup(deployment: Deployment, old: readonly ReplicaSet[]): readonly Step[] {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined || limit >= old.length) return [];
  const cleanable = old.filter((replicaSet) => !isTerminating(replicaSet));
  const surplus = cleanable
    .toSorted((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, cleanable.length - limit));
  const unused = surplus.filter(
    ({ metadata, spec, status }) =>
      (status?.replicas ?? 0) === 0 &&
      (spec.replicas ?? 1) === 0 &&
      (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0),
  );
  return unused.map((replicaSet) => ({ kind: 'delete', replicaSet }));
}

/** True when someone changed `spec.replicas` since the ReplicaSets were sized. */
function wasScaled(deployment: Deployment, replicaSets: readonly ReplicaSet[]): boolean {
  const replicas = deployment.spec.replicas ?? 1;
  return replicaSets.some(
    (replicaSet) =>
      sizeOf(replicaSet) > 0 &&
      desiredReplicasOf(replicaSet) !== undefined &&
      desiredReplicasOf(replicaSet) !== replicas,
  );
}

function planRolling(observed: Observed, newReplicaSet: ReplicaSet, old: readonly ReplicaSet[]): readonly Step[] {
  const { deployment } = observed;
  const grown =
    sizeOf(newReplicaSet) === (deployment.spec.replicas ?? 1)
      ? []
      : [{ replicaSet: newReplicaSet, replicas: newSize(deployment, newReplicaSet, old) }];
  const growth = grown.filter(({ replicas }) => replicas !== sizeOf(newReplicaSet));
  if (growth.length > 0) return resizes(deployment, growth);
  return resizes(deployment, planOldSizes(deployment, newReplicaSet, old));
}

function planRecreate(
  observed: Observed,
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  revision: number,
): readonly Step[] {
  const { deployment } = observed;
  const active = old.filter((replicaSet) => sizeOf(replicaSet) > 0);
  if (active.length > 0)
    return resizes(
      deployment,
      active.map((replicaSet) => ({ replicaSet, replicas: 0 })),
    );
  if (observed.oldPodsRunning) return [];
  const replicas = deployment.spec.replicas ?? 1;
  if (newReplicaSet === undefined) return [{ kind: 'create', replicas, revision }];
  return resizes(deployment, [{ replicaSet: newReplicaSet, replicas }]);
}

/**
 * Decides the next steps of a rollout. Steps that depend on what earlier ones lead to are left to the next pass, which
 * the ReplicaSets' changes bring about.
 */
export function planRollout(observed: Observed): Plan {
  const { deployment, replicaSets } = observed;
  const newReplicaSet = newReplicaSetOf(deployment, replicaSets);
  const old = replicaSets.filter((replicaSet) => replicaSet !== newReplicaSet);
  const plan = (steps: readonly Step[]): Plan => ({ newReplicaSet, oldReplicaSets: old, steps });
  if (isTerminating(deployment)) return plan([]);

  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const paused = deployment.spec.paused === true;
  const adjust: Step[] = [];
  if (newReplicaSet !== undefined) {
    const annotations = newAnnotations(deployment, newReplicaSet.metadata.annotations ?? {}, revision);
    const readyChanged = (deployment.spec.minReadySeconds ?? 0) !== (newReplicaSet.spec.minReadySeconds ?? 0);
    if (readyChanged || !same(annotations, newReplicaSet.metadata.annotations))
      adjust.push({ kind: 'adjust', replicaSet: newReplicaSet, annotations });
  }
  if (adjust.length > 0) return plan(adjust); // The same object is written by what follows: one write at a time.
  if (paused || wasScaled(deployment, replicaSets)) {
    const scaling = resizes(deployment, planScale(deployment, newReplicaSet, old));
    return plan(scaling.length > 0 || !paused ? scaling : planCleanup(deployment, old));
  }
  const recreate = deployment.spec.strategy?.type === 'Recreate';
  if (!recreate && newReplicaSet === undefined)
    return plan([{ kind: 'create', replicas: newSize(deployment, undefined, old), revision }]);
  const steps =
    recreate || newReplicaSet === undefined
      ? planRecreate(observed, newReplicaSet, old, revision)
      : planRolling(observed, newReplicaSet, old);
  if (steps.length > 0) return plan(steps);
  const complete =
    newReplicaSet !== undefined && isComplete(deployment, newReplicaSet, reported(replicaSets, 'replicas'));
  return plan(complete ? planCleanup(deployment, old) : []);
}
