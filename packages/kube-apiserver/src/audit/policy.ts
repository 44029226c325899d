/**
 * Audit policies: how much is recorded of which requests (audit.k8s.io/v1 Policy).
 */
import { parseYamlDocuments } from '@steersman/api';
import type { UserInfo } from '../authentication/contract.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';

export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

/** What is recorded of one request. */
export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: readonly string[];
  readonly omitManagedFields: boolean;
}
export type AuditPolicy = (user: UserInfo, info: RequestInfo, path: string) => AuditDecision;

interface GroupResources {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}
interface Rule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly string[];
  readonly omitManagedFields?: boolean;
}

const LEVELS: readonly string[] = ['None', 'Metadata', 'Request', 'RequestResponse'];
const STAGES: readonly string[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];
const ANY = '*';

/** Reads a policy file. Throws ConfigurationError. */
export function auditPolicy(text: string): AuditPolicy {
  const { rules, omitStages, omitManagedFields } = documentOf(text);
  const nothing = { level: 'None', omitStages, omitManagedFields } as const;
  const compiled = rules.map((rule) => ({
    rule,
    decision: {
      level: rule.level,
      omitStages: [...omitStages, ...(rule.omitStages ?? [])],
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
    },
  }));
  return (user, info, path) => compiled.find(({ rule }) => matches(rule, user, info, path))?.decision ?? nothing;
}

function documentOf(text: string) {
  const document = parsed(text) as {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly rules?: readonly Rule[];
    readonly omitStages?: readonly string[];
    readonly omitManagedFields?: boolean;
  } | null;
  if (document?.kind !== 'Policy' || document.apiVersion !== 'audit.k8s.io/v1')
    throw refused('unknown group version field in policy; it must be a Policy of audit.k8s.io/v1');
  const { rules = [], omitStages = [], omitManagedFields = false } = document;
  if (rules.length === 0) throw refused('loaded illegal policy with 0 rules');
  for (const rule of rules) check(rule);
  for (const stage of omitStages) checkStage(stage);
  return { rules, omitStages, omitManagedFields };
}

function parsed(text: string): unknown {
  try {
    return parseYamlDocuments(text)[0] ?? null;
  } catch (error) {
    throw refused(`failed decoding: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function check({ level, resources, namespaces, nonResourceURLs, omitStages }: Rule): void {
  if (!LEVELS.includes(level))
    throw refused(`rules.level: Unsupported value: ${JSON.stringify(level)}: supported values: ${LEVELS.join(', ')}`);
  const aboutResources = (resources?.length ?? 0) > 0 || (namespaces?.length ?? 0) > 0;
  if (aboutResources && (nonResourceURLs?.length ?? 0) > 0)
    throw refused('rules.nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs');
  for (const stage of omitStages ?? []) checkStage(stage);
}

function checkStage(stage: string): void {
  if (!STAGES.includes(stage))
    throw refused(`omitStages: Invalid value: ${JSON.stringify(stage)}: allowed stages are ${STAGES.join(',')}`);
}

function refused(why: string): ConfigurationError {
  return new ConfigurationError('bad-flag', `--audit-policy-file: ${why}`);
}

function matches(rule: Rule, user: UserInfo, info: RequestInfo, path: string): boolean {
  const { users = [], userGroups = [], verbs = [], resources = [], namespaces = [], nonResourceURLs = [] } = rule;
  if (users.length > 0 && !users.includes(user.name)) return false;
  if (userGroups.length > 0 && !user.groups.some((group) => userGroups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(info.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) return matchesResource(namespaces, resources, info);
  if (nonResourceURLs.length === 0) return true;
  return !info.isResource && nonResourceURLs.some((url) => urlMatches(url, path));
}

function matchesResource(
  namespaces: readonly string[],
  resources: readonly GroupResources[],
  info: RequestInfo,
): boolean {
  if (!info.isResource || (namespaces.length > 0 && !namespaces.includes(info.namespace))) return false;
  return resources.length === 0 || resources.some((entry) => isOneOf(entry, info));
}

function isOneOf(
  { group = '', resources = [], resourceNames = [] }: GroupResources,
  { group: asked, resource, subresource, name }: RequestInfo,
): boolean {
  if (group !== asked && group !== ANY) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (wanted) =>
      wanted === ANY ||
      wanted === full ||
      wanted === `${resource}/${ANY}` ||
      (subresource !== '' && wanted === `${ANY}/${subresource}`),
  );
}

function urlMatches(url: string, path: string): boolean {
  return url === ANY || url === path || (url.endsWith(ANY) && path.startsWith(url.slice(0, -1)));
}
