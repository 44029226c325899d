/** CertificateSigningRequests: who asked is written down by the server, never by the asker. */
import {
  type CertificateSigningRequest,
  type Draft,
  type FieldError,
  fieldErrors,
  humanDuration,
  names,
  path,
} from '@steersman/api';
import type { RequestContext, Strategy } from '../../registry/contract.ts';
import { empty, immutable } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { pathSegmentName } from '../metadata.ts';
import { keepStatus } from '../preparation.ts';

const SPEC = path('spec');
const DURATION_SECONDS_MIN = 600;
const SIGNER_LENGTH_MAX = 571;

export const certificateSigningRequest: Strategy<CertificateSigningRequest> = {
  validated: true,
  prepareForCreate: recordAsker,
  prepareForUpdate(draft, old) {
    draft.spec = structuredClone(old.spec) as Draft<CertificateSigningRequest>['spec'];
    keepStatus(draft, old);
  },
  validateName: pathSegmentName,
  validate,
  validateUpdate: (object, old) => [...validate(object), ...immutable(object.spec, old.spec, SPEC)],
  status: {
    prepareForUpdate(draft, old) {
      draft.spec = structuredClone(old.spec) as Draft<CertificateSigningRequest>['spec'];
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
  selectableFields: ({ spec }) => ({ 'spec.signerName': spec.signerName }),
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

function validate({ spec }: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  const text = Buffer.from(spec.request ?? '', 'base64').toString();
  if (!/-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----/.test(text)) {
    errors.push(fieldErrors.invalid(SPEC.child('request'), spec.request, 'PEM block type must be CERTIFICATE REQUEST'));
  }
  if ((spec.usages ?? []).length === 0) errors.push(fieldErrors.required(SPEC.child('usages'), ''));
  errors.push(...validateSigner(spec.signerName));
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < DURATION_SECONDS_MIN) {
    errors.push(
      fieldErrors.invalid(
        SPEC.child('expirationSeconds'),
        spec.expirationSeconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    );
  }
  return errors;
}

/** Signers are named `domain/path`. */
function validateSigner(name: string): FieldError[] {
  const at = SPEC.child('signerName');
  if (empty(name)) return [fieldErrors.required(at, '')];
  const [domain = '', ...rest] = name.split('/');
  if (rest.length !== 1)
    return [
      fieldErrors.invalid(at, name, 'must be a fully qualified domain and path of the form "example.com/signer-name"'),
    ];
  const messages = [
    ...names.dns1123Subdomain(domain),
    ...(rest[0] ?? '').split('.').flatMap((part) => names.dns1123Subdomain(part)),
  ];
  if (!domain.includes('.')) messages.push('should be a domain with at least two segments separated by dots');
  if (name.length > SIGNER_LENGTH_MAX) return [fieldErrors.tooLong(at, name, SIGNER_LENGTH_MAX)];
  return messages.map((message) => fieldErrors.invalid(at, name, message));
}

function conditionText({ status }: CertificateSigningRequest): string {
  const types = (status?.conditions ?? []).map(({ type }) => type);
  const words = types.includes('Denied') ? ['Denied'] : types.includes('Approved') ? ['Approved'] : ['Pending'];
  if (types.includes('Failed')) words.push('Failed');
  if (status?.certificate) words.push('Issued');
  return words.join(',');
}
