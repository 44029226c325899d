/** CSIStorageCapacities. */
import type { CSIStorageCapacity } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

export const csiStorageCapacity: Strategy<CSIStorageCapacity> = {
  validated: false,
  columns: [
    nameColumn(),
    text('StorageClassName', 'Of which class.', ({ storageClassName }) => storageClassName),
    text('Capacity', 'How much there is.', ({ capacity }) => capacity ?? '<unset>'),
    ageColumn(),
  ],
};
