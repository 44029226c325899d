/** Which requests a webhook or a policy is asked about. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type MatchResources,
  type RuleWithOperations,
} from '@steersman/api';
import { each, invalidFor, oneOf } from '../checks.ts';
import { pathSegmentName } from '../metadata.ts';
import { validateLabelSelector } from '../selectors.ts';

const ALL = '*';
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
export const FAILURE_POLICIES = ['Fail', 'Ignore'];
export const MATCH_POLICIES = ['Equivalent', 'Exact'];

type NamedRule = NonNullable<MatchResources['resourceRules']>[number];

export function validateRule(rule: RuleWithOperations, at: FieldPath): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], scope } = rule;
  const versionsAt = at.child('apiVersions');
  return [
    ...requiredList(operations, at.child('operations'), 'operations'),
    ...each(operations, at.child('operations'), (operation, where) => oneOf(operation, OPERATIONS, where)),
    ...requiredList(apiGroups, at.child('apiGroups'), 'API groups'),
    ...requiredList(apiVersions, versionsAt, 'API versions'),
    ...each(apiVersions, versionsAt, (version, where) => (version === '' ? [fieldErrors.required(where, '')] : [])),
    ...validateResources(rule.resources ?? [], at.child('resources')),
    ...(scope === undefined ? [] : oneOf(scope, SCOPES, at.child('scope'))),
  ];
}

function requiredList(list: readonly string[], at: FieldPath, what: string): FieldError[] {
  if (list.length === 0) return [fieldErrors.required(at, '')];
  const redundant = list.length > 1 && list.includes(ALL);
  return redundant ? [fieldErrors.invalid(at, list, `if '*' is present, must not specify other ${what}`)] : [];
}

/** What a wildcard covers need not be, and may not be, named beside it. */
function validateResources(resources: readonly string[], at: FieldPath): FieldError[] {
  const errors = resources.length === 0 ? [fieldErrors.required(at, '')] : [];
  const wholly = new Set<string>();
  const everywhere = new Set<string>();
  let plain = false;
  resources.forEach((resource, index) => {
    if (resource === '') {
      errors.push(fieldErrors.required(at.index(index), ''));
      return;
    }
    const slash = resource.indexOf('/');
    if (slash === -1) {
      plain = resource !== ALL;
      return;
    }
    const [name, part] = [resource.slice(0, slash), resource.slice(slash + 1)];
    const covered = (by: string) =>
      errors.push(
        fieldErrors.invalid(at.index(index), resource, `if '${by}' is present, must not specify ${resource}`),
      );
    if (wholly.has(name)) covered(`${name}/*`);
    if (everywhere.has(part)) covered(`*/${part}`);
    if (part === ALL) wholly.add(name);
    if (name === ALL) everywhere.add(part);
  });
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(fieldErrors.invalid(at, resources, "if '*/*' is present, must not specify other resources"));
  const detail = "if '*' is present, must not specify other resources without subresources";
  return resources.includes(ALL) && plain ? [...errors, fieldErrors.invalid(at, resources, detail)] : errors;
}

export function validateMatchResources(match: MatchResources | undefined, at: FieldPath): FieldError[] {
  if (match === undefined) return [];
  const selector = (field: 'namespaceSelector' | 'objectSelector'): FieldError[] =>
    match[field] === undefined
      ? [fieldErrors.required(at.child(field), '')]
      : validateLabelSelector(match[field], at.child(field));
  return [
    ...(match.matchPolicy === undefined
      ? [fieldErrors.required(at.child('matchPolicy'), '')]
      : oneOf(match.matchPolicy, MATCH_POLICIES, at.child('matchPolicy'))),
    ...selector('namespaceSelector'),
    ...selector('objectSelector'),
    ...each(match.resourceRules, at.child('resourceRules'), validateNamedRule),
    ...each(match.excludeResourceRules, at.child('excludeResourceRules'), validateNamedRule),
  ];
}

function validateNamedRule(rule: NamedRule, at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return [
    ...each(rule.resourceNames, at.child('resourceNames'), (name, where) => {
      const twice = seen.has(name) ? [fieldErrors.duplicate(where, name)] : [];
      seen.add(name);
      return [...invalidFor(pathSegmentName(name, false), name, where), ...twice];
    }),
    ...validateRule(rule, at),
  ];
}
