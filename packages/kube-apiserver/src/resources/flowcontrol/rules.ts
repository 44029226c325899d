/** Which requests a FlowSchema matches. */
import { type FieldError, type FieldPath, type FlowSchema, fieldErrors, names } from '@steersman/api';
import { each, empty, invalidFor } from '../checks.ts';

const VERBS = new Set(['get', 'list', 'create', 'update', 'delete', 'deletecollection', 'patch', 'watch', 'proxy']);
const SUBJECT_KINDS = ['Group', 'ServiceAccount', 'User'];
const ALL = '*';

type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number];
type Subject = Rules['subjects'][number];
type ResourceRule = NonNullable<Rules['resourceRules']>[number];
type NonResourceRule = NonNullable<Rules['nonResourceRules']>[number];
type Texts = readonly string[] | undefined;

export function validateRules({ subjects, resourceRules, nonResourceRules }: Rules, at: FieldPath): FieldError[] {
  const noSubject = 'subjects must contain at least one value';
  const noRule = 'at least one of resourceRules and nonResourceRules has to be non-empty';
  return [
    ...((subjects ?? []).length === 0 ? [fieldErrors.required(at.child('subjects'), noSubject)] : []),
    ...each(subjects, at.child('subjects'), validateSubject),
    ...((resourceRules ?? []).length + (nonResourceRules ?? []).length === 0 ? [fieldErrors.required(at, noRule)] : []),
    ...each(resourceRules, at.child('resourceRules'), validateResourceRule),
    ...each(nonResourceRules, at.child('nonResourceRules'), validateNonResourceRule),
  ];
}

function validateSubject(subject: Subject, at: FieldPath): FieldError[] {
  if (!SUBJECT_KINDS.includes(subject.kind))
    return [fieldErrors.notSupported(at.child('kind'), subject.kind, SUBJECT_KINDS)];
  return [
    ...validateMember(subject, 'serviceAccount', 'ServiceAccount', at, validateServiceAccount),
    ...validateMember(subject, 'user', 'User', at, ({ name }, where) => requiredName(name, where)),
    ...validateMember(subject, 'group', 'Group', at, ({ name }, where) => requiredName(name, where)),
  ];
}

/** The member that the kind names must be there, the others may not. */
function validateMember<K extends 'serviceAccount' | 'user' | 'group'>(
  subject: Subject,
  field: K,
  kind: string,
  at: FieldPath,
  check: (member: NonNullable<Subject[K]>, at: FieldPath) => FieldError[],
): FieldError[] {
  const member = subject[field];
  const where = at.child(field);
  if (subject.kind !== kind) {
    const detail = `${field} is forbidden when subject kind is not '${kind}'`;
    return member === undefined ? [] : [fieldErrors.forbidden(where, detail)];
  }
  if (member === undefined) return [fieldErrors.required(where, `${field} is required when subject kind is '${kind}'`)];
  return check(member as NonNullable<Subject[K]>, where);
}

function requiredName(name: string, at: FieldPath): FieldError[] {
  return empty(name) ? [fieldErrors.required(at.child('name'), '')] : [];
}

function validateServiceAccount(
  { name, namespace }: NonNullable<Subject['serviceAccount']>,
  at: FieldPath,
): FieldError[] {
  const unnamed = requiredName(name, at);
  const wrongName = name === ALL || unnamed.length > 0 ? [] : names.dns1123Subdomain(name);
  const nowhere = fieldErrors.required(at.child('namespace'), 'must specify namespace for service account');
  return [
    ...unnamed,
    ...invalidFor(wrongName, name, at.child('name')),
    ...(empty(namespace) ? [nowhere] : invalidFor(names.dns1123Label(namespace), namespace, at.child('namespace'))),
  ];
}

function validateVerbs(verbs: Texts, at: FieldPath): FieldError[] {
  const list = verbs ?? [];
  if (list.length === 0) return [fieldErrors.required(at, 'verbs must contain at least one value')];
  if (list.includes(ALL)) return onlyAll(list, at, 'verbs');
  return list.every((verb) => VERBS.has(verb)) ? [] : [fieldErrors.notSupported(at, list, [...VERBS].sort())];
}

function onlyAll(list: readonly string[], at: FieldPath, what: string): FieldError[] {
  if (list.length <= 1 || !list.includes(ALL)) return [];
  return [fieldErrors.invalid(at, list, `if '*' is present, must not specify other ${what}`)];
}

function listOrAll(list: Texts, at: FieldPath, what: string, missing: string): FieldError[] {
  return (list ?? []).length === 0 ? [fieldErrors.required(at, missing)] : onlyAll(list ?? [], at, what);
}

function validateResourceRule(rule: ResourceRule, at: FieldPath): FieldError[] {
  const must = 'resource rules must supply at least one';
  const { verbs, apiGroups, resources } = rule;
  return [
    ...validateVerbs(verbs, at.child('verbs')),
    ...listOrAll(apiGroups, at.child('apiGroups'), 'api groups', `${must} api group`),
    ...listOrAll(resources, at.child('resources'), 'resources', `${must} resource`),
    ...validateNamespaces(rule, at.child('namespaces')),
  ];
}

function validateNamespaces({ namespaces = [], clusterScope }: ResourceRule, at: FieldPath): FieldError[] {
  if (namespaces.length === 0) {
    const detail = 'resource rules that are not cluster scoped must supply at least one namespace';
    return clusterScope === true ? [] : [fieldErrors.required(at, detail)];
  }
  if (namespaces.includes(ALL)) return onlyAll(namespaces, at, 'namespaces');
  const intro = "each member of this list must be '*' or a DNS-1123 label; ";
  return each(namespaces, at, (name, where) =>
    names.dns1123Label(name).map((message) => fieldErrors.invalid(where, name, intro + message)),
  );
}

function validateNonResourceRule({ verbs, nonResourceURLs }: NonResourceRule, at: FieldPath): FieldError[] {
  const where = at.child('nonResourceURLs');
  const missing = 'nonResourceURLs must contain at least one value';
  return [
    ...validateVerbs(verbs, at.child('verbs')),
    ...listOrAll(nonResourceURLs, where, 'non-resource URLs', missing),
    ...((nonResourceURLs ?? []).includes(ALL) ? [] : each(nonResourceURLs, where, validateUrlPath)),
  ];
}

function validateUrlPath(url: string, at: FieldPath): FieldError[] {
  const stars = url.split('*').length - 1;
  if (url === '') return [fieldErrors.invalid(at, url, 'must not be empty')];
  if (!url.startsWith('/')) return [fieldErrors.invalid(at, url, 'must start with slash')];
  if (url.includes(' ')) return [fieldErrors.invalid(at, url, 'must not contain white-space')];
  if (url.includes('//')) return [fieldErrors.invalid(at, url, 'must not contain double slash')];
  if (stars > 1 || (stars === 1 && !url.endsWith('/*')))
    return [fieldErrors.invalid(at, url, 'wildcard can only do suffix matching')];
  return [];
}
