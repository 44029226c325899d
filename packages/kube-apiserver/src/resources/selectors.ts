/** Label selectors inside objects. */
import { type FieldError, type FieldPath, fieldErrors, type LabelSelector, names } from '@steersman/api';
import { each, invalidFor } from './checks.ts';
import { validateLabels } from './metadata.ts';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

export function validateLabelSelector(selector: LabelSelector | undefined, at: FieldPath): FieldError[] {
  if (selector === undefined) return [];
  return [
    ...validateLabels(selector.matchLabels, at.child('matchLabels')),
    ...each(selector.matchExpressions, at.child('matchExpressions'), validateRequirement),
  ];
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  if (selector === undefined) return true;
  return Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
}

function validateRequirement(requirement: Requirement, at: FieldPath): FieldError[] {
  const count = requirement.values?.length ?? 0;
  const errors: FieldError[] = [];
  if (requirement.operator === 'In' || requirement.operator === 'NotIn') {
    if (count === 0)
      errors.push(fieldErrors.required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (requirement.operator === 'Exists' || requirement.operator === 'DoesNotExist') {
    if (count > 0)
      errors.push(
        fieldErrors.forbidden(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      );
  } else {
    errors.push(fieldErrors.invalid(at.child('operator'), requirement.operator, 'not a valid selector operator'));
  }
  errors.push(...invalidFor(names.qualifiedName(requirement.key), requirement.key, at.child('key')));
  errors.push(
    ...each(requirement.values, at.child('values'), (value, where) =>
      invalidFor(names.labelValue(value), value, where),
    ),
  );
  return errors;
}
