/** What an autoscaler may look at. */
import { type FieldError, type FieldPath, fieldErrors, type HorizontalPodAutoscaler, names } from '@steersman/api';
import { each, empty, invalidFor, oneOf } from '../checks.ts';
import { pathSegmentName } from '../metadata.ts';
import { quantityOf } from '../pod-spec/quantities.ts';

type Metric = NonNullable<HorizontalPodAutoscaler['spec']['metrics']>[number];
type Target = NonNullable<Metric['resource']>['target'];
type Reference = HorizontalPodAutoscaler['spec']['scaleTargetRef'];

const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];
const RAW_OR_UTILIZATION = 'a target raw value and a target utilization';
/** The member that each type fills, in upstream's order of looking. */
const MEMBERS = {
  object: 'Object',
  external: 'External',
  pods: 'Pods',
  resource: 'Resource',
  containerResource: 'ContainerResource',
} as const;
type Member = keyof typeof MEMBERS;

export function validateMetrics(
  metrics: readonly Metric[] | undefined,
  minReplicas: number | undefined,
  at: FieldPath,
): FieldError[] {
  const errors = each(metrics, at, validateMetric);
  const fromOutside = (metrics ?? []).some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas !== 0 || fromOutside) return errors;
  const detail = 'must specify at least one Object or External metric to support scaling to zero replicas';
  return [...errors, fieldErrors.forbidden(at, detail)];
}

function validateMetric(metric: Metric, at: FieldPath): FieldError[] {
  const present = (Object.keys(MEMBERS) as Member[]).filter((member) => metric[member] !== undefined);
  const expected = (Object.keys(MEMBERS) as Member[]).find((member) => MEMBERS[member] === metric.type);
  const unknown = TYPES.includes(metric.type) ? [] : oneOf(metric.type, TYPES, at.child('type'));
  const missing = expected !== undefined && metric[expected] === undefined;
  const [first] = present;
  return [
    ...(empty(metric.type) ? [fieldErrors.required(at.child('type'), 'must specify a metric source type')] : []),
    ...unknown,
    ...(first === undefined ? [] : validateSource(metric, first, at.child(first))),
    ...(missing
      ? [fieldErrors.required(at.child(expected), 'must populate information for the given metric source')]
      : []),
    // Upstream looks at the type twice.
    ...unknown,
    ...(present.length === 1 ? [] : present)
      .filter((member) => member !== expected)
      .map((member) => fieldErrors.forbidden(at.child(member), 'must populate the given metric source only')),
  ];
}

function validateSource(metric: Metric, member: Member, at: FieldPath): FieldError[] {
  const { object, external, pods, resource, containerResource } = metric;
  if (member === 'object' && object !== undefined)
    return [
      ...validateReference(object.describedObject, at.child('describedObject')),
      ...validateIdentifier(object.metric, at.child('metric')),
      ...validateTarget(object.target, at.child('target')),
      ...neither(object.target, at, 'value', 'averageValue', 'must set either a target value or averageValue'),
    ];
  if (member === 'external' && external !== undefined) return validateExternal(external, at);
  if (member === 'pods' && pods !== undefined)
    return [
      ...validateIdentifier(pods.metric, at.child('metric')),
      ...validateTarget(pods.target, at.child('target')),
      ...(pods.target?.averageValue === undefined
        ? [fieldErrors.required(at.child('target', 'averageValue'), 'must specify a positive target averageValue')]
        : []),
    ];
  if (member === 'resource' && resource !== undefined)
    return [...validateResourceName(resource.name, at), ...validateResourceTarget(resource.target, at)];
  if (containerResource === undefined) return [];
  const { name, container, target } = containerResource;
  return [
    ...validateResourceName(name, at),
    ...(empty(container)
      ? [fieldErrors.required(at.child('container'), 'must specify a container')]
      : invalidFor(names.dns1123Label(container), container, at.child('container'))),
    ...validateResourceTarget(target, at),
  ];
}

function validateExternal({ metric, target }: NonNullable<Metric['external']>, at: FieldPath): FieldError[] {
  const both = target?.value !== undefined && target.averageValue !== undefined;
  const detail = 'a target value for metric and a per-pod target';
  return [
    ...validateIdentifier(metric, at.child('metric')),
    ...validateTarget(target, at.child('target')),
    ...neither(target, at, 'value', 'averageValue', 'must set either a target value for metric or a per-pod target'),
    ...(both ? [fieldErrors.forbidden(at.child('target', 'value'), `may not set both ${detail}`)] : []),
  ];
}

/** One of two values of a target must be there; the cause names the second. */
function neither(
  target: Target | undefined,
  at: FieldPath,
  one: 'value' | 'averageValue',
  other: 'averageValue' | 'averageUtilization',
  detail: string,
): FieldError[] {
  const missing = target?.[one] === undefined && target?.[other] === undefined;
  return missing ? [fieldErrors.required(at.child('target', other), detail)] : [];
}

function validateResourceName(name: string | undefined, at: FieldPath): FieldError[] {
  return empty(name) ? [fieldErrors.required(at.child('name'), 'must specify a resource name')] : [];
}

function validateResourceTarget(target: Target | undefined, at: FieldPath): FieldError[] {
  const both = target?.averageUtilization !== undefined && target.averageValue !== undefined;
  const missing = 'must set either a target raw value or a target utilization';
  return [
    ...validateTarget(target, at.child('target')),
    ...neither(target, at, 'averageValue', 'averageUtilization', missing),
    ...(both
      ? [fieldErrors.forbidden(at.child('target', 'averageValue'), `may not set both ${RAW_OR_UTILIZATION}`)]
      : []),
  ];
}

function validateTarget(target: Target | undefined, at: FieldPath): FieldError[] {
  const { type = '', value, averageValue, averageUtilization } = target ?? {};
  const notPositive = (quantity: string | undefined): boolean => (quantityOf(quantity)?.sign() ?? 1) !== 1;
  const errors: FieldError[] = [];
  if (type === '') errors.push(fieldErrors.required(at.child('type'), 'must specify a metric target type'));
  if (!TARGET_TYPES.includes(type))
    errors.push(fieldErrors.invalid(at.child('type'), type, 'must be either Utilization, Value, or AverageValue'));
  if (notPositive(value)) errors.push(fieldErrors.invalid(at.child('value'), value, 'must be positive'));
  if (notPositive(averageValue))
    errors.push(fieldErrors.invalid(at.child('averageValue'), averageValue, 'must be positive'));
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.push(fieldErrors.invalid(at.child('averageUtilization'), averageUtilization, 'must be greater than 0'));
  return errors;
}

function validateIdentifier(metric: { readonly name: string } | undefined, at: FieldPath): FieldError[] {
  const name = metric?.name;
  if (empty(name)) return [fieldErrors.required(at.child('name'), 'must specify a metric name')];
  return invalidFor(pathSegmentName(name, false), name, at.child('name'));
}

/** Names an object of any version: its kind and name must be fit for a URL. */
export function validateReference(reference: Reference | undefined, at: FieldPath): FieldError[] {
  return (['kind', 'name'] as const).flatMap((field) => {
    const value = reference?.[field];
    if (empty(value)) return [fieldErrors.required(at.child(field), '')];
    return invalidFor(pathSegmentName(value, false), value, at.child(field));
  });
}
