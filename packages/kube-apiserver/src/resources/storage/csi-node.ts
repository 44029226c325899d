/** CSINodes. */
import type { CSINode } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, integer, nameColumn } from '../columns.ts';

export const csiNode: Strategy<CSINode> = {
  validated: false,
  columns: [
    nameColumn(),
    integer('Drivers', 'Drivers on the node.', ({ spec }) => (spec.drivers ?? []).length),
    ageColumn(),
  ],
};
