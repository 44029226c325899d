/** LimitRanges. */
import {
  type Draft,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type LimitRange,
  type LimitRangeItem,
  path,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each } from '../checks.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { quantityOf } from '../pod-spec/quantities.ts';

export const limitRange: Strategy<LimitRange> = {
  validated: true,
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
    const errors = seen.has(item.type) ? [fieldErrors.duplicate(at.child('type'), item.type)] : [];
    seen.add(item.type);
    if (item.type === 'Pod') {
      if (Object.keys(item.default ?? {}).length > 0)
        errors.push(fieldErrors.forbidden(at.child('default'), "may not be specified when `type` is 'Pod'"));
      if (Object.keys(item.defaultRequest ?? {}).length > 0)
        errors.push(fieldErrors.forbidden(at.child('defaultRequest'), "may not be specified when `type` is 'Pod'"));
    }
    return [...errors, ...validateOrder(item, at)];
  });
}

/** min <= defaultRequest <= default <= max, for every resource that is named. */
function validateOrder({ min, max, default: limit, defaultRequest }: LimitRangeItem, at: FieldPath): FieldError[] {
  const ordered = [
    [min, max, 'min', 'min value %a is greater than max value %b'],
    [min, defaultRequest, 'defaultRequest', 'min value %a is greater than default request value %b'],
    [defaultRequest, max, 'defaultRequest', 'default request value %a is greater than max value %b'],
    [defaultRequest, limit, 'defaultRequest', 'default request value %a is greater than default limit value %b'],
    [min, limit, 'default', 'min value %a is greater than default value %b'],
    [limit, max, 'default', 'default value %a is greater than max value %b'],
  ] as const;
  return ordered.flatMap(([low, high, field, message]) =>
    Object.entries(low ?? {}).flatMap(([name, text]) => {
      const a = quantityOf(text);
      const b = quantityOf(high?.[name]);
      if (a === undefined || b === undefined || a.compare(b) <= 0) return [];
      const shown = field === 'default' && low === min ? b : a;
      return [
        fieldErrors.invalid(
          at.child(field).key(name),
          shown.toString(),
          message.replace('%a', a.toString()).replace('%b', b.toString()),
        ),
      ];
    }),
  );
}
