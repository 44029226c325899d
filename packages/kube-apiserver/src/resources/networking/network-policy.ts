/** NetworkPolicies. */
import type { NetworkPolicy } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, selectorText, text } from '../columns.ts';
import { specOnly } from '../preparation.ts';

export const networkPolicy: Strategy<NetworkPolicy> = {
  validated: false,
  defaults({ spec }) {
    if (spec === undefined) return;
    if ((spec.policyTypes ?? []).length === 0)
      spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  },
  ...specOnly<NetworkPolicy>(),
  columns: [
    nameColumn(),
    text('Pod-Selector', 'Which pods it guards.', ({ spec }) => selectorText(spec?.podSelector)),
    ageColumn(),
  ],
};
