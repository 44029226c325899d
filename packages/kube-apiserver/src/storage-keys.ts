/**
 * Where objects lie in the store: upstream's layout, so that either server can be started on the other's data.
 */
import type { ResourceInfo } from '@steersman/api';

export const REGISTRY_PREFIX = '/registry/';

/** Resources whose folder is not their plural: names that were renamed after the first clusters existed, and split ones. */
const FOLDERS: Readonly<Record<string, string>> = {
  '/nodes': 'minions',
  '/services': 'services/specs',
  '/endpoints': 'services/endpoints',
  '/replicationcontrollers': 'controllers',
  'networking.k8s.io/ingresses': 'ingress',
  'events.k8s.io/events': 'events',
  'apiextensions.k8s.io/customresourcedefinitions': 'apiextensions.k8s.io/customresourcedefinitions',
  'apiregistration.k8s.io/apiservices': 'apiregistration.k8s.io/apiservices',
};

/** The folder of a resource, such as `pods` or `services/specs`. */
export function storageFolder({ group, plural }: Pick<ResourceInfo, 'group' | 'plural'>): string {
  return FOLDERS[`${group}/${plural}`] ?? plural;
}

/** The key of one object. Cluster-scoped objects have an empty namespace. */
export function storageKey(folder: string, namespace: string, name: string): string {
  return namespace === '' ? `${REGISTRY_PREFIX}${folder}/${name}` : `${REGISTRY_PREFIX}${folder}/${namespace}/${name}`;
}
