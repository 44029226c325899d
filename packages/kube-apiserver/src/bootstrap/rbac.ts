/** Writes the default roles and bindings, and gives back to them what somebody took away. */
import {
  type AggregationRule,
  type LabelSelector,
  type PolicyRule,
  Resources,
  type RoleRef,
  type Subject,
  semanticEqual,
} from '@steersman/api';
import type { Client } from '@steersman/client';
import type { FeatureGates } from '@steersman/server';
import { uncoveredRules } from '../admission/rule-coverage.ts';
import { grantedRule } from '../authorization/rules.ts';
import type { GrantedRule } from '../registry/subresource-contract.ts';
import { clusterRoleBindings, clusterRoles } from './cluster-roles.ts';
import { controllerAccess } from './controller-roles.ts';
import { ensureAll } from './ensure.ts';
import { roleBindings, roles } from './namespaced-roles.ts';
import { withAggregatedRules } from './role-aggregation.ts';

/** Set to "false" by people who want a default role or binding to stay as they made it. */
const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

export async function ensureClusterRoles(client: Client, gates: Pick<FeatureGates, 'enabled'>): Promise<void> {
  const controllers = controllerAccess(gates);
  const wanted = withAggregatedRules([...clusterRoles, ...controllers.roles]);
  const bindings = [...clusterRoleBindings, ...controllers.bindings];
  await Promise.all([
    ensureAll(client, Resources.clusterRoles, wanted, reconciledRole),
    ensureAll(client, Resources.clusterRoleBindings, bindings, reconciledBinding, hasOtherRole),
  ]);
}

/** Needs the namespaces kube-system and kube-public. */
export async function ensureNamespacedRoles(client: Client): Promise<void> {
  await Promise.all([
    ensureAll(client, Resources.roles, roles, reconciledRole),
    ensureAll(client, Resources.roleBindings, roleBindings, reconciledBinding, hasOtherRole),
  ]);
}

type Texts = Readonly<Record<string, string>>;
interface Named {
  readonly metadata: { readonly annotations?: Texts | undefined; readonly labels?: Texts | undefined };
}
interface RoleLike extends Named {
  readonly rules?: readonly PolicyRule[] | undefined;
  readonly aggregationRule?: AggregationRule | undefined;
}
interface BindingLike extends Named {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[] | undefined;
}

/** The existing role with everything that it lacks; undefined when that is nothing, or when it wants to be left alone. */
export function reconciledRole<T extends RoleLike>(existing: T, wanted: T): T | undefined {
  if (isProtected(existing)) return undefined;
  const named = withMissingMetadata(existing, wanted);
  // The rules of an aggregated role are the business of whoever aggregates them.
  const changed =
    wanted.aggregationRule === undefined
      ? withMissingRules(named, wanted)
      : withMissingSelectors(named, wanted.aggregationRule);
  return semanticEqual(changed, existing) ? undefined : changed;
}

/** The existing binding with everything that it lacks; undefined when that is nothing, or when it wants to be left alone. */
export function reconciledBinding<T extends BindingLike>(existing: T, wanted: T): T | undefined {
  if (isProtected(existing)) return undefined;
  const named = withMissingMetadata(existing, wanted);
  const own = existing.subjects ?? [];
  const missing = (wanted.subjects ?? []).filter((subject) => !own.some((one) => semanticEqual(one, subject)));
  const changed = {
    ...named,
    roleRef: wanted.roleRef,
    ...(missing.length === 0 ? {} : { subjects: [...own, ...missing] }),
  };
  return semanticEqual(changed, existing) ? undefined : changed;
}

/** A binding cannot be pointed at another role: it has to be made anew. */
function hasOtherRole(existing: BindingLike, wanted: BindingLike): boolean {
  return !semanticEqual(existing.roleRef, wanted.roleRef);
}

function isProtected({ metadata }: Named): boolean {
  return metadata.annotations?.[AUTO_UPDATE] === 'false';
}

/** What people wrote there themselves stays. */
function withMissingMetadata<T extends Named>(existing: T, wanted: T): T {
  const { annotations, labels } = existing.metadata;
  const metadata = {
    ...existing.metadata,
    annotations: { ...wanted.metadata.annotations, ...annotations },
    labels: { ...wanted.metadata.labels, ...labels },
  };
  return { ...existing, metadata };
}

function withMissingRules<T extends RoleLike>(existing: T, wanted: T): T {
  const held = (existing.rules ?? []).map(grantedRule);
  const missing = uncoveredRules(held, wanted.rules ?? []);
  return missing.length === 0
    ? existing
    : { ...existing, rules: [...(existing.rules ?? []), ...missing.map(plainRule)] };
}

/** As it is written by hand: without the lists that say nothing. */
function plainRule(rule: GrantedRule): PolicyRule {
  const { verbs, ...lists } = rule;
  return { verbs, ...Object.fromEntries(Object.entries(lists).filter(([, values]) => values.length > 0)) };
}

function withMissingSelectors<T extends RoleLike>(existing: T, wanted: AggregationRule): T {
  const own: readonly LabelSelector[] = existing.aggregationRule?.clusterRoleSelectors ?? [];
  const missing = (wanted.clusterRoleSelectors ?? []).filter(
    (selector) => !own.some((one) => semanticEqual(one, selector)),
  );
  if (missing.length === 0) return existing;
  return { ...existing, aggregationRule: { clusterRoleSelectors: [...own, ...missing] } };
}
