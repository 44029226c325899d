/** StorageClasses. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
  type StorageClass,
  semanticEqual,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, empty, immutable, invalidFor, oneOf } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { validateParameters, validateProvisioner } from './driver-parameters.ts';

const DEFAULT_CLASS_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

export const storageClass: Strategy<StorageClass> = {
  validated: true,
  defaults(draft) {
    draft.reclaimPolicy ??= 'Delete';
    draft.volumeBindingMode ??= 'Immediate';
  },
  validate,
  validateUpdate,
  columns: [
    {
      ...nameColumn<StorageClass>(),
      value: (object) => `${object.metadata.name}${isDefaultClass(object) ? ' (default)' : ''}`,
    },
    text('Provisioner', 'Who makes its volumes.', ({ provisioner }) => provisioner),
    text('ReclaimPolicy', 'What becomes of a volume after use.', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', 'When a volume is chosen.', ({ volumeBindingMode }) => volumeBindingMode ?? '<unset>'),
    text('AllowVolumeExpansion', 'Whether volumes can grow.', ({ allowVolumeExpansion }) =>
      String(allowVolumeExpansion ?? false),
    ),
    ageColumn(),
  ],
};

export function isDefaultClass({ metadata }: StorageClass): boolean {
  return DEFAULT_CLASS_ANNOTATIONS.some((key) => metadata.annotations?.[key] === 'true');
}

function validate(object: StorageClass): FieldError[] {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode } = object;
  return [
    ...validateProvisioner(provisioner, path('provisioner')),
    ...validateParameters(parameters, true, path('parameters')),
    ...(empty(reclaimPolicy) ? [] : oneOf(reclaimPolicy, ['Delete', 'Retain'], path('reclaimPolicy'))),
    ...oneOf(volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], path('volumeBindingMode')),
    ...validateTopologies(object.allowedTopologies, path('allowedTopologies')),
  ];
}

function validateUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  if (!semanticEqual(object.parameters ?? {}, old.parameters ?? {}))
    errors.push(fieldErrors.forbidden(path('parameters'), 'updates to parameters are forbidden.'));
  if (object.provisioner !== old.provisioner)
    errors.push(fieldErrors.forbidden(path('provisioner'), 'updates to provisioner are forbidden.'));
  if (object.reclaimPolicy !== old.reclaimPolicy)
    errors.push(fieldErrors.forbidden(path('reclaimPolicy'), 'updates to reclaimPolicy are forbidden.'));
  return [...errors, ...immutable(object.volumeBindingMode, old.volumeBindingMode, path('volumeBindingMode'))];
}

type Term = NonNullable<StorageClass['allowedTopologies']>[number];

/** Terms that say the same, in whatever order, are one term too many. */
function validateTopologies(terms: readonly Term[] | undefined, at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(terms, at, (term, where) => {
    const errors = validateTerm(term, where.child('matchLabelExpressions'));
    const pairs = (term.matchLabelExpressions ?? []).map(({ key, values }) => [key, [...(values ?? [])].sort()]);
    const meaning = JSON.stringify(pairs.toSorted());
    if (seen.has(meaning)) errors.push(fieldErrors.duplicate(where.child('matchLabelExpressions'), ''));
    seen.add(meaning);
    return errors;
  });
}

function validateTerm({ matchLabelExpressions }: Term, at: FieldPath): FieldError[] {
  const keys = new Set<string>();
  return each(matchLabelExpressions, at, ({ key, values }, where) => {
    const errors = invalidFor(names.qualifiedName(key), key, where.child('key'));
    const known = new Set<string>();
    if ((values ?? []).length === 0) errors.push(fieldErrors.required(where.child('values'), ''));
    (values ?? []).forEach((value, index) => {
      if (known.has(value)) errors.push(fieldErrors.duplicate(where.child('values').index(index), value));
      known.add(value);
    });
    if (keys.has(key)) errors.push(fieldErrors.duplicate(where.child('key'), key));
    keys.add(key);
    return errors;
  });
}
