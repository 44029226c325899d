/**
 * Role-based access control on the watch cache's own objects (rbac.authorization.k8s.io/v1). Rules are compiled when
 * something changes; a repeated question of the same user is one map look-up.
 */
import {
  type ClusterRole,
  type ClusterRoleBinding,
  type KubeObject,
  labelSelectorMatcher,
  type Role,
  type RoleBinding,
  type Subject,
} from '@steersman/api';
import type { UserInfo } from '../authentication/contract.ts';
import type { ResourceCache } from '../cache/resource-cache.ts';
import type { GrantedRule } from '../registry/subresource-contract.ts';
import type { Attributes, Decision } from './contract.ts';
import { type CompiledRule, compileRule, grantedRule, type PolicyRuleLike } from './rules.ts';

const DECISIONS_PER_USER_MAX = 5000; // One user asking about ever new names must not fill memory.

export interface RbacCaches {
  readonly roles: ResourceCache;
  readonly roleBindings: ResourceCache;
  readonly clusterRoles: ResourceCache;
  readonly clusterRoleBindings: ResourceCache;
}
interface RuleSet {
  readonly rules: readonly PolicyRuleLike[];
  readonly compiled: readonly CompiledRule[];
}
/** A binding as seen from one subject. */
interface Grant {
  /** Empty: everywhere. */
  readonly namespace: string;
  readonly role: { readonly kind: string; readonly name: string };
  /** What to say of it when it allows something. */
  readonly text: string;
}
interface Tables {
  readonly roles: ReadonlyMap<string, RuleSet>;
  readonly clusterRoles: ReadonlyMap<string, RuleSet>;
  readonly grants: ReadonlyMap<string, readonly Grant[]>;
}
interface Remembered {
  readonly tables: Tables;
  readonly decisions: Map<string, Decision>;
}
const NO_OPINION: Decision = { kind: 'no-opinion', reason: '' };

export class RbacAuthorizer {
  readonly name = 'RBAC';
  readonly #caches: RbacCaches;
  readonly #byUser = new WeakMap<UserInfo, Remembered>();
  #tables: Tables | undefined;

