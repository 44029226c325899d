import {
  controllerOf,
  type LabelMatcher,
  labelSelectorMatcher,
  LabelMatcher as Matcher,
  mapSelectorMatcher,
  type Pod,
  Resources,
  type Service,
} from '@steersman/api';
import type { Informers } from '@steersman/client';

/**
 * What selects the pods that belong together with a pod: the selectors of the Services that select it and of the
 * workload that controls it, all of them at once. Undefined for a pod on its own.
 */
export function createDefaultSelector(informers: Informers): (pod: Pod) => LabelMatcher | undefined {
  const services = informers.informer(Resources.services, {
    indexes: { namespace: (service: Service) => [service.metadata.namespace ?? ''] },
  });
  const replicaSets = informers.informer(Resources.replicaSets);
  const statefulSets = informers.informer(Resources.statefulSets);
  const controllers = informers.informer(Resources.replicationControllers);

  function ofController(pod: Pod): LabelMatcher | undefined {
    const owner = controllerOf(pod);
    const key = `${pod.metadata.namespace}/${owner?.name}`;
    switch (owner?.kind) {
      case 'ReplicaSet':
        return selector(replicaSets.get(key)?.spec.selector);
      case 'StatefulSet':
        return selector(statefulSets.get(key)?.spec.selector);
      case 'ReplicationController':
        return mapSelectorMatcher(controllers.get(key)?.spec.selector);
      default:
        return undefined;
    }
  }

  return (pod) => {
    const own = ofController(pod);
    const requirements = [...(own === undefined || own.nothing ? [] : own.requirements)];
    for (const service of services.byIndex('namespace', pod.metadata.namespace ?? '')) {
      const matcher = mapSelectorMatcher(service.spec.selector);
      if (matcher.matches(pod.metadata.labels)) requirements.push(...matcher.requirements);
    }
    return requirements.length === 0 ? undefined : new Matcher(requirements);
  };
}

function selector(value: Parameters<typeof labelSelectorMatcher>[0]): LabelMatcher | undefined {
  return value === undefined ? undefined : labelSelectorMatcher(value);
}
