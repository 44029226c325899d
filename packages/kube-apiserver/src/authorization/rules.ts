/** RBAC rules in the form that answers quickly. */
import type { GrantedRule } from '../registry/subresource-contract.ts';
import type { Attributes } from './contract.ts';

/** A PolicyRule as stored. */
export interface PolicyRuleLike {
  readonly verbs?: readonly string[] | undefined;
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}
export type CompiledRule = (attributes: Attributes) => boolean;
const ANY = '*';

export function compileRule(rule: PolicyRuleLike): CompiledRule {
  const verbs = matcher(rule.verbs);
  const groups = matcher(rule.apiGroups);
  const resources = new Set(rule.resources ?? []);
  const names = new Set(rule.resourceNames ?? []);
  const urls = rule.nonResourceURLs ?? [];
  return ({ verb, resource, path }) => {
    if (!verbs(verb)) return false;
    if (resource === undefined) return path !== undefined && urls.some((url) => urlMatches(url, path));
    return (
      groups(resource.group) &&
      resourceMatches(resources, resource.resource, resource.subresource) &&
      (names.size === 0 || names.has(resource.name))
    );
  };
}

/** Every list present, for reviews and escalation checks. */
export function grantedRule(rule: PolicyRuleLike): GrantedRule {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  return { verbs, apiGroups, resources, resourceNames, nonResourceURLs };
}

function matcher(values: readonly string[] | undefined): (value: string) => boolean {
  const set = new Set(values ?? []);
  return set.has(ANY) ? () => true : (value) => set.has(value);
}

function resourceMatches(resources: ReadonlySet<string>, resource: string, subresource: string): boolean {
  if (resources.has(ANY)) return true;
  if (subresource === '') return resources.has(resource);
  return resources.has(`${resource}/${subresource}`) || resources.has(`${ANY}/${subresource}`);
}

function urlMatches(url: string, path: string): boolean {
  if (url === ANY || url === path) return true;
  return url.endsWith(ANY) && path.startsWith(url.slice(0, -1));
}
