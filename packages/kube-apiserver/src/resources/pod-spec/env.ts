/** Environment variables and the sources they come from. */
import { type EnvFromSource, type EnvVar, type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { each, empty, invalidFor, oneOf, required } from '../checks.ts';
import { noBacksteps } from './paths.ts';
import { quantityOf } from './quantities.ts';

type Source = NonNullable<EnvVar['valueFrom']>;
type FieldRef = NonNullable<Source['fieldRef']>;
type ResourceRef = NonNullable<Source['resourceFieldRef']>;

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const SUBSCRIPTED_FIELDS = ['metadata.annotations', 'metadata.labels'];
/** What the downward API can read at all; environment and volumes each allow a part of it. */
const DOWNWARD_FIELDS = new Set([
  ...ENV_FIELDS,
  ...SUBSCRIPTED_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);
const RESOURCE_FIELDS = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [
  `limits.${name}`,
  `requests.${name}`,
]);
const HUGE_PAGES = /^(?:limits|requests)\.hugepages-/;
const BYTE_DIVISORS = ['1', ...['k', 'M', 'G', 'T', 'P', 'E'].map((unit) => `1${unit}`)].concat(
  ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit) => `1${unit}`),
);

export function validateEnv(env: readonly EnvVar[] | undefined, at: FieldPath): FieldError[] {
  return each(env, at, (variable, where) => [
    ...(empty(variable.name)
      ? [fieldErrors.required(where.child('name'), '')]
      : invalidFor(names.relaxedEnvVarName(variable.name), variable.name, where.child('name'))),
    ...validateValueFrom(variable, where.child('valueFrom')),
  ]);
}

