/** CSIStorageCapacities. */
import { type CSIStorageCapacity, type FieldError, fieldErrors, names, path, semanticEqual } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, invalidFor } from '../checks.ts';
import { nameColumn, text } from '../columns.ts';
import { quantityOf } from '../pod-spec/quantities.ts';
import { validateLabelSelector } from '../selectors.ts';

export const csiStorageCapacity: Strategy<CSIStorageCapacity> = {
  validated: true,
  allowUnconditionalUpdate: false,
  validate,
  validateUpdate: (object, old) => [
    ...(semanticEqual(object.nodeTopology ?? null, old.nodeTopology ?? null)
      ? []
      : [fieldErrors.invalid(path('nodeTopology'), object.nodeTopology, 'field is immutable')]),
    ...immutable(object.storageClassName, old.storageClassName, path('storageClassName')),
  ],
  columns: [
    nameColumn(),
    text('StorageClassName', 'Of which class.', ({ storageClassName }) => storageClassName),
    text('Capacity', 'How much there is.', ({ capacity }) => capacity ?? '<unset>'),
  ],
};

function validate({ nodeTopology, storageClassName, capacity }: CSIStorageCapacity): FieldError[] {
  const amount = quantityOf(capacity);
  return [
    ...validateLabelSelector(nodeTopology, path('nodeTopology')),
    ...invalidFor(names.dns1123Subdomain(storageClassName), storageClassName, path('storageClassName')),
    ...(amount === undefined || amount.sign() >= 0
      ? []
      : [fieldErrors.invalid(path('capacity'), amount.toString(), 'must be greater than or equal to 0')]),
  ];
}
