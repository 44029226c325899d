/**
 * FlowSchemas in the form that answers quickly: which requests each one takes (KEP-1040).
 */
import type { FlowSchema } from '@steersman/api';
import type { UserInfo } from '../authentication/contract.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { PriorityLevel } from './priority-level.ts';

/** The requests of one FlowSchema, and where they wait. */
export interface FlowClass {
  readonly name: string;
  readonly level: PriorityLevel;
  /** What the response headers say; empty for the built-in ones before they are stored. */
  readonly schemaUid: string;
  readonly levelUid: string;
  readonly distinguisher: 'user' | 'namespace' | 'none';
  readonly rules: readonly FlowRule[];
  readonly counts: FlowCounts;
}

/** What metrics tell about a schema at its level. They outlive changes of both. */
export interface FlowCounts {
  readonly schema: string;
  readonly level: string;
  executing: number;
  executingSeats: number;
  waiting: number;
  waitingSeats: number;
  /** Since the start. */
  dispatched: number;
  rejected: number;
  timedOut: number;
  cancelled: number;
}

export interface FlowRule {
  readonly isFor: (user: UserInfo) => boolean;
  readonly takes: (info: RequestInfo, path: string) => boolean;
  /** It takes whatever its users ask. */
  readonly takesAll: boolean;
  /** It looks at which namespace is asked, not only at whether one is. */
  readonly namespaced: boolean;
}

type Rule = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number];
type Subject = Rule['subjects'][number];
type ResourceRule = NonNullable<Rule['resourceRules']>[number];
type NonResourceRule = NonNullable<Rule['nonResourceRules']>[number];

const ANY = '*';
const hasAny = (values: readonly string[] | undefined) => values?.includes(ANY) === true;

export function compileRules(rules: readonly Rule[] | undefined): readonly FlowRule[] {
  return (rules ?? []).map(compileRule);
}

function compileRule({ subjects, resourceRules = [], nonResourceRules = [] }: Rule): FlowRule {
  return {
    isFor: (user) => subjects.some((subject) => isSubject(subject, user)),
    takes: (info, path) =>
      info.isResource
        ? resourceRules.some((rule) => takesResource(rule, info))
        : nonResourceRules.some((rule) => takesPath(rule, info.verb, path)),
    takesAll: resourceRules.some(isUnlimited) && nonResourceRules.some(takesEveryPath),
    namespaced: resourceRules.some(({ namespaces }) => namespaces !== undefined && !hasAny(namespaces)),
  };
}

function isUnlimited({ verbs, apiGroups, resources, clusterScope, namespaces }: ResourceRule): boolean {
  return hasAny(verbs) && hasAny(apiGroups) && hasAny(resources) && clusterScope === true && hasAny(namespaces);
}

function takesEveryPath({ verbs, nonResourceURLs }: NonResourceRule): boolean {
  return hasAny(verbs) && hasAny(nonResourceURLs);
}

function isSubject(subject: Subject, user: UserInfo): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user?.name === ANY || subject.user?.name === user.name;
    case 'Group':
      return subject.group?.name === ANY || user.groups.includes(subject.group?.name ?? '');
    case 'ServiceAccount': {
      const { namespace = '', name = '' } = subject.serviceAccount ?? {};
      const prefix = `system:serviceaccount:${namespace}:`;
      return name === ANY ? user.name.startsWith(prefix) : user.name === prefix + name;
    }
    default:
      return false;
  }
}

function takesResource(rule: ResourceRule, { verb, group, resource, subresource, namespace }: RequestInfo): boolean {
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  if (!includes(rule.verbs, verb) || !includes(rule.apiGroups, group) || !includes(rule.resources, full)) return false;
  return namespace === '' ? rule.clusterScope === true : includes(rule.namespaces ?? [], namespace);
}

function includes(values: readonly string[], value: string): boolean {
  return values.includes(ANY) || values.includes(value);
}

function takesPath({ verbs, nonResourceURLs }: NonResourceRule, verb: string, path: string): boolean {
  return includes(verbs, verb) && nonResourceURLs.some((url) => urlMatches(url, path));
}

function urlMatches(url: string, path: string): boolean {
  return url === ANY || url === path || (url.endsWith(ANY) && path.startsWith(url.slice(0, -1)));
}