function validateValueFrom({ value, valueFrom }: EnvVar, at: FieldPath): FieldError[] {
  if (valueFrom === undefined) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, ENV_FIELDS, at.child('fieldRef')));
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, false, at.child('resourceFieldRef')));
  if (configMapKeyRef) errors.push(...validateKeySelector(configMapKeyRef, at.child('configMapKeyRef')));
  if (secretKeyRef) errors.push(...validateKeySelector(secretKeyRef, at.child('secretKeyRef')));
  if (fileKeyRef) errors.push(...validateFileKeySelector(fileKeyRef, at.child('fileKeyRef')));
  const count = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(
    (source) => source !== undefined,
  ).length;
  if (count === 0) {
    const choices = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    return [...errors, fieldErrors.invalid(at, '', `must specify one of: ${choices}`)];
  }
  if (!empty(value)) errors.push(fieldErrors.invalid(at, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) errors.push(fieldErrors.invalid(at, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateKeySelector(
  selector: { readonly name?: string | undefined; readonly key: string },
  at: FieldPath,
): FieldError[] {
  const name = selector.name ?? '';
  return [
    ...invalidFor(names.dns1123Subdomain(name), name, at.child('name')),
    ...(empty(selector.key)
      ? [fieldErrors.required(at.child('key'), '')]
      : invalidFor(names.configMapKey(selector.key), selector.key, at.child('key'))),
  ];
}

function validateFileKeySelector(selector: NonNullable<Source['fileKeyRef']>, at: FieldPath): FieldError[] {
  const check = (field: 'key' | 'volumeName' | 'path', rule: (value: string, where: FieldPath) => FieldError[]) =>
    empty(selector[field]) ? [fieldErrors.required(at.child(field), '')] : rule(selector[field], at.child(field));
  return [
    ...check('key', (key, where) => invalidFor(names.relaxedEnvVarName(key), key, where)),
    ...check('volumeName', (name, where) => invalidFor(names.dns1123Label(name), name, where)),
    ...check('path', noBacksteps),
  ];
}

/** A reference to a field of the pod; `allowed` are the paths this place may use. Labels and annotations may be picked by key. */
export function validateFieldRef(ref: FieldRef, allowed: readonly string[], at: FieldPath): FieldError[] {
  if (empty(ref.apiVersion)) return [fieldErrors.required(at.child('apiVersion'), '')];
  if (empty(ref.fieldPath)) return [fieldErrors.required(at.child('fieldPath'), '')];
  const [, field = ref.fieldPath, key] = /^(.+?)\['(.*)'\]$/s.exec(ref.fieldPath) ?? [];
  const problem = fieldProblem(ref.apiVersion, field, key !== undefined);
  if (problem !== undefined) {
    const detail = `error converting fieldPath: ${problem}`;
    return [fieldErrors.invalid(at.child('fieldPath'), ref.fieldPath, detail)];
  }
  if (key === undefined) {
    const path = field === 'spec.host' ? 'spec.nodeName' : field;
    return oneOf(path, allowed, at.child('fieldPath'));
  }
  return invalidFor(names.qualifiedName(field === 'metadata.annotations' ? key.toLowerCase() : key), key, at);
}

function fieldProblem(version: string, field: string, subscripted: boolean): string | undefined {
  if (version !== 'v1') return `unsupported pod version: ${version}`;
  if (subscripted) {
    return SUBSCRIPTED_FIELDS.includes(field) ? undefined : `field label does not support subscript: ${field}`;
  }
  return DOWNWARD_FIELDS.has(field) || field === 'spec.host' ? undefined : `field label not supported: ${field}`;
}

/** A reference to a container's request or limit; in volumes the container must be named. */
export function validateResourceFieldRef(ref: ResourceRef, inVolume: boolean, at: FieldPath): FieldError[] {
  const resource = ref.resource ?? '';
  const errors: FieldError[] = [];
  if (inVolume && empty(ref.containerName)) errors.push(fieldErrors.required(at.child('containerName'), ''));
  else if (resource === '') errors.push(fieldErrors.required(at.child('resource'), ''));
  else if (!HUGE_PAGES.test(resource)) errors.push(...oneOf(resource, RESOURCE_FIELDS, at.child('resource')));
  return [...errors, ...validateDivisor(resource, ref.divisor, at.child('divisor'))];
}

/** The unit of the value: what is counted in bytes and what in cores differ. */
function validateDivisor(resource: string, divisor: string | undefined, at: FieldPath): FieldError[] {
  const quantity = quantityOf(divisor);
  const kind = divisorKind(resource);
  if (quantity === undefined || quantity.isZero() || kind === undefined) return [];
  if (kind === 'cpu') {
    if (['1', '1m'].includes(quantity.toString())) return [];
    return [fieldErrors.invalid(at, resource, "only divisor's values 1m and 1 are supported with the cpu resource")];
  }
  if (BYTE_DIVISORS.includes(quantity.toString())) return [];
  const detail = `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the ${kind} resource`;
  return [fieldErrors.invalid(at, resource, detail)];
}

function divisorKind(resource: string): string | undefined {
  if (HUGE_PAGES.test(resource)) return 'hugepages';
  const kinds: Readonly<Record<string, string>> = {
    cpu: 'cpu',
    memory: 'memory',
    'ephemeral-storage': 'local ephemeral storage',
  };
  return RESOURCE_FIELDS.includes(resource) ? kinds[resource.slice(resource.indexOf('.') + 1)] : undefined;
}

/** A choice of none or of both is reported at the list: so upstream does. */
export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, at: FieldPath): FieldError[] {
  return each(sources, at, ({ prefix, configMapRef, secretRef }, where) => {
    const errors = empty(prefix) ? [] : invalidFor(names.relaxedEnvVarName(prefix), prefix, where.child('prefix'));
    if (configMapRef) errors.push(...validateEnvName(configMapRef.name, where.child('configMapRef', 'name')));
    if (secretRef) errors.push(...validateEnvName(secretRef.name, where.child('secretRef', 'name')));
    if (!configMapRef && !secretRef)
      errors.push(fieldErrors.invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (configMapRef && secretRef)
      errors.push(fieldErrors.invalid(at, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}

const envSourceName = names.asPrefix(names.dns1123Subdomain);

function validateEnvName(name: string | undefined, at: FieldPath): FieldError[] {
  return empty(name) ? required(name, at) : invalidFor(envSourceName(name, true), name, at);
}
