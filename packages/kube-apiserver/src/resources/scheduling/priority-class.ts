/** PriorityClasses. */
import { type FieldError, fieldErrors, type PriorityClass, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, integer, nameColumn, text } from '../columns.ts';
import { validatePreemptionPolicy } from '../pod-spec/scheduling.ts';

/** Above this are only the classes of the system. */
const USER_PRIORITY_MAX = 1_000_000_000;
/** The system's classes and their values. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-node-critical': 2000001000,
  'system-cluster-critical': 2000000000,
};

export const priorityClass: Strategy<PriorityClass> = {
  validated: true,
  defaults(draft) {
    draft.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
  },
  validate,
  validateUpdate,
  columns: [
    nameColumn(),
    integer('Value', 'The priority of its pods.', ({ value }) => value ?? 0),
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether pods without a class get it.',
      value: ({ globalDefault }) => globalDefault ?? false,
    },
    ageColumn(),
    text('PreemptionPolicy', 'Whether its pods push others out.', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
  ],
};

function validate({ metadata, value, globalDefault, preemptionPolicy }: PriorityClass): FieldError[] {
  const name = metadata.name ?? '';
  const errors: FieldError[] = [];
  if (name.startsWith('system-')) {
    const known = SYSTEM_PRIORITIES[name];
    if (known === undefined || known !== value || globalDefault === true) {
      errors.push(
        fieldErrors.forbidden(
          path('metadata', 'name'),
          "priority class names with 'system-' prefix are reserved for system use only",
        ),
      );
    }
  } else if ((value ?? 0) > USER_PRIORITY_MAX) {
    errors.push(
      fieldErrors.forbidden(path('value'), `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`),
    );
  }
  return [...errors, ...validatePreemptionPolicy(preemptionPolicy, path('preemptionPolicy'))];
}

function validateUpdate(object: PriorityClass, old: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  if (object.value !== old.value) errors.push(fieldErrors.forbidden(path('value'), 'may not be changed in an update.'));
  if (object.preemptionPolicy !== old.preemptionPolicy)
    errors.push(fieldErrors.invalid(path('preemptionPolicy'), object.preemptionPolicy, 'field is immutable'));
  return errors;
}
