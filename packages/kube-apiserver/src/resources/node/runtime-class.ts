/** RuntimeClasses. */
import { type FieldError, fieldErrors, names, path, type RuntimeClass, type Toleration } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, immutable, invalidFor } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { validateLabels } from '../metadata.ts';
import { internalForm } from '../pod-spec/internal-form.ts';
import { validateRequirements } from '../pod-spec/requirements.ts';
import { validateTolerations } from '../pod-spec/tolerations.ts';
import { nodeLabelWarning } from '../pod-spec/warnings.ts';

const SELECTOR = path('scheduling', 'nodeSelector');
const TOLERATIONS = path('scheduling', 'tolerations');

export const runtimeClass: Strategy<RuntimeClass> = {
  validated: true,
  validate,
  validateUpdate: (object, old) => immutable(object.handler, old.handler, path('handler')),
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
      const advice = nodeLabelWarning(key);
      return advice === undefined ? [] : [`${SELECTOR}: ${advice}`];
    }),
  columns: [nameColumn(), text('Handler', 'What runs its containers.', ({ handler }) => handler), ageColumn()],
};

function validate({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  return [
    ...invalidFor(names.dns1123Label(handler ?? ''), handler ?? '', path('handler')),
    ...validateRequirements(overhead && { limits: overhead.podFixed }, new Set(), path('overhead')),
    ...validateLabels(scheduling?.nodeSelector, SELECTOR),
    ...validateTolerations(scheduling?.tolerations, TOLERATIONS),
    ...repeated(scheduling?.tolerations),
  ];
}

function repeated(tolerations: readonly Toleration[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(tolerations, TOLERATIONS, (toleration, at) => {
    const { key = '', operator = '', value = '', effect = '' } = toleration;
    const identity = JSON.stringify([key, operator, value, effect]);
    const errors = seen.has(identity) ? [fieldErrors.duplicate(at, internalForm(toleration, 'Toleration'))] : [];
    seen.add(identity);
    return errors;
  });
}
