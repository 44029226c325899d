import {
  controllerOf,
  type Deployment,
  ignoreNotFound,
  isAlreadyExists,
  nameOf,
  namespaceOf,
  ownerReferenceTo,
  type ReplicaSet,
  Resources,
} from '@steersman/api';
import type { Client, EventRecorder } from '@steersman/client';
import { messageOf } from '../pods/pod-control.ts';
import { templateHash } from '../pods/template-hash.ts';
import type { Step } from './plan.ts';
import { HASH_LABEL, newAnnotations, replicasAnnotations, sameTemplate } from './revision.ts';
import { sizeOf } from './sizes.ts';

/** What became of the steps. */
export interface Outcome {
  readonly created?: string;
  /** The name was taken by a ReplicaSet with another template: hash again with this count. */
  readonly collisionCount?: number;
  readonly createFailure?: { readonly message: string; readonly cause: unknown };
}

/** The ReplicaSet for a deployment's present template. */
export function replicaSetFor(deployment: Deployment, replicas: number, revision: number): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${nameOf(deployment)}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      annotations: { ...newAnnotations(deployment, {}, revision), ...replicasAnnotations(deployment) },
      ownerReferences: [ownerReferenceTo(deployment, Resources.deployments)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** Performs the steps of a plan, one after the other, and says what they were in events about the deployment. */
export function rolloutActor(client: Client, events: EventRecorder) {
  const replicaSets = client.resource(Resources.replicaSets);

  async function create(
    deployment: Deployment,
    replicas: number,
    revision: number,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const wanted = replicaSetFor(deployment, replicas, revision);
    const name = nameOf(wanted);
    try {
      await replicaSets.create(wanted, { signal });
    } catch (error) {
      if (isAlreadyExists(error)) return taken(deployment, wanted, signal);
      const message = `Failed to create new replica set "${name}": ${messageOf(error)}`;
      events.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
      return { createFailure: { message, cause: error } };
    }
    if (replicas > 0)
      events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`);
    return { created: name };
  }

  /** Ours, from a pass whose result the cache does not show yet; or a hash collision. */
  async function taken(deployment: Deployment, wanted: ReplicaSet, signal: AbortSignal): Promise<Outcome> {
    const found = await replicaSets.find({ namespace: namespaceOf(wanted), name: nameOf(wanted) }, { signal });
    const ours =
      found !== undefined &&
      controllerOf(found)?.uid === deployment.metadata.uid &&
      sameTemplate(found.spec.template, deployment.spec.template);
    return ours || found === undefined ? {} : { collisionCount: (deployment.status?.collisionCount ?? 0) + 1 };
  }

  async function resize(
    deployment: Deployment,
    replicaSet: ReplicaSet,
    replicas: number,
    signal: AbortSignal,
  ): Promise<void> {
    const before = sizeOf(replicaSet);
    const annotations = { ...replicaSet.metadata.annotations, ...replicasAnnotations(deployment) };
    await replicaSets.update(
      { ...replicaSet, metadata: { ...replicaSet.metadata, annotations }, spec: { ...replicaSet.spec, replicas } },
      { signal },
    );
    if (before === replicas) return;
    const direction = replicas > before ? 'up' : 'down';
    events.event(
      deployment,
      'Normal',
      'ScalingReplicaSet',
      `Scaled ${direction} replica set ${nameOf(replicaSet)} from ${before} to ${replicas}`,
    );
  }

  async function adjust(
    deployment: Deployment,
    replicaSet: ReplicaSet,
    annotations: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { minReadySeconds = 0 } = deployment.spec;
    await replicaSets.update(
      {
        ...replicaSet,
        metadata: { ...replicaSet.metadata, annotations },
        spec: { ...replicaSet.spec, minReadySeconds },
      },
      { signal },
    );
  }

  async function remove(replicaSet: ReplicaSet, signal: AbortSignal): Promise<void> {
    await replicaSets
      .delete({ namespace: namespaceOf(replicaSet), name: nameOf(replicaSet) }, { signal })
      .catch(ignoreNotFound);
  }

  return async function act(deployment: Deployment, steps: readonly Step[], signal: AbortSignal): Promise<Outcome> {
    let outcome: Outcome = {};
    for (const step of steps) {
      if (step.kind === 'create') outcome = await create(deployment, step.replicas, step.revision, signal);
      else if (step.kind === 'resize') await resize(deployment, step.replicaSet, step.replicas, signal);
      else if (step.kind === 'adjust') await adjust(deployment, step.replicaSet, step.annotations, signal);
      else await remove(step.replicaSet, signal);
    }
    return outcome;
  };
}
