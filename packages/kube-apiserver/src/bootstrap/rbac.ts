/** Writes the default roles and bindings, and gives back to them what somebody took away. */
import { type PolicyRule, Resources, type Subject, semanticEqual } from '@steersman/api';
import type { Client } from '@steersman/client';
import { uncoveredRules } from '../admission/rule-coverage.ts';
import { grantedRule } from '../authorization/rules.ts';
import { clusterRoleBindings, clusterRoles } from './cluster-roles.ts';
import { controllerRoleBindings, controllerRoles } from './controller-roles.ts';
import { ensureAll } from './ensure.ts';
import { roleBindings, roles } from './namespaced-roles.ts';
import { withAggregatedRules } from './role-aggregation.ts';

/** Set to "false" by people who want a default role to stay as they made it. */
const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

export async function ensureClusterRoles(client: Client): Promise<void> {
  const wanted = withAggregatedRules([...clusterRoles, ...controllerRoles]);
  await Promise.all([
    ensureAll(client, Resources.clusterRoles, wanted, (existing, role) =>
      role.aggregationRule === undefined ? withMissingRules(existing, role) : undefined,
    ),
    ensureAll(
      client,
      Resources.clusterRoleBindings,
      [...clusterRoleBindings, ...controllerRoleBindings],
      withMissingSubjects,
    ),
  ]);
}

/** Needs the namespaces kube-system and kube-public. */
export async function ensureNamespacedRoles(client: Client): Promise<void> {
  await Promise.all([
    ensureAll(client, Resources.roles, roles, withMissingRules),
    ensureAll(client, Resources.roleBindings, roleBindings, withMissingSubjects),
  ]);
}

interface RoleLike {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | undefined };
  readonly rules?: readonly PolicyRule[] | undefined;
}

function withMissingRules<T extends RoleLike>(existing: T, wanted: T): T | undefined {
  if (existing.metadata.annotations?.[AUTO_UPDATE] === 'false') return undefined;
  const held = (existing.rules ?? []).map(grantedRule);
  const missing = (wanted.rules ?? []).filter((rule) => uncoveredRules(held, [rule]).length > 0);
  return missing.length === 0 ? undefined : { ...existing, rules: [...(existing.rules ?? []), ...missing] };
}

interface BindingLike {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | undefined };
  readonly subjects?: readonly Subject[] | undefined;
}

function withMissingSubjects<T extends BindingLike>(existing: T, wanted: T): T | undefined {
  if (existing.metadata.annotations?.[AUTO_UPDATE] === 'false') return undefined;
  const missing = (wanted.subjects ?? []).filter(
    (subject) => !(existing.subjects ?? []).some((own) => semanticEqual(own, subject)),
  );
  return missing.length === 0 ? undefined : { ...existing, subjects: [...(existing.subjects ?? []), ...missing] };
}
