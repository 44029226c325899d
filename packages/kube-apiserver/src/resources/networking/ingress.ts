/** Ingresses. */
import type { Ingress } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, firstOf, nameColumn, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';
import { validateIngress, validateIngressStatus, validateIngressUpdate } from './ingress-validation.ts';

const CLASS_ANNOTATION_WARNING =
  'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead';
const HOSTS_SHOWN_MAX = 3;

export const ingress: Strategy<Ingress> = {
  validated: true,
  ...specAndStatus<Ingress>(() => ({ loadBalancer: {} })),
  validate: validateIngress,
  validateUpdate: validateIngressUpdate,
  status: { validateUpdate: validateIngressStatus },
  warnings: ({ metadata }) =>
    metadata.annotations?.['kubernetes.io/ingress.class'] === undefined ? [] : [CLASS_ANNOTATION_WARNING],
  columns: [
    nameColumn(),
    text(
      'Class',
      'Who serves it.',
      ({ spec, metadata }) =>
        spec?.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'] ?? '<none>',
    ),
    text('Hosts', 'Hosts it answers for.', ({ spec }) => hostsText((spec?.rules ?? []).map(({ host }) => host || '*'))),
    text('Address', 'Where it is reached.', ({ status }) =>
      (status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname || '')
        .filter(Boolean)
        .join(','),
    ),
    text('Ports', 'Ports it is reached at.', ({ spec }) => ((spec?.tls ?? []).length > 0 ? '80, 443' : '80')),
    ageColumn(),
  ],
};

function hostsText(hosts: readonly string[]): string {
  return hosts.length === 0 ? '*' : firstOf(hosts, HOSTS_SHOWN_MAX);
}
