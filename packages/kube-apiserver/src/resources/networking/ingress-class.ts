/** IngressClasses. */
import type { IngressClass } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { specOnly } from '../preparation.ts';

export const ingressClass: Strategy<IngressClass> = {
  validated: false,
  ...specOnly<IngressClass>(),
  columns: [
    nameColumn(),
    text('Controller', 'Who serves its ingresses.', ({ spec }) => spec?.controller ?? ''),
    text('Parameters', 'Its configuration.', parametersText),
    ageColumn(),
  ],
};

function parametersText({ spec }: IngressClass): string {
  const parameters = spec?.parameters;
  if (parameters === undefined) return '<none>';
  return `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`;
}
