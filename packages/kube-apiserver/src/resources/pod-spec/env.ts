/** Environment variables and the sources they come from. */
import { type EnvFromSource, type EnvVar, type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { each, empty, invalidFor, oneOf, required } from '../checks.ts';
import { validateAmount } from './quantities.ts';

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
/** What the downward API can read at all; environment and volumes each allow a part of it. */
const DOWNWARD_FIELDS = new Set([
  ...ENV_FIELDS,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
  'status.nominatedNodeName',
]);
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const RESOURCE_FIELDS = COMPUTE.flatMap((name) => [`limits.${name}`, `requests.${name}`]);

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

/** A reference to a field of the pod; `allowed` are the paths this place may use. Labels and annotations may be picked by key. */
export function validateFieldRef(ref: FieldRef, allowed: readonly string[], at: FieldPath): FieldError[] {
  if (empty(ref.apiVersion)) return [fieldErrors.required(at.child('apiVersion'), '')];
  if (empty(ref.fieldPath)) return [fieldErrors.required(at.child('fieldPath'), '')];
  const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/.exec(ref.fieldPath);
  if (subscript !== null) {
    const key = subscript[2] ?? '';
    return invalidFor(names.qualifiedName(subscript[1] === 'metadata.annotations' ? key.toLowerCase() : key), key, at);
  }
  if (!DOWNWARD_FIELDS.has(ref.fieldPath)) {
    return [
      fieldErrors.invalid(
        at.child('fieldPath'),
        ref.fieldPath,
        `error converting fieldPath: field label not supported: ${ref.fieldPath}`,
      ),
    ];
  }
  return oneOf(ref.fieldPath, allowed, at.child('fieldPath'));
}

/** A reference to a container's request or limit; in volumes the container must be named. */
export function validateResourceFieldRef(ref: ResourceRef, inVolume: boolean, at: FieldPath): FieldError[] {
  if (inVolume && empty(ref.containerName)) return [fieldErrors.required(at.child('containerName'), '')];
  if (empty(ref.resource)) return [fieldErrors.required(at.child('resource'), '')];
  if (/^(?:limits|requests)\.hugepages-/.test(ref.resource)) return [];
  const supported = oneOf(ref.resource, RESOURCE_FIELDS, at.child('resource'));
  return supported.length > 0 ? supported : validateAmount(ref.resource, ref.divisor ?? '0', at.child('divisor'));
}

export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, at: FieldPath): FieldError[] {
  return each(sources, at, ({ prefix, configMapRef, secretRef }, where) => {
    const errors = empty(prefix) ? [] : invalidFor(names.relaxedEnvVarName(prefix), prefix, where.child('prefix'));
    if (configMapRef) errors.push(...required(configMapRef.name, where.child('configMapRef', 'name')));
    if (secretRef) errors.push(...required(secretRef.name, where.child('secretRef', 'name')));
    if (!configMapRef && !secretRef)
      errors.push(fieldErrors.invalid(where, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (configMapRef && secretRef)
      errors.push(fieldErrors.invalid(where, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}
