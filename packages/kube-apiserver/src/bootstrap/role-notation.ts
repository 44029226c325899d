/** A short way to write roles and bindings, so that the tables beside this file can be read. */
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '@steersman/api';

const API_VERSION = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const ANNOTATIONS = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';

/** Space-separated lists; the core group is written `core`. */
export function rule(verbs: string, groups: string, resources: string, resourceNames = ''): PolicyRule {
  const names = words(resourceNames);
  return {
    verbs: words(verbs),
    apiGroups: words(groups).map((group) => (group === 'core' ? '' : group)),
    resources: words(resources),
    ...(names.length === 0 ? {} : { resourceNames: names }),
  };
}
export function pathRule(verbs: string, paths: string): PolicyRule {
  return { verbs: words(verbs), nonResourceURLs: words(paths) };
}
export const eventsRule: PolicyRule = rule('create patch update', 'core events.k8s.io', 'events');

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

export function clusterRole(
  name: string,
  rules: readonly PolicyRule[],
  labels: Readonly<Record<string, string>> = {},
): ClusterRole {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...LABELS, ...labels }, annotations: ANNOTATIONS },
    rules,
  };
}

/** A role whose rules are those of every role with the label `rbac.authorization.k8s.io/aggregate-to-<target>`. */
export function aggregatedRole(name: string, labels: Readonly<Record<string, string>> = {}): ClusterRole {
  const selector = { matchLabels: aggregateTo(name) };
  return { ...clusterRole(name, [], labels), aggregationRule: { clusterRoleSelectors: [selector] } };
}
export function aggregateTo(target: string): Record<string, string> {
  return { [`rbac.authorization.k8s.io/aggregate-to-${target}`]: 'true' };
}

export function role(namespace: string, name: string, rules: readonly PolicyRule[]): Role {
  return {
    apiVersion: API_VERSION,
    kind: 'Role',
    metadata: { namespace, name, labels: LABELS, annotations: ANNOTATIONS },
    rules,
  };
}

export const user = (name: string): Subject => ({ kind: 'User', apiGroup: GROUP, name });
export const group = (name: string): Subject => ({ kind: 'Group', apiGroup: GROUP, name });
export const account = (namespace: string, name: string): Subject => ({ kind: 'ServiceAccount', namespace, name });

/** Binds the cluster role of the same name. */
export function clusterBinding(name: string, subjects: readonly Subject[], roleName = name): ClusterRoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: roleName },
    ...(subjects.length === 0 ? {} : { subjects }),
  };
}
export function binding(namespace: string, name: string, subjects: readonly Subject[], roleName = name): RoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: 'RoleBinding',
    metadata: { namespace, name, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: GROUP, kind: 'Role', name: roleName },
    subjects,
  };
}
