/** Whether some RBAC rules allow everything that others allow. */
import type { PolicyRule } from '@steersman/api';
import type { GrantedRule } from '../registry/subresource-contract.ts';

/** The parts of `wanted`, broken down to one verb on one resource, that `held` does not cover. */
export function uncoveredRules(held: readonly GrantedRule[], wanted: readonly PolicyRule[]): readonly GrantedRule[] {
  return wanted.flatMap(breakdown).filter((atom) => !held.some((rule) => covers(rule, atom)));
}

function breakdown({
  verbs = [],
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): GrantedRule[] {
  const none = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  const paths = nonResourceURLs.flatMap((url) =>
    verbs.map((verb) => ({ ...none, verbs: [verb], nonResourceURLs: [url] })),
  );
  const names: readonly (readonly string[])[] = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name]);
  const atoms = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        names.map((name) => ({
          ...none,
          apiGroups: [group],
          resources: [resource],
          resourceNames: name,
          verbs: [verb],
        })),
      ),
    ),
  );
  return [...paths, ...atoms];
}

function covers(rule: GrantedRule, atom: GrantedRule): boolean {
  if (!has(rule.verbs, atom.verbs[0])) return false;
  const [url] = atom.nonResourceURLs;
  if (url !== undefined)
    return rule.nonResourceURLs.some(
      (pattern) =>
        pattern === '*' || pattern === url || (pattern.endsWith('*') && url.startsWith(pattern.slice(0, -1))),
    );
  return (
    has(rule.apiGroups, atom.apiGroups[0]) &&
    coversResource(rule.resources, atom.resources[0] ?? '') &&
    coversName(rule.resourceNames, atom.resourceNames[0])
  );
}

function has(values: readonly string[], value: string | undefined): boolean {
  return value !== undefined && (values.includes('*') || values.includes(value));
}

function coversResource(resources: readonly string[], resource: string): boolean {
  if (resources.includes('*') || resources.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash !== -1 && resources.includes(`*${resource.slice(slash)}`);
}

/** A rule without names covers every name; one with names covers only those. */
function coversName(names: readonly string[], name: string | undefined): boolean {
  return names.length === 0 || (name !== undefined && names.includes(name));
}
