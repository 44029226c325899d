/** APIServices: stored, and not proxied to yet. They never report Available. */
import type { APIService } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { inertWarning } from '../admissionregistration/webhook-configuration.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { statusOnly } from '../preparation.ts';

export const apiService: Strategy<APIService> = {
  validated: false,
  defaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  ...statusOnly<APIService>(() => ({})),
  warnings: () => inertWarning('APIServices'),
  columns: [
    nameColumn(),
    text('Service', 'Who serves the group version.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
    ),
    text('Available', 'Whether it answers.', ({ status }) => {
      const available = status?.conditions?.find(({ type }) => type === 'Available');
      if (available === undefined) return 'Unknown';
      return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`;
    }),
    ageColumn(),
  ],
};
