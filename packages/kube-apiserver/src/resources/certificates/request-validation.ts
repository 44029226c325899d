/** What a CertificateSigningRequest may say, and how its decision and its certificate may come about. */
import {
  type CertificateSigningRequest,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
  semanticEqual,
} from '@steersman/api';
import { each, empty, oneOf } from '../checks.ts';
import { chainProblem, requestProblem } from './certificate-request.ts';

const SPEC = path('spec');
const CONDITIONS = path('status', 'conditions');
const CERTIFICATE = path('status', 'certificate');
const DURATION_SECONDS_MIN = 600;
const DOMAIN_LENGTH_MAX = 253;
const SIGNER_LENGTH_MAX = 571;
const DECISIONS = ['Approved', 'Denied'];
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

export function validateRequest({ spec, status }: CertificateSigningRequest): FieldError[] {
  const problem = requestProblem(Buffer.from(spec.request ?? '', 'base64').toString('latin1'));
  const life = spec.expirationSeconds;
  const short = 'may not specify a duration less than 600 seconds (10 minutes)';
  return [
    ...(problem === undefined ? [] : [fieldErrors.invalid(SPEC.child('request'), spec.request, problem)]),
    ...validateUsages(spec.usages ?? [], SPEC.child('usages')),
    ...validateSigner(spec.signerName, SPEC.child('signerName')),
    ...(life !== undefined && life < DURATION_SECONDS_MIN
      ? [fieldErrors.invalid(SPEC.child('expirationSeconds'), life, short)]
      : []),
    ...validateConditions(status?.conditions),
  ];
}

function validateUsages(usages: readonly string[], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return [
    ...(usages.length === 0 ? [fieldErrors.required(at, '')] : []),
    ...each(usages, at, (usage, where) => oneOf(usage, USAGES, where)),
    ...each(usages, at, (usage, where) => {
      const twice = seen.has(usage) ? [fieldErrors.duplicate(where, usage)] : [];
      seen.add(usage);
      return twice;
    }),
  ];
}

function validateSigner(name: string, at: FieldPath): FieldError[] {
  if (name === LEGACY_SIGNER)
    return [fieldErrors.invalid(at, name, 'the legacy signerName is not allowed via this API version')];
  return signerNameErrors(name, at);
}

/** Signers are named `domain/path`; the path has room for a namespace and a name. */
export function signerNameErrors(name: string | undefined, at: FieldPath): FieldError[] {
  if (empty(name)) return [fieldErrors.required(at, '')];
  const [domain = '', place = '', ...more] = name.split('/');
  const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
  if (!name.includes('/') || more.length > 0) return [fieldErrors.invalid(at, name, form)];
  const labels = domain.split('.');
  const wrong = (value: string, parts: readonly string[], rule: (part: string) => readonly string[]): FieldError[] => {
    const bad = parts.find((part) => rule(part).length > 0);
    if (bad === undefined) return [];
    return rule(bad).map((message) =>
      fieldErrors.invalid(at, value, `validating label ${JSON.stringify(bad)}: ${message}`),
    );
  };
  const few = 'should be a domain with at least two segments separated by dots';
  return [
    ...(domain.length > DOMAIN_LENGTH_MAX ? [fieldErrors.tooLong(at, '', DOMAIN_LENGTH_MAX)] : []),
    ...wrong(domain, labels, names.dns1123Label),
    ...(labels.length < 2 ? [fieldErrors.invalid(at, domain, few)] : []),
    ...wrong(place, place.split('.'), names.dns1123Subdomain),
    ...(name.length > SIGNER_LENGTH_MAX ? [fieldErrors.tooLong(at, '', SIGNER_LENGTH_MAX)] : []),
  ];
}

function validateConditions(conditions: readonly Condition[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(conditions, CONDITIONS, ({ type, status }, at) => {
    const allowed = [...DECISIONS, 'Failed'].includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    const opposite = type === 'Approved' ? 'Denied' : 'Approved';
    const both = DECISIONS.includes(type) && seen.has(opposite);
    const errors = [
      ...(empty(type) ? [fieldErrors.required(at.child('type'), '')] : []),
      ...(empty(status) ? [fieldErrors.required(at.child('status'), '')] : oneOf(status, allowed, at.child('status'))),
      ...(both ? [fieldErrors.invalid(CONDITIONS, type, 'Approved and Denied conditions are mutually exclusive')] : []),
      ...(seen.has(type) ? [fieldErrors.duplicate(at.child('type'), type)] : []),
    ];
    seen.add(type);
    return errors;
  });
}

/** Decisions are made through the approval subresource, certificates come through status; neither is ever taken back. */
export function validateRequestUpdate(
  object: CertificateSigningRequest,
  old: CertificateSigningRequest,
  by: 'main' | 'status',
): FieldError[] {
  const text = Buffer.from(object.status?.certificate ?? '', 'base64').toString('latin1');
  const changed = (object.status?.certificate ?? '') !== (old.status?.certificate ?? '');
  const problem = changed ? chainProblem(text) : undefined;
  const refused =
    by === 'main' ? 'updates may not set certificate content' : 'updates may not modify existing certificate content';
  return [
    ...validateRequest(object),
    ...(problem === undefined ? [] : [fieldErrors.invalid(CERTIFICATE, '<certificate data>', problem)]),
    ...validateDecisions(object, old),
    ...(changed && (by === 'main' || !empty(old.status?.certificate))
      ? [fieldErrors.forbidden(CERTIFICATE, refused)]
      : []),
  ];
}

function validateDecisions(object: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  const of = ({ status }: CertificateSigningRequest, wanted: string) =>
    (status?.conditions ?? []).filter(({ type }) => type === wanted);
  const removed = [...DECISIONS, 'Failed'].filter((type) => of(object, type).length < of(old, type).length);
  const problem = (verb: string, type: string) =>
    fieldErrors.forbidden(CONDITIONS, `updates may not ${verb} a condition of type ${JSON.stringify(type)}`);
  return [
    ...removed.map((type) => problem('remove', type)),
    ...DECISIONS.filter((type) => of(object, type).length > of(old, type).length).map((type) => problem('add', type)),
    ...DECISIONS.filter(
      (type) => of(object, type).length === of(old, type).length && !semanticEqual(of(object, type), of(old, type)),
    ).map((type) => problem('modify', type)),
  ];
}
