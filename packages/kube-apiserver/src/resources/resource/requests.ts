/** What a claim asks for: requests, constraints between them, and configuration (resource.k8s.io/v1 DeviceClaim). */
import {
  type DeviceClaim,
  type DeviceConstraint,
  type DeviceRequest,
  type DeviceToleration,
  type Draft,
  driverNameErrors,
  type ExactDeviceRequest,
  type FieldError,
  type FieldPath,
  fieldErrors,
  formatErrors,
  names,
  type OpaqueDeviceConfiguration,
} from '@steersman/api';
import { each, empty, invalidFor, oneOf } from '../checks.ts';
import { validateSelectors } from './selectors.ts';

const PARAMETERS_BYTES_MAX = 10 * 1024; // resource.OpaqueParametersMaxLength: they are copied into every claim's status.
const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];

/** The names that references may use: requests, and the subrequests of each. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

export function requestNamesOf(claim: DeviceClaim | undefined): RequestNames {
  return new Map(
    (claim?.requests ?? []).map(({ name, firstAvailable = [] }) => [
      name,
      new Set(firstAvailable.map((sub) => sub.name)),
    ]),
  );
}

/** A request without a mode asks for a number of devices, of one. */
export function defaultClaim(claim: Draft<DeviceClaim> | undefined): void {
  for (const { exactly, firstAvailable } of claim?.requests ?? []) {
    for (const request of [...(exactly === undefined ? [] : [exactly]), ...(firstAvailable ?? [])]) {
      request.allocationMode ||= 'ExactCount';
      if (request.allocationMode === 'ExactCount') request.count ||= 1;
      for (const toleration of request.tolerations ?? []) toleration.operator ||= 'Equal';
    }
  }
}

export function validateClaim(claim: DeviceClaim | undefined, at: FieldPath): FieldError[] {
  const known = requestNamesOf(claim);
  return [
    ...each(claim?.requests, at.child('requests'), validateRequest),
    ...each(claim?.constraints, at.child('constraints'), (constraint, where) =>
      validateConstraint(constraint, known, where),
    ),
    ...each(claim?.config, at.child('config'), ({ requests, opaque }, where) => [
      ...each(requests, where.child('requests'), (name, place) => validateReference(name, known, place)),
      ...validateConfiguration(opaque, where),
    ]),
  ];
}

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, at: FieldPath): FieldError[] {
  const errors = invalidFor(names.dns1123Label(name), name, at.child('name'));
  const detail = 'exactly one of `exactly` or `firstAvailable` is required';
  const many = firstAvailable.length > 0;
  if (exactly === undefined && !many) return [...errors, fieldErrors.required(at, detail)];
  if (exactly !== undefined && many)
    return [...errors, fieldErrors.invalid(at, undefined, `${detail}, but multiple fields are set`)];
  if (exactly !== undefined) return [...errors, ...validateExact(exactly, at.child('exactly'))];
  return [
    ...errors,
    ...each(firstAvailable, at.child('firstAvailable'), (sub, where) => [
      ...invalidFor(names.dns1123Label(sub.name), sub.name, where.child('name')),
      ...validateExact(sub, where),
    ]),
  ];
}

function validateExact(request: ExactDeviceRequest, at: FieldPath): FieldError[] {
  const { deviceClassName, selectors, allocationMode = '', count = 0, tolerations } = request;
  const classAt = at.child('deviceClassName');
  return [
    ...(empty(deviceClassName)
      ? [fieldErrors.required(classAt, '')]
      : invalidFor(names.dns1123Subdomain(deviceClassName), deviceClassName, classAt)),
    ...validateSelectors(selectors, at.child('selectors')),
    ...validateMode(allocationMode, count, at),
    ...each(tolerations, at.child('tolerations'), validateToleration),
  ];
}

function validateMode(mode: string, count: number, at: FieldPath): FieldError[] {
  const countAt = at.child('count');
  if (mode === 'All') {
    const detail = "must not be specified when allocationMode is 'All'";
    return count === 0 ? [] : [fieldErrors.invalid(countAt, count, detail)];
  }
  if (mode !== 'ExactCount') return oneOf(mode, ['All', 'ExactCount'], at.child('allocationMode'));
  return count > 0 ? [] : [fieldErrors.invalid(countAt, count, 'must be greater than zero')];
}

export function validateToleration(toleration: DeviceToleration, at: FieldPath): FieldError[] {
  const { key = '', operator = '', value = '', effect = '' } = toleration;
  const errors = key === '' ? [] : invalidFor(names.qualifiedName(key), key, at.child('key'));
  if (operator === 'Exists') {
    if (value !== '') errors.push(fieldErrors.invalid(at.child('value'), value, 'must be empty for operator `Exists`'));
  } else if (operator === 'Equal') {
    errors.push(...invalidFor(names.labelValue(value), value, at.child('value')));
    if (key === '') errors.push(fieldErrors.required(at.child('operator'), 'must be `Exists` when `key` is empty'));
  } else if (operator === '') errors.push(fieldErrors.required(at.child('operator'), ''));
  else errors.push(...oneOf(operator, ['Equal', 'Exists'], at.child('operator')));
  if (effect !== '') errors.push(...oneOf(effect, EFFECTS, at.child('effect')));
  return errors;
}

function validateConstraint(constraint: DeviceConstraint, known: RequestNames, at: FieldPath): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  const errors = each(requests, at.child('requests'), (name, where) => validateReference(name, known, where));
  const field = matchAttribute === undefined ? 'distinctAttribute' : 'matchAttribute';
  const attribute = matchAttribute ?? distinctAttribute;
  if (attribute !== undefined)
    return [...errors, ...formatErrors('k8s-resource-fully-qualified-name', attribute, at.child(field))];
  const detail = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  return [...errors, fieldErrors.required(at, detail)];
}

export function validateReference(name: string, known: RequestNames, at: FieldPath): FieldError[] {
  const detail =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const [request = '', sub, ...rest] = name.split('/');
  if (rest.length > 0) return [fieldErrors.invalid(at, name, detail)];
  const parts = sub === undefined ? [request] : [request, sub];
  const found = sub === undefined ? known.has(request) : known.get(request)?.has(sub) === true;
  return [
    ...parts.flatMap((part) => invalidFor(names.dns1123Label(part), part, at)),
    ...(found ? [] : [fieldErrors.invalid(at, name, detail)]),
  ];
}

export function validateConfiguration(opaque: OpaqueDeviceConfiguration | undefined, at: FieldPath): FieldError[] {
  if (opaque === undefined) return [fieldErrors.required(at.child('opaque'), '')];
  const where = at.child('opaque');
  return [
    ...driverNameErrors(opaque.driver ?? '', where.child('driver')),
    ...validateParameters(opaque.parameters, where.child('parameters')),
  ];
}

function validateParameters(parameters: unknown, at: FieldPath): FieldError[] {
  if (parameters === undefined || parameters === null) return [fieldErrors.required(at, '')];
  const bytes = Buffer.byteLength(JSON.stringify(parameters));
  if (bytes > PARAMETERS_BYTES_MAX) return [fieldErrors.tooLong(at, '', PARAMETERS_BYTES_MAX)];
  if (typeof parameters === 'object' && !Array.isArray(parameters)) return [];
  return [fieldErrors.invalid(at, '<value omitted>', 'must be a valid JSON object')];
}
