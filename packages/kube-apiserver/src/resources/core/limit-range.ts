/** LimitRanges. */
import {
  type Draft,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type LimitRange,
  type LimitRangeItem,
  names,
  path,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, invalidFor } from '../checks.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import {
  isOvercommitAllowed,
  quantityOf,
  validateContainerResourceName,
  validateResourceName,
} from '../pod-spec/quantities.ts';

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
/** Above this, amounts are compared in whole units. */
const MILLI_MAX = 2n ** 63n / 1000n - 1n;
const PARTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
type Part = (typeof PARTS)[number];

export const limitRange: Strategy<LimitRange> = {
  validated: true,
  allowCreateOnUpdate: true,
  defaults: ({ spec }) => {
    for (const item of spec?.limits ?? []) defaultItem(item);
  },
  validate,
  validateUpdate: validate,
  columns: [nameColumn(), createdAtColumn()],
};

/** A container's maximum is its default limit, its default limit its default request, and its minimum the last resort. */
function defaultItem(item: Draft<LimitRangeItem>): void {
  if (item.type !== 'Container') return;
  const limits: Record<string, string> = { ...(item.max ?? {}), ...(item.default ?? {}) };
  const requests: Record<string, string> = { ...(item.min ?? {}), ...limits, ...(item.defaultRequest ?? {}) };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

function validate({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>();
  return each(spec?.limits, path('spec', 'limits'), (item, at) => {
    const errors = validateType(item.type, at.child('type'));
    if (seen.has(item.type)) errors.push(fieldErrors.duplicate(at.child('type'), item.type));
    seen.add(item.type);
    return [...errors, ...validateNames(item, at), ...validateItem(item, at)];
  });
}

function validateType(type: string, at: FieldPath): FieldError[] {
  const malformed = invalidFor(names.qualifiedName(type), type, at);
  if (malformed.length > 0 || type.includes('/') || TYPES.includes(type)) return malformed;
  return [fieldErrors.invalid(at, type, 'must be a standard limit type or fully qualified')];
}

function validateNames(item: LimitRangeItem, at: FieldPath): FieldError[] {
  const isOfPods = item.type === 'Pod' || item.type === 'Container';
  const rule = isOfPods ? validateContainerResourceName : validateResourceName;
  const check = (part: Part) => Object.keys(item[part] ?? {}).flatMap((name) => rule(name, at.child(part).key(name)));
  const unwanted = (part: Part) =>
    Object.keys(item[part] ?? {}).length === 0
      ? []
      : [fieldErrors.forbidden(at.child(part), "may not be specified when `type` is 'Pod'")];
  const forDefaults = item.type === 'Pod' ? unwanted : check;
  const isUseless =
    item.type === 'PersistentVolumeClaim' && item.min?.['storage'] === undefined && item.max?.['storage'] === undefined;
  const detail = 'either minimum or maximum storage value is required, but neither was provided';
  return [
    ...check('max'),
    ...check('min'),
    ...forDefaults('default'),
    ...forDefaults('defaultRequest'),
    ...(isUseless ? [fieldErrors.required(at.child('limits'), detail)] : []),
    ...check('maxLimitRequestRatio'),
  ];
}

/** min <= defaultRequest <= default <= max, for every resource that is named. */
function validateItem(item: LimitRangeItem, at: FieldPath): FieldError[] {
  const parts = item.type === 'Pod' ? (['max', 'min', 'maxLimitRequestRatio'] as const) : PARTS;
  const resources = new Set(parts.flatMap((part) => Object.keys(item[part] ?? {})));
  return [...resources]
    .toSorted()
    .flatMap((name) => [
      ...validateOrder(item, name, at),
      ...validateRatio(item, name, at.child('maxLimitRequestRatio').key(name)),
      ...validateDefaults(item, name, at.child('defaultRequest').key(name)),
    ]);
}

function validateOrder(item: LimitRangeItem, name: string, at: FieldPath): FieldError[] {
  const of = (part: Part) => {
    const skipped = item.type === 'Pod' && (part === 'default' || part === 'defaultRequest');
    return skipped ? undefined : quantityOf(item[part]?.[name]);
  };
  const ordered: readonly (readonly [
    low: Part,
    high: Part,
    field: Part,
    shown: Part,
    lowName: string,
    highName: string,
  ])[] = [
    ['min', 'max', 'min', 'min', 'min', 'max'],
    ['min', 'defaultRequest', 'defaultRequest', 'defaultRequest', 'min', 'default request'],
    ['defaultRequest', 'max', 'defaultRequest', 'defaultRequest', 'default request', 'max'],
    ['defaultRequest', 'default', 'defaultRequest', 'defaultRequest', 'default request', 'default limit'],
    ['min', 'default', 'default', 'min', 'min', 'default'],
    ['default', 'max', 'default', 'max', 'default', 'max'],
  ];
  return ordered.flatMap(([low, high, field, shown, lowName, highName]) => {
    const a = of(low);
    const b = of(high);
    if (a === undefined || b === undefined || a.compare(b) <= 0) return [];
    const detail = `${lowName} value ${a} is greater than ${highName} value ${b}`;
    return [fieldErrors.invalid(at.child(field).key(name), `${of(shown)}`, detail)];
  });
}

function validateRatio(item: LimitRangeItem, name: string, at: FieldPath): FieldError[] {
  const ratio = quantityOf(item.maxLimitRequestRatio?.[name]);
  if (ratio === undefined) return [];
  const invalid = (detail: string) => fieldErrors.invalid(at, ratio.toString(), detail);
  const errors = ratio.milliValue() < 1000n ? [invalid(`ratio ${ratio} is less than 1`)] : [];
  const min = quantityOf(item.min?.[name]);
  const max = quantityOf(item.max?.[name]);
  if (min === undefined || max === undefined) return errors;
  const small = [ratio, min, max].every((amount) => amount.value() < MILLI_MAX);
  const value = small ? Number(ratio.milliValue()) / 1000 : Number(ratio.value());
  const limit = small ? Number(max.milliValue()) / Number(min.milliValue()) : Number(max.value()) / Number(min.value());
  if (value <= limit || Number.isNaN(limit)) return errors;
  return [...errors, invalid(`ratio ${ratio} is greater than max/min = ${limit.toFixed(6)}`)];
}

/** What cannot be overcommitted is requested as it is limited. */
function validateDefaults(item: LimitRangeItem, name: string, at: FieldPath): FieldError[] {
  const limit = quantityOf(item.default?.[name]);
  const request = quantityOf(item.defaultRequest?.[name]);
  if (item.type === 'Pod' || isOvercommitAllowed(name)) return [];
  if (limit === undefined || request === undefined || limit.compare(request) === 0) return [];
  const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
  return [fieldErrors.invalid(at, request.toString(), detail)];
}
