/** certificatesigningrequests/approval: the decision about a request. Who may decide is for admission (CertificateApproval). */
import {
  type CertificateSigningRequest,
  type Draft,
  errors,
  type FieldError,
  fieldErrors,
  formatTime,
  path,
  Resources,
} from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { adoptMetadata } from './adopt-metadata.ts';
import { updateOptions } from './update-options.ts';

const GROUP = 'certificates.k8s.io';
type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

export const certificateApproval: SubresourceHandler = {
  group: GROUP,
  resource: 'certificatesigningrequests',
  subresource: 'approval',
  accepts: { group: GROUP, version: 'v1', kind: 'CertificateSigningRequest' },
  verbs: ['get', 'update'],
  async handle(request) {
    const { registry, name, verb } = request;
    const stored = await registry.get(Resources.certificateSigningRequests, { name });
    if (verb === 'get') return { object: stored };
    const body = request.body as Draft<CertificateSigningRequest>;
    const now = formatTime(request.clock.now());
    const object = await registry.update(
      Resources.certificateSigningRequests,
      { name },
      (draft, old) => {
        const conditions = (body.status?.conditions ?? []).map((condition) =>
          withTimes(condition, old.status?.conditions ?? [], now),
        );
        const problems = problemsOf(conditions, old.status?.conditions ?? []);
        if (problems.length > 0)
          throw errors.invalid({ group: GROUP, kind: 'CertificateSigningRequest' }, name, problems);
        draft.status = { ...draft.status, conditions };
        adoptMetadata(draft.metadata, body.metadata);
      },
      updateOptions(request, body.metadata),
    );
    return { object };
  },
};

function withTimes(condition: Draft<Condition>, before: readonly Condition[], now: string): Draft<Condition> {
  const known = before.find(({ type }) => type === condition.type);
  const lastTransitionTime =
    condition.lastTransitionTime ?? (known?.status === condition.status ? (known?.lastTransitionTime ?? now) : now);
  return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? now, lastTransitionTime };
}

function problemsOf(conditions: readonly Condition[], before: readonly Condition[]): FieldError[] {
  const at = path('status', 'conditions');
  const problems: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { type, status }] of conditions.entries()) {
    if (!type) problems.push(fieldErrors.required(at.index(index).child('type'), ''));
    else if (seen.has(type)) problems.push(fieldErrors.duplicate(at.index(index).child('type'), type));
    seen.add(type);
    if (!status) problems.push(fieldErrors.required(at.index(index).child('status'), ''));
    else if (['Approved', 'Denied', 'Failed'].includes(type) && status !== 'True')
      problems.push(fieldErrors.notSupported(at.index(index).child('status'), status, ['True']));
  }
  if (seen.has('Approved') && seen.has('Denied'))
    problems.push(fieldErrors.invalid(at, conditions, 'Approved and Denied conditions are mutually exclusive'));
  for (const { type } of before) {
    const final = type === 'Approved' || type === 'Denied' || type === 'Failed';
    if (final && !seen.has(type))
      problems.push(fieldErrors.forbidden(at, `updates may not remove a condition of type ${JSON.stringify(type)}`));
  }
  return problems;
}
