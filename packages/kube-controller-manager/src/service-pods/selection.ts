import {
  isPodFinished,
  isTerminating,
  keyOf,
  mapSelectorMatcher,
  namespaceOf,
  type Pod,
  Resources,
  type Service,
} from '@steersman/api';
import type { Change, Informer, Informers } from '@steersman/client';
import { isReady } from '../pods/pod-state.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';

/** The one copy of the services that the endpoint controllers share. */
export function serviceInformer(informers: Informers): Informer<Service> {
  return informers.informer(Resources.services, { project: withoutManagedFields<Service> });
}

/** Whether the endpoints of a service are ours to make: without a selector they are written by someone else. */
export function selectsPods({ spec }: Service): boolean {
  return spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;
}

/** The pods that a service selects, whatever their state. */
export function selectedPods(service: Service, pods: Informer<Pod>): readonly Pod[] {
  const selector = mapSelectorMatcher(service.spec.selector);
  return (pods.list(namespaceOf(service)) as readonly Pod[]).filter(({ metadata }) =>
    selector.matches(metadata.labels),
  );
}

/** Whether a pod can be an endpoint: it has an address and may still answer. */
export function canBeEndpoint(pod: Pod, includeTerminating: boolean): boolean {
  if (isPodFinished(pod) || addressesOf(pod).length === 0) return false;
  return includeTerminating || !isTerminating(pod);
}

export function addressesOf({ status }: Pod): readonly string[] {
  const all = (status?.podIPs ?? []).map(({ ip }) => ip ?? '');
  if (all.length > 0) return all.filter((ip) => ip !== '');
  return status?.podIP === undefined || status.podIP === '' ? [] : [status.podIP];
}

/** What an endpoint shows of a pod; a change in nothing of it needs no pass. */
function shownOf(pod: Pod): string {
  const { metadata, spec } = pod;
  return JSON.stringify([
    addressesOf(pod),
    isReady(pod),
    isPodFinished(pod),
    isTerminating(pod),
    metadata.labels,
    spec.nodeName,
    spec.hostname,
    spec.subdomain,
  ]);
}

/** The keys of the services whose endpoints a pod's change may alter. */
export function servicesOfChange(change: Change<Pod>, services: Informer<Service>): readonly string[] {
  if (change.kind === 'updated' && shownOf(change.object) === shownOf(change.previous)) return [];
  const versions =
    change.kind === 'deleted'
      ? [change.last]
      : change.kind === 'updated'
        ? [change.object, change.previous]
        : [change.object];
  const [newest] = versions;
  if (newest === undefined) return [];
  const keys: string[] = [];
  for (const service of services.list(namespaceOf(newest))) {
    const selector = mapSelectorMatcher(service.spec.selector);
    if (versions.some(({ metadata }) => selector.matches(metadata.labels))) keys.push(keyOf(service));
  }
  return keys;
}
