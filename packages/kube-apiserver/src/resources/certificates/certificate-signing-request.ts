/** CertificateSigningRequests: who asked is written down by the server, never by the asker. */
import { type CertificateSigningRequest, type Draft, humanDuration } from '@steersman/api';
import type { RequestContext, Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { pathSegmentName } from '../metadata.ts';
import { keepSpec, keepStatus } from '../preparation.ts';
import { validateRequest, validateRequestUpdate } from './request-validation.ts';

export const certificateSigningRequest: Strategy<CertificateSigningRequest> = {
  validated: true,
  prepareForCreate: recordAsker,
  prepareForUpdate(draft, old) {
    keepSpec(draft, old);
    keepStatus(draft, old);
  },
  validateName: pathSegmentName,
  validate: validateRequest,
  validateUpdate: (object, old) => validateRequestUpdate(object, old, 'main'),
  status: {
    validateUpdate: (object, old) => validateRequestUpdate(object, old, 'status'),
    prepareForUpdate(draft, old) {
      keepSpec(draft, old);
      // Approval is a decision of its own, made through the approval subresource.
      const decided = (old.status?.conditions ?? []).filter(({ type }) => type === 'Approved' || type === 'Denied');
      const others = (draft.status?.conditions ?? []).filter(({ type }) => type !== 'Approved' && type !== 'Denied');
      draft.status = {
        ...draft.status,
        conditions: structuredClone([...decided, ...others]) as Draft<(typeof decided)[number]>[],
      };
    },
  },
  columns: [
    nameColumn(),
    ageColumn(),
    text('SignerName', 'Who should sign.', ({ spec }) => spec.signerName || '<none>'),
    text('Requestor', 'Who asked.', ({ spec }) => spec.username ?? ''),
    text('RequestedDuration', 'Life time asked for.', ({ spec }) =>
      spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    text('Condition', 'What was decided.', conditionText),
  ],
  selectable: {
    reads: ['spec.signerName'],
    fields: ({ spec }) => ({ 'spec.signerName': spec.signerName }),
  },
};

function recordAsker(draft: Draft<CertificateSigningRequest>, { user }: RequestContext): void {
  const { spec } = draft;
  spec.username = user.name;
  if (user.uid === undefined) delete spec.uid;
  else spec.uid = user.uid;
  spec.groups = [...user.groups];
  if (user.extra === undefined) delete spec.extra;
  else spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
  draft.status = {};
}

function conditionText({ status }: CertificateSigningRequest): string {
  const types = (status?.conditions ?? []).map(({ type }) => type);
  const words = types.includes('Denied') ? ['Denied'] : types.includes('Approved') ? ['Approved'] : ['Pending'];
  if (types.includes('Failed')) words.push('Failed');
  if (status?.certificate) words.push('Issued');
  return words.join(',');
}
