/** The text formats that rules name (`format: k8s-short-name`); each answers with upstream's messages. */
import { type FieldError, type FieldPath, fieldErrors } from '../field-errors.ts';
import { names } from '../names.ts';

const POOL_NAME_BYTES_MAX = 253; // resource.k8s.io: a pool's whole name.
const IDENTIFIER_BYTES_MAX = 32; // resource.k8s.io: the part of a qualified name after the slash.
const DRIVER_BYTES_MAX = 63; // CSI's limit for driver names, which DRA took over.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Format = (value: string, at: FieldPath) => readonly FieldError[];

/** Makes a format of a name rule. */
function named(rule: (value: string) => readonly string[]): Format {
  return (value, at) => rule(value).map((message) => fieldErrors.invalid(at, value, message));
}

const FORMATS: Readonly<Record<string, Format>> = {
  'k8s-short-name': named(names.dns1123Label),
  'k8s-long-name': named(names.dns1123Subdomain),
  'k8s-long-name-caseless': (value, at) =>
    names.dns1123Subdomain(value.toLowerCase()).map((message) => fieldErrors.invalid(at, value, message)),
  'k8s-label-key': named(names.qualifiedName),
  'k8s-label-value': named(names.labelValue),
  'k8s-path-segment-name': named(names.pathSegment),
  'k8s-uuid': named((value) => (UUID.test(value) ? [] : ['must be a lowercase UUID in 8-4-4-4-12 format'])),
  'k8s-extended-resource-name': named(extendedResourceName),
  'k8s-resource-pool-name': poolName,
  'k8s-resource-fully-qualified-name': fullyQualifiedName,
};

/** The causes of a text that breaks the named format; none for a format that this version does not know. */
export function formatErrors(format: string, value: string, at: FieldPath): readonly FieldError[] {
  return FORMATS[format]?.(value, at) ?? [];
}

/** A resource of a vendor: a domain and a name, not of Kubernetes' own domain, short enough for `requests.` before it. */
function extendedResourceName(value: string): readonly string[] {
  if (!value.includes('/')) return ['a name must be a domain and a name separated by a slash'];
  if (/(?:^|\.)kubernetes\.io\//.test(value) || value.startsWith('requests.'))
    return ['must be a valid extended resource name'];
  return names.qualifiedName(`requests.${value}`);
}

function poolName(value: string, at: FieldPath): readonly FieldError[] {
  if (value.length > POOL_NAME_BYTES_MAX) return [fieldErrors.tooLong(at, value, POOL_NAME_BYTES_MAX)];
  return value
    .split('/')
    .flatMap((part) => names.dns1123Subdomain(part).map((message) => fieldErrors.invalid(at, part, message)));
}

/** `domain/identifier` or, where a driver's own domain is meant, `identifier` (resource.k8s.io QualifiedName). */
export function qualifiedNameErrors(value: string, at: FieldPath): readonly FieldError[] {
  const [first = '', second, ...rest] = value.split('/');
  if (rest.length > 0) return [fieldErrors.invalid(at, value, 'must not contain more than one slash')];
  if (second === undefined) return identifierErrors(first, at);
  return [
    ...(first === '' ? [fieldErrors.invalid(at, '', 'the domain must not be empty')] : driverNameErrors(first, at)),
    ...(second === '' ? [fieldErrors.invalid(at, '', 'the name must not be empty')] : identifierErrors(second, at)),
  ];
}

function fullyQualifiedName(value: string, at: FieldPath): readonly FieldError[] {
  const detail = 'a fully qualified name must be a domain and a name separated by a slash';
  return [...qualifiedNameErrors(value, at), ...(value.includes('/') ? [] : [fieldErrors.invalid(at, value, detail)])];
}

function identifierErrors(value: string, at: FieldPath): readonly FieldError[] {
  return [
    ...(value.length > IDENTIFIER_BYTES_MAX ? [fieldErrors.tooLong(at, '', IDENTIFIER_BYTES_MAX)] : []),
    ...names.cIdentifier(value).map((message) => fieldErrors.invalid(at, value, message)),
  ];
}

/** The name of a CSI or DRA driver: a DNS subdomain in any case, at most 63 bytes. */
export function driverNameErrors(value: string, at: FieldPath): readonly FieldError[] {
  if (value === '') return [fieldErrors.required(at, '')];
  return [
    ...(value.length > DRIVER_BYTES_MAX ? [fieldErrors.tooLong(at, '', DRIVER_BYTES_MAX)] : []),
    ...names.dns1123Subdomain(value.toLowerCase()).map((message) => fieldErrors.invalid(at, value, message)),
  ];
}
