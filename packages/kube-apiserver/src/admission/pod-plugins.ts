/** Optional plugins about pods alone. */
import type { Draft, Pod } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { forbidden, isWriteOf } from './request.ts';

const HOSTNAME = 'kubernetes.io/hostname';

/** Every image is pulled anew, so that its credentials are checked each time. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  handles: ({ resource, operation, subresource }) =>
    resource.plural === 'pods' &&
    resource.group === '' &&
    (operation === 'create' || operation === 'update') &&
    (subresource === '' || subresource === 'ephemeralcontainers'),
  async mutate(request) {
    const { spec } = request.object as Draft<Pod>;
    for (const container of containersOf(spec)) container.imagePullPolicy = 'Always';
    for (const { image } of spec.volumes ?? []) if (image !== undefined) image.pullPolicy = 'Always';
  },
};

function containersOf({ containers, initContainers = [], ephemeralContainers = [] }: Draft<Pod>['spec']) {
  return [...initContainers, ...containers, ...ephemeralContainers];
}

/** Pods that ask for an extended resource tolerate the taint that keeps others off its nodes. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  handles: (request) => isWriteOf(request, '/pods', 'create', 'update'),
  async mutate({ object }) {
    const { spec } = object as Draft<Pod>;
    const wanted = new Set(
      [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
        Object.keys(resources?.requests ?? {}).filter(isExtended),
      ),
    );
    for (const key of [...wanted].sort()) {
      const toleration = { key, operator: 'Exists', effect: 'NoSchedule' };
      const known = spec.tolerations?.some(
        (own) => own.key === key && own.operator === 'Exists' && own.effect === 'NoSchedule',
      );
      if (known !== true) spec.tolerations = [...(spec.tolerations ?? []), toleration];
    }
  },
};

/** Named by a domain that is not Kubernetes' own. */
function isExtended(name: string): boolean {
  const domain = name.slice(0, name.indexOf('/'));
  return (
    name.includes('/') &&
    domain !== 'kubernetes.io' &&
    !domain.endsWith('.kubernetes.io') &&
    !name.startsWith('requests.')
  );
}

/** Pods may only keep each other off single nodes, not off whole zones. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  handles: (request) => isWriteOf(request, '/pods', 'create', 'update'),
  async validate(request: AdmissionRequest) {
    const { affinity } = (request.object as Pod).spec;
    for (const { topologyKey } of affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (topologyKey === HOSTNAME) continue;
      throw forbidden(
        request,
        `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${topologyKey} but only key ${HOSTNAME} is allowed`,
      );
    }
  },
};
