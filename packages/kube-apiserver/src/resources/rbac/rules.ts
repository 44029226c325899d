/** Rules, subjects and references: what the four RBAC kinds are made of. */
import {
  type Draft,
  type FieldError,
  type FieldPath,
  fieldErrors,
  internalForm,
  names,
  type PolicyRule,
  path,
  type RoleRef,
  type Subject,
  semanticEqual,
} from '@steersman/api';
import type { Column } from '../../registry/contract.ts';
import { each, empty, invalidFor, oneOfListed } from '../checks.ts';
import { text } from '../columns.ts';
import { pathSegmentName } from '../metadata.ts';

const GROUP = 'rbac.authorization.k8s.io';

export function validateRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] {
  return each(rules, path('rules'), (rule, at) => validateRule(rule, namespaced, at));
}

function validateRule(rule: PolicyRule, namespaced: boolean, at: FieldPath): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors =
    verbs.length === 0 ? [fieldErrors.required(at.child('verbs'), 'verbs must contain at least one value')] : [];
  if (nonResourceURLs.length > 0) {
    if (namespaced)
      errors.push(
        fieldErrors.invalid(
          at.child('nonResourceURLs'),
          nonResourceURLs,
          'namespaced rules cannot apply to non-resource URLs',
        ),
      );
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(
        fieldErrors.invalid(
          at.child('nonResourceURLs'),
          nonResourceURLs,
          'rules cannot apply to both regular resources and non-resource URLs',
        ),
      );
    }
    return errors;
  }
  if (apiGroups.length === 0)
    errors.push(fieldErrors.required(at.child('apiGroups'), 'resource rules must supply at least one api group'));
  if (resources.length === 0)
    errors.push(fieldErrors.required(at.child('resources'), 'resource rules must supply at least one resource'));
  return errors;
}

interface BindingLike {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[] | undefined;
}

export function defaultBinding(draft: Draft<BindingLike>): void {
  if (draft.roleRef !== undefined) draft.roleRef.apiGroup ||= GROUP;
  for (const subject of draft.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= GROUP;
  }
}

export function validateBinding({ roleRef, subjects }: BindingLike, namespaced: boolean): FieldError[] {
  const at = path('roleRef');
  const errors: FieldError[] = [];
  if (roleRef.apiGroup !== GROUP)
    errors.push(fieldErrors.notSupported(at.child('apiGroup'), roleRef.apiGroup, [GROUP]));
  errors.push(...oneOfListed(roleRef.kind, namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'], at.child('kind')));
  if (empty(roleRef.name)) errors.push(fieldErrors.required(at.child('name'), ''));
  else errors.push(...invalidFor(pathSegmentName(roleRef.name, false), roleRef.name, at.child('name')));
  return [
    ...errors,
    ...each(subjects, path('subjects'), (subject, where) => validateSubject(subject, namespaced, where)),
  ];
}

/** A binding in a namespace may leave out the namespace of its service accounts. */
function validateSubject(subject: Subject, namespaced: boolean, at: FieldPath): FieldError[] {
  const errors = empty(subject.name) ? [fieldErrors.required(at.child('name'), '')] : [];
  switch (subject.kind) {
    case 'ServiceAccount':
      if (!empty(subject.name))
        errors.push(...invalidFor(names.dns1123Subdomain(subject.name), subject.name, at.child('name')));
      if (!empty(subject.apiGroup)) errors.push(fieldErrors.notSupported(at.child('apiGroup'), subject.apiGroup, ['']));
      if (!namespaced && empty(subject.namespace)) errors.push(fieldErrors.required(at.child('namespace'), ''));
      return errors;
    case 'User':
    case 'Group':
      if (subject.apiGroup !== GROUP)
        errors.push(fieldErrors.notSupported(at.child('apiGroup'), subject.apiGroup ?? '', [GROUP]));
      return errors;
    default:
      return [...errors, ...oneOfListed(subject.kind, ['ServiceAccount', 'User', 'Group'], at.child('kind'))];
  }
}

/** What a binding binds to is its identity. */
export function validateBindingUpdate(object: BindingLike, old: BindingLike): FieldError[] {
  return semanticEqual(object.roleRef, old.roleRef)
    ? []
    : [
        fieldErrors.invalid(
          path('roleRef'),
          internalForm(object.roleRef, 'k8s.io/api/rbac/v1.RoleRef'),
          'cannot change roleRef',
        ),
      ];
}

export function bindingColumns<T extends BindingLike>(): Column<T>[] {
  const subjectsOf = (object: T, kind: string) => (object.subjects ?? []).filter((subject) => subject.kind === kind);
  return [
    text(
      'Users',
      'Users that get the role.',
      (object) =>
        subjectsOf(object, 'User')
          .map(({ name }) => name)
          .join(', '),
      1,
    ),
    text(
      'Groups',
      'Groups that get the role.',
      (object) =>
        subjectsOf(object, 'Group')
          .map(({ name }) => name)
          .join(', '),
      1,
    ),
    text(
      'ServiceAccounts',
      'Service accounts that get the role.',
      (object) =>
        subjectsOf(object, 'ServiceAccount')
          .map(({ namespace, name }) => `${namespace}/${name}`)
          .join(', '),
      1,
    ),
  ];
}
