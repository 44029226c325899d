import { type ReplicaSet, type ReplicationController, Resources } from '@steersman/api';
import type { Controller, ControllerContext } from '../controller/contract.ts';
import { ownershipIndexes } from '../controller/ownership.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';
import { type ReplicaKind, runReplicaLoop } from '../replicaset/controller.ts';

/** A ReplicationController in the shape of a ReplicaSet, which says the same with a more general selector. */
export function asReplicaSet(object: ReplicationController): ReplicaSet {
  const { spec, status, ...rest } = withoutManagedFields(object);
  const { selector = {}, ...others } = spec;
  return {
    ...rest,
    spec: { ...others, selector: { matchLabels: selector } },
    ...(status === undefined ? {} : { status }),
  };
}

function kindOf({ client }: ControllerContext): ReplicaKind {
  const own = client.resource(Resources.replicationControllers);
  return {
    type: Resources.replicationControllers,
    component: 'replication-controller',
    statusOf: ({ terminatingReplicas: _none, ...status }) => status,
    async writeStatus({ metadata, spec }, status, signal) {
      const { selector, ...others } = spec;
      await own.updateStatus(
        { metadata, spec: { ...others, selector: selector.matchLabels ?? {} }, status },
        { signal },
      );
    },
  };
}

/** Keeps the number of pods that a ReplicationController asks for. */
export const replicationController: Controller = {
  name: 'replicationcontroller-controller',
  alias: 'replicationcontroller',
  account: 'replication-controller',
  run: (context, signal) =>
    runReplicaLoop(
      context,
      kindOf(context),
      context.informers.informer(Resources.replicationControllers, {
        project: asReplicaSet,
        indexes: ownershipIndexes,
      }),
      { name: 'replicationcontroller', concurrencyMax: context.config.concurrentReplicationControllerSyncs },
      signal,
    ),
};