  constructor(caches: RbacCaches) {
    this.#caches = caches;
    for (const cache of Object.values(caches) as ResourceCache[]) cache.listeners.add(() => (this.#tables = undefined));
  }

  decide(attributes: Attributes): Decision {
    this.#tables ??= buildTables(this.#caches);
    let known = this.#byUser.get(attributes.user);
    if (known === undefined || known.tables !== this.#tables) {
      known = { tables: this.#tables, decisions: new Map() };
      this.#byUser.set(attributes.user, known);
    }
    const key = questionKey(attributes);
    let decision = known.decisions.get(key);
    if (decision === undefined) {
      decision = evaluate(this.#tables, attributes);
      if (known.decisions.size >= DECISIONS_PER_USER_MAX) known.decisions.clear();
      known.decisions.set(key, decision);
    }
    return decision;
  }

  /** Every rule that a user has in a namespace (or, with an empty one, in the whole cluster). */
  rulesOf(user: UserInfo, namespace: string): readonly GrantedRule[] {
    this.#tables ??= buildTables(this.#caches);
    const tables = this.#tables;
    return grantsOf(tables, user)
      .filter((grant) => grant.namespace === '' || grant.namespace === namespace)
      .flatMap((grant) => (rulesOfGrant(tables, grant)?.rules ?? []).map(grantedRule));
  }
}

function questionKey({ verb, resource, path }: Attributes): string {
  if (resource === undefined) return `${verb} ${path}`;
  return `${verb}|${resource.group}|${resource.resource}|${resource.subresource}|${resource.namespace}|${resource.name}`;
}

function evaluate(tables: Tables, attributes: Attributes): Decision {
  const namespace = attributes.resource?.namespace ?? '';
  const problems = new Set<string>();
  for (const grant of grantsOf(tables, attributes.user)) {
    if (grant.namespace !== '' && (attributes.resource === undefined || grant.namespace !== namespace)) continue;
    const rules = rulesOfGrant(tables, grant);
    if (rules === undefined) problems.add(missingText(grant));
    else if (rules.compiled.some((rule) => rule(attributes)))
      return { kind: 'allow', reason: `RBAC: allowed by ${grant.text}` };
  }
  return problems.size === 0 ? NO_OPINION : { kind: 'no-opinion', reason: `RBAC: ${problemsText([...problems])}` };
}

function missingText({ role: { kind, name } }: Grant): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`;
}

/** As Go shows several errors. */
function problemsText(problems: readonly string[]): string {
  return problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`;
}

/** What is granted everywhere first. */
function grantsOf(tables: Tables, user: UserInfo): readonly Grant[] {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user.name);
  const grants = [
    ...(tables.grants.get(`User ${user.name}`) ?? []),
    ...(account === null ? [] : (tables.grants.get(`ServiceAccount ${account[1]}/${account[2]}`) ?? [])),
    ...user.groups.flatMap((group) => tables.grants.get(`Group ${group}`) ?? []),
  ];
  return [...grants.filter(({ namespace }) => namespace === ''), ...grants.filter(({ namespace }) => namespace !== '')];
}

/** Undefined when there is no such role. */
function rulesOfGrant(tables: Tables, { role, namespace }: Grant): RuleSet | undefined {
  if (role.kind === 'ClusterRole') return tables.clusterRoles.get(role.name);
  return tables.roles.get(`${namespace}/${role.name}`);
}

function buildTables(caches: RbacCaches): Tables {
  const clusterRoles = objectsOf<ClusterRole>(caches.clusterRoles);
  const roles = objectsOf<Role>(caches.roles);
  const grants = new Map<string, Grant[]>();
  for (const binding of objectsOf<ClusterRoleBinding>(caches.clusterRoleBindings)) addGrants(grants, binding, '');
  for (const binding of objectsOf<RoleBinding>(caches.roleBindings))
    addGrants(grants, binding, binding.metadata.namespace ?? '');
  return {
    roles: new Map(
      roles.map((role) => [`${role.metadata.namespace}/${role.metadata.name}`, ruleSet(role.rules ?? [])]),
    ),
    clusterRoles: new Map(
      clusterRoles.map((role) => [role.metadata.name ?? '', ruleSet(rulesWithAggregated(role, clusterRoles))]),
    ),
    grants,
  };
}

/** What an aggregation rule selects counts at once, without waiting for a controller to copy it. */
function rulesWithAggregated(role: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRuleLike[] {
  const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
  if (selectors.length === 0) return role.rules ?? [];
  const matchers = selectors.map((selector) => labelSelectorMatcher(selector));
  const selected = all.filter(
    (other) => other !== role && matchers.some((matcher) => matcher.matches(other.metadata.labels)),
  );
  return [
    ...(role.rules ?? []),
    ...selected.flatMap((other) =>
      other.aggregationRule === undefined
        ? (other.rules ?? [])
        : rulesWithAggregated(
            other,
            all.filter((candidate) => candidate !== role),
          ),
    ),
  ];
}

function ruleSet(rules: readonly PolicyRuleLike[]): RuleSet {
  return { rules, compiled: rules.map(compileRule) };
}

function addGrants(grants: Map<string, Grant[]>, binding: ClusterRoleBinding | RoleBinding, namespace: string): void {
  const { name, namespace: own } = binding.metadata;
  const role = binding.roleRef;
  const label =
    namespace === '' ? `ClusterRoleBinding ${JSON.stringify(name)}` : `RoleBinding ${JSON.stringify(`${name}/${own}`)}`;
  for (const subject of binding.subjects ?? []) {
    const key = subjectKey(subject, namespace);
    const text = `${label} of ${role.kind} ${JSON.stringify(role.name)} to ${subjectText(subject, namespace)}`;
    const grant: Grant = { namespace, role, text };
    const present = grants.get(key);
    if (present === undefined) grants.set(key, [grant]);
    else present.push(grant);
  }
}

function subjectKey({ kind, name, namespace }: Subject, bindingNamespace: string): string {
  return kind === 'ServiceAccount' ? `ServiceAccount ${namespace || bindingNamespace}/${name}` : `${kind} ${name}`;
}

function subjectText({ kind, name, namespace }: Subject, bindingNamespace: string): string {
  return `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${namespace || bindingNamespace}` : name)}`;
}

function objectsOf<T extends KubeObject>(cache: ResourceCache): readonly T[] {
  return cache.snapshot(undefined).flatMap((run) => run.map((entry) => cache.objectOf(entry) as T));
}
