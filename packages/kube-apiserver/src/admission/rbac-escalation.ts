/** Nobody hands out what he does not have himself (RBAC's escalation prevention; upstream does this in its registry). */
import { type ClusterRole, isNotFound, type PolicyRule, Resources, type Role, type RoleBinding } from '@steersman/api';
import type { ExtensionDependencies, GrantedRule } from '../registry/subresource-contract.ts';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { forbidden } from './request.ts';
import { uncoveredRules } from './rule-coverage.ts';

const ROLES = new Set(['roles', 'clusterroles']);
const BINDINGS = new Set(['rolebindings', 'clusterrolebindings']);
type Dependencies = Pick<ExtensionDependencies, 'authorizer' | 'rulesOf' | 'client'>;

export function rbacEscalation(dependencies: Dependencies): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: ({ resource, operation, user, subresource }) =>
      resource.group === 'rbac.authorization.k8s.io' &&
      subresource === '' &&
      (operation === 'create' || operation === 'update') &&
      !user.groups.includes('system:masters'),
    async validate(request) {
      if (ROLES.has(request.resource.plural)) await checkRole(dependencies, request);
      else if (BINDINGS.has(request.resource.plural)) await checkBinding(dependencies, request);
    },
  };
}

async function checkRole(dependencies: Dependencies, request: AdmissionRequest): Promise<void> {
  const { rules = [], aggregationRule } = request.object as unknown as ClusterRole;
  const before = (request.oldObject as Role | undefined)?.rules ?? [];
  if (request.operation === 'update' && JSON.stringify(before) === JSON.stringify(rules)) return;
  if (await mayDo(dependencies, request, 'escalate', request.resource.plural, request.object?.metadata.name ?? ''))
    return;
  // An aggregated role can come to grant anything.
  const everything: PolicyRule[] = [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ];
  await refuseUncovered(dependencies, request, aggregationRule === undefined ? rules : [...rules, ...everything]);
}

async function checkBinding(dependencies: Dependencies, request: AdmissionRequest): Promise<void> {
  const { roleRef, subjects } = request.object as unknown as RoleBinding;
  const old = request.oldObject as RoleBinding | undefined;
  if (old !== undefined && JSON.stringify([old.roleRef, old.subjects]) === JSON.stringify([roleRef, subjects])) return;
  const plural = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (await mayDo(dependencies, request, 'bind', plural, roleRef.name)) return;
  await refuseUncovered(dependencies, request, await rulesOfRole(dependencies, request, plural, roleRef.name));
}

async function rulesOfRole(
  { client }: Dependencies,
  request: AdmissionRequest,
  plural: string,
  name: string,
): Promise<readonly PolicyRule[]> {
  try {
    const role =
      plural === 'clusterroles'
        ? await client.resource(Resources.clusterRoles).get({ name })
        : await client.resource(Resources.roles).get({ namespace: request.namespace, name });
    return role.rules ?? [];
  } catch (error) {
    // Whoever holds everything may bind a role before it exists; nobody else.
    if (isNotFound(error))
      throw forbidden(request, `${plural}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`);
    throw error;
  }
}

async function mayDo(
  { authorizer }: Dependencies,
  { user, namespace }: AdmissionRequest,
  verb: string,
  plural: string,
  name: string,
): Promise<boolean> {
  const resource = {
    group: 'rbac.authorization.k8s.io',
    version: '*',
    resource: plural,
    subresource: '',
    namespace: plural === 'clusterroles' ? '' : namespace,
    name,
  };
  const inNamespace = await authorizer.authorize({ user, verb, resource: { ...resource, namespace } });
  return inNamespace.kind === 'allow';
}

async function refuseUncovered(
  dependencies: Dependencies,
  request: AdmissionRequest,
  rules: readonly PolicyRule[],
): Promise<void> {
  const { user, namespace } = request;
  const held = await dependencies.rulesOf(user, namespace);
  const missing = uncoveredRules(held, rules);
  if (missing.length === 0) return;
  const who = `user ${JSON.stringify(user.name)} (groups=[${user.groups.map((group) => JSON.stringify(group)).join(' ')}])`;
  throw forbidden(
    request,
    `${who} is attempting to grant RBAC permissions not currently held:\n${missing.map(ruleText).join('\n')}`,
  );
}

function ruleText({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: GrantedRule): string {
  const parts: [string, readonly string[]][] = [
    ['APIGroups', apiGroups],
    ['Resources', resources],
    ['ResourceNames', resourceNames],
    ['NonResourceURLs', nonResourceURLs],
    ['Verbs', verbs],
  ];
  const shown = parts
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${name}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`);
  return `{${shown.join(', ')}}`;
}
