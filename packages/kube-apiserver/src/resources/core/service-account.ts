/** ServiceAccounts. */
import type { ServiceAccount } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

export const serviceAccount: Strategy<ServiceAccount> = {
  validated: true,
  columns: [
    nameColumn(),
    text('Secrets', 'Secrets that pods of the account may mount.', ({ secrets }) => (secrets ?? []).length),
    ageColumn(),
  ],
};
