/** Which nodes a pod, a volume or a slice of devices may be on. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type NodeAffinity,
  type NodeSelector,
  names,
} from '@steersman/api';
import { each, invalidFor } from '../checks.ts';

type NodeTerm = NodeSelector['nodeSelectorTerms'][number];
type NodeRequirement = NonNullable<NodeTerm['matchExpressions']>[number];

const WEIGHT_MAX = 100;

export function validateNodeAffinity(affinity: NodeAffinity | undefined, at: FieldPath): FieldError[] {
  const hard = affinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return [
    ...(hard === undefined
      ? []
      : validateNodeSelector(hard, at.child('requiredDuringSchedulingIgnoredDuringExecution'))),
    ...each(
      affinity?.preferredDuringSchedulingIgnoredDuringExecution,
      at.child('preferredDuringSchedulingIgnoredDuringExecution'),
      // A preference for what cannot exist does no harm: values are not judged.
      (term, where) => [
        ...validateWeight(term.weight, where.child('weight')),
        ...validateNodeTerm(term.preference, false, where.child('preference')),
      ],
    ),
  ];
}

export function validateWeight(weight: number, at: FieldPath): FieldError[] {
  return weight > 0 && weight <= WEIGHT_MAX ? [] : [fieldErrors.invalid(at, weight, 'must be in the range 1-100')];
}

export function validateNodeSelector(selector: NodeSelector, at: FieldPath): FieldError[] {
  const termsAt = at.child('nodeSelectorTerms');
  if ((selector.nodeSelectorTerms ?? []).length === 0)
    return [fieldErrors.required(termsAt, 'must have at least one node selector term')];
  return each(selector.nodeSelectorTerms, termsAt, (term, where) => validateNodeTerm(term, true, where));
}

function validateNodeTerm(term: NodeTerm, values: boolean, at: FieldPath): FieldError[] {
  return [
    ...each(term.matchExpressions, at.child('matchExpressions'), (requirement, where) =>
      validateNodeRequirement(requirement, values, where),
    ),
    ...each(term.matchFields, at.child('matchFields'), validateNodeField),
  ];
}

function validateNodeRequirement(requirement: NodeRequirement, values: boolean, at: FieldPath): FieldError[] {
  const given = requirement.values ?? [];
  return [
    ...validateOperator(requirement, at),
    ...invalidFor(names.qualifiedName(requirement.key), requirement.key, at.child('key')),
    ...each(values ? given : [], at.child('values'), (value, where) =>
      invalidFor(names.labelValue(value), value, where),
    ),
  ];
}

function validateOperator({ operator, values = [] }: NodeRequirement, at: FieldPath): FieldError[] {
  const count = values.length;
  const valuesAt = at.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (count > 0) return [];
      return [fieldErrors.required(valuesAt, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (count === 0) return [];
      return [fieldErrors.forbidden(valuesAt, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case 'Gt':
    case 'Lt':
      if (count === 1) return [];
      return [fieldErrors.required(valuesAt, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [fieldErrors.invalid(at.child('operator'), operator, 'not a valid selector operator')];
  }
}

/** Fields can be matched by name only, one value at a time. */
function validateNodeField({ operator, key, values }: NodeRequirement, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(fieldErrors.invalid(at.child('operator'), operator, 'not a valid selector operator'));
  } else if (values?.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(fieldErrors.required(at.child('values'), detail));
  }
  if (key !== 'metadata.name')
    return [...errors, fieldErrors.invalid(at.child('key'), key, 'not a valid field selector key')];
  return [
    ...errors,
    ...each(values, at.child('values'), (value, where) => invalidFor(names.dns1123Subdomain(value), value, where)),
  ];
}
