/** NetworkPolicies. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  names,
  path,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, invalidFor, oneOf } from '../checks.ts';
import { ageColumn, nameColumn, selectorText, text } from '../columns.ts';
import { validatePort } from '../pod-spec/probes.ts';
import { specOnly } from '../preparation.ts';
import { validateLabelSelector } from '../selectors.ts';

const SPEC = path('spec');
const TYPES = ['Egress', 'Ingress'];

export const networkPolicy: Strategy<NetworkPolicy> = {
  validated: true,
  defaults({ spec }) {
    if (spec === undefined) return;
    if ((spec.policyTypes ?? []).length === 0)
      spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  },
  ...specOnly<NetworkPolicy>(),
  validate,
  validateUpdate: validate,
  columns: [
    nameColumn(),
    text('Pod-Selector', 'Which pods it guards.', ({ spec }) => selectorText(spec?.podSelector)),
    ageColumn(),
  ],
};

function validate({ spec }: NetworkPolicy): FieldError[] {
  if (spec === undefined) return [];
  const typesAt = SPEC.child('policyTypes');
  const types = spec.policyTypes ?? [];
  return [
    ...validateLabelSelector(spec.podSelector, SPEC.child('podSelector')),
    ...each(spec.ingress, SPEC.child('ingress'), ({ ports, from }, at) => [
      ...each(ports, at.child('ports'), validatePolicyPort),
      ...each(from, at.child('from'), validatePeer),
    ]),
    ...each(spec.egress, SPEC.child('egress'), ({ ports, to }, at) => [
      ...each(ports, at.child('ports'), validatePolicyPort),
      ...each(to, at.child('to'), validatePeer),
    ]),
    ...(types.length > TYPES.length
      ? [fieldErrors.invalid(typesAt, types, 'may not specify more than two policyTypes')]
      : each(types, typesAt, (type, at) => oneOf(type, TYPES, at))),
  ];
}

function validatePolicyPort({ protocol, port, endPort }: NetworkPolicyPort, at: FieldPath): FieldError[] {
  const errors = protocol === undefined ? [] : oneOf(protocol, ['SCTP', 'TCP', 'UDP'], at.child('protocol'));
  if (port === undefined) {
    if (endPort !== undefined)
      errors.push(fieldErrors.required(at.child('port'), 'must be specified when `endPort` is specified'));
    return errors;
  }
  errors.push(...validatePort(port, at.child('port')));
  if (endPort === undefined) return errors;
  if (typeof port === 'string')
    return [
      ...errors,
      fieldErrors.invalid(at.child('endPort'), endPort, 'may not be specified when `port` is non-numeric'),
    ];
  if (endPort < port)
    errors.push(fieldErrors.invalid(at.child('endPort'), endPort, 'must be greater than or equal to `port`'));
  return [...errors, ...invalidFor(names.portNumber(endPort), endPort, at.child('endPort'))];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, at: FieldPath): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, at.child('podSelector')),
    ...validateLabelSelector(namespaceSelector, at.child('namespaceSelector')),
  ];
  if (ipBlock === undefined) {
    return podSelector === undefined && namespaceSelector === undefined
      ? [fieldErrors.required(at, 'must specify a peer')]
      : errors;
  }
  if (podSelector !== undefined || namespaceSelector !== undefined) {
    errors.push(fieldErrors.forbidden(at, 'may not specify both ipBlock and another peer'));
  }
  const where = at.child('ipBlock');
  if (ipBlock.cidr === '') return [...errors, fieldErrors.required(where.child('cidr'), '')];
  errors.push(...invalidFor(names.cidr(ipBlock.cidr), ipBlock.cidr, where.child('cidr')));
  return [
    ...errors,
    ...each(ipBlock.except, where.child('except'), (range, exceptAt) => invalidFor(names.cidr(range), range, exceptAt)),
  ];
}
