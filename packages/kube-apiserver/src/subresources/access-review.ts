/** The reviews of authorization.k8s.io: may somebody do something, may I, and what may I. */
import {
  type Draft,
  errors,
  type FieldError,
  fieldErrors,
  path,
  type SelfSubjectRulesReview,
  type SubjectAccessReview,
} from '@steersman/api';
import type { UserInfo } from '../authentication/contract.ts';
import type { Attributes, Authorizer } from '../authorization/contract.ts';
import type {
  ExtensionDependencies,
  SubresourceHandler,
  SubresourceRequest,
} from '../registry/subresource-contract.ts';

const GROUP = 'authorization.k8s.io';
const SPEC = path('spec');
type Spec = SubjectAccessReview['spec'];

export function accessReviews({
  authorizer,
  rulesOf,
}: Pick<ExtensionDependencies, 'authorizer' | 'rulesOf'>): readonly SubresourceHandler[] {
  return [
    review('subjectaccessreviews', 'SubjectAccessReview', (request, body) => {
      refuse(request, 'SubjectAccessReview', [...targetProblems(body.spec), ...subjectProblems(body.spec)]);
      return decide(authorizer, attributesOf(body.spec, userOf(body.spec)), body);
    }),
    review('localsubjectaccessreviews', 'LocalSubjectAccessReview', (request, body) => {
      refuse(request, 'LocalSubjectAccessReview', [...targetProblems(body.spec), ...subjectProblems(body.spec)]);
      if (body.spec.resourceAttributes?.namespace !== request.namespace) {
        throw errors.badRequest(`spec.resourceAttributes.namespace must match namespace: ${request.namespace}`);
      }
      return decide(authorizer, attributesOf(body.spec, userOf(body.spec)), body);
    }),
    review('selfsubjectaccessreviews', 'SelfSubjectAccessReview', (request, body) => {
      refuse(request, 'SelfSubjectAccessReview', targetProblems(body.spec));
      return decide(authorizer, attributesOf(body.spec, request.user), body);
    }),
    rulesReview(rulesOf),
  ];
}

function review(
  resource: string,
  kind: string,
  answer: (request: SubresourceRequest, body: Draft<SubjectAccessReview>) => Promise<SubjectAccessReview>,
): SubresourceHandler {
  return {
    group: GROUP,
    resource,
    subresource: '',
    accepts: { group: GROUP, version: 'v1', kind },
    verbs: ['create'],
    handle: async (request) => ({ object: await answer(request, request.body as Draft<SubjectAccessReview>) }),
  };
}

function refuse(request: SubresourceRequest, kind: string, problems: readonly FieldError[]): void {
  if (problems.length > 0) throw errors.invalid({ group: GROUP, kind }, request.body?.metadata.name ?? '', problems);
}

function targetProblems(spec: Draft<Spec> | undefined): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec ?? {};
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    return [
      fieldErrors.invalid(
        SPEC.child('nonResourceAttributes'),
        nonResourceAttributes,
        'cannot be specified in combination with resourceAttributes',
      ),
    ];
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    return [
      fieldErrors.invalid(
        SPEC.child('resourceAttributes'),
        null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ];
  }
  return [];
}

function subjectProblems(spec: Draft<Spec> | undefined): FieldError[] {
  if (spec?.user || (spec?.groups ?? []).length > 0) return [];
  return [fieldErrors.invalid(SPEC.child('user'), '', 'at least one of user or group must be specified')];
}

function userOf({ user = '', groups = [], uid, extra }: Draft<Spec>): UserInfo {
  return { name: user, groups, ...(uid ? { uid } : {}), ...(extra === undefined ? {} : { extra }) };
}

function attributesOf(
  { resourceAttributes: resource, nonResourceAttributes: other }: Draft<Spec>,
  user: UserInfo,
): Attributes {
  if (resource === undefined) return { user, verb: other?.verb ?? '', path: other?.path ?? '' };
  const {
    group = '',
    version = '',
    resource: plural = '',
    subresource = '',
    namespace = '',
    name = '',
    verb = '',
  } = resource;
  return { user, verb, resource: { group, version, resource: plural, subresource, namespace, name } };
}

async function decide(
  authorizer: Authorizer,
  attributes: Attributes,
  body: Draft<SubjectAccessReview>,
): Promise<SubjectAccessReview> {
  const { kind, reason } = await authorizer.authorize(attributes);
  const status = {
    allowed: kind === 'allow',
    ...(kind === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
  return { ...body, status } as SubjectAccessReview;
}

function rulesReview(rulesOf: ExtensionDependencies['rulesOf']): SubresourceHandler {
  return {
    group: GROUP,
    resource: 'selfsubjectrulesreviews',
    subresource: '',
    accepts: { group: GROUP, version: 'v1', kind: 'SelfSubjectRulesReview' },
    verbs: ['create'],
    async handle(request) {
      const body = request.body as Draft<SelfSubjectRulesReview>;
      const namespace = body.spec?.namespace ?? '';
      if (namespace === '') throw errors.badRequest('no namespace on request');
      const rules = await rulesOf(request.user, namespace);
      const resourceRules = rules
        .filter(({ nonResourceURLs }) => nonResourceURLs.length === 0)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          apiGroups,
          resources,
          ...(resourceNames.length === 0 ? {} : { resourceNames }),
        }));
      const nonResourceRules = rules
        .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
      return {
        object: { ...body, status: { resourceRules, nonResourceRules, incomplete: false } } as SelfSubjectRulesReview,
      };
    },
  };
}
