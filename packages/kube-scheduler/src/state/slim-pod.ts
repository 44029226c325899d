import type { Container, Pod } from '@steersman/api';

const slimContainer = ({ name, image, resources, ports, restartPolicy }: Container): Container => ({
  name,
  image,
  resources,
  ports,
  restartPolicy,
});

/**
 * What the scheduler needs of a pod, without its environment, probes, volumes and managed fields: those are most of a
 * pod's bytes, and a large cluster has a hundred thousand of them. Plugins see pods like this.
 */
export function slimPod({ apiVersion, kind, metadata, spec, status }: Pod): Pod {
  const { name, namespace, uid, resourceVersion, generation, labels, ownerReferences } = metadata;
  const { creationTimestamp, deletionTimestamp } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      ...{ name, namespace, uid, resourceVersion, generation, labels, ownerReferences },
      ...{ creationTimestamp, deletionTimestamp },
    },
    spec: {
      containers: spec.containers.map(slimContainer),
      initContainers: spec.initContainers?.map(slimContainer),
      nodeName: spec.nodeName,
      nodeSelector: spec.nodeSelector,
      affinity: spec.affinity,
      tolerations: spec.tolerations,
      topologySpreadConstraints: spec.topologySpreadConstraints,
      schedulerName: spec.schedulerName,
      schedulingGates: spec.schedulingGates,
      priority: spec.priority,
      preemptionPolicy: spec.preemptionPolicy,
      overhead: spec.overhead,
      resources: spec.resources,
      hostNetwork: spec.hostNetwork,
    },
    status: {
      phase: status?.phase,
      startTime: status?.startTime,
      nominatedNodeName: status?.nominatedNodeName,
      conditions: status?.conditions?.filter(({ type }) => type === 'PodScheduled'),
    },
  };
}
