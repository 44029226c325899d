/** CustomResourceDefinitions: stored, and not served yet. They never report Established. */
import type { CustomResourceDefinition } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { inertWarning } from '../admissionregistration/webhook-configuration.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';

export const customResourceDefinition: Strategy<CustomResourceDefinition> = {
  validated: false,
  defaults({ spec }) {
    if (spec?.names === undefined) return;
    spec.names.singular ||= (spec.names.kind ?? '').toLowerCase();
    spec.names.listKind ||= `${spec.names.kind}List`;
    spec.conversion ??= { strategy: 'None' };
  },
  ...specAndStatus<CustomResourceDefinition>(),
  warnings: () => inertWarning('CustomResourceDefinitions'),
  columns: [nameColumn(), createdAtColumn()],
};
