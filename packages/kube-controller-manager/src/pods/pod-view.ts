import { controllerOf, type KubeObject, type ObjectMeta, type Pod, Resources } from '@steersman/api';
import type { Informer, Informers } from '@steersman/client';
import { ownershipIndexes } from '../controller/ownership.ts';

/** Metadata without what no controller reads and what takes most of the room. */
export function trimMetadata(metadata: ObjectMeta): ObjectMeta {
  const { managedFields: _dropped, ...kept } = metadata;
  return kept;
}

/** Keeps an object whole, except for managedFields. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  return { ...object, metadata: trimMetadata(object.metadata) };
}

/**
 * The part of a pod that controllers decide by: no environment, volumes, probes, images. Never write it back; pods are
 * changed by patches.
 */
export function podView(pod: Pod): Pod {
  const { spec, status } = pod;
  const container = ({ name, ports, restartPolicy }: Pod['spec']['containers'][number]) => ({
    name,
    ...(ports === undefined ? {} : { ports }),
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: trimMetadata(pod.metadata),
    spec: {
      containers: spec.containers.map(container),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(container) }),
      ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
      ...(spec.hostname === undefined ? {} : { hostname: spec.hostname }),
      ...(spec.subdomain === undefined ? {} : { subdomain: spec.subdomain }),
      ...(spec.hostNetwork === undefined ? {} : { hostNetwork: spec.hostNetwork }),
      ...(spec.restartPolicy === undefined ? {} : { restartPolicy: spec.restartPolicy }),
      ...(spec.tolerations === undefined ? {} : { tolerations: spec.tolerations }),
      ...(spec.schedulingGates === undefined ? {} : { schedulingGates: spec.schedulingGates }),
      ...(spec.priority === undefined ? {} : { priority: spec.priority }),
      // Says for which node a DaemonSet made it, until it is bound.
      ...(spec.affinity?.nodeAffinity === undefined || controllerOf(pod)?.kind !== 'DaemonSet'
        ? {}
        : { affinity: { nodeAffinity: spec.affinity.nodeAffinity } }),
    },
    ...(status === undefined
      ? {}
      : {
          status: {
            phase: status.phase,
            conditions: status.conditions?.map(({ type, status: value, lastTransitionTime, reason }) => ({
              type,
              status: value,
              lastTransitionTime,
              reason,
            })),
            reason: status.reason,
            podIP: status.podIP,
            podIPs: status.podIPs,
            hostIP: status.hostIP,
            startTime: status.startTime,
            containerStatuses: status.containerStatuses?.map(containerStatusView),
            initContainerStatuses: status.initContainerStatuses?.map(containerStatusView),
          },
        }),
  };
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function containerStatusView({ name, ready, restartCount, state }: ContainerStatus): ContainerStatus {
  const { exitCode, finishedAt, reason } = state?.terminated ?? {};
  const terminated = exitCode === undefined ? {} : { state: { terminated: { exitCode, finishedAt, reason } } };
  return { name, ready, restartCount, image: '', imageID: '', ...terminated };
}

const podIndexes = {
  ...ownershipIndexes,
  node: (pod: Pod) => (pod.spec.nodeName === undefined || pod.spec.nodeName === '' ? [] : [pod.spec.nodeName]),
};

/** The one copy of the pods that all controllers share. */
export function podInformer(informers: Informers): Informer<Pod> {
  return informers.informer(Resources.pods, { project: podView, indexes: podIndexes });
}
