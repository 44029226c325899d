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
import { isRange, isStrictSubset, validateCidr } from '../addresses.ts';
import { each, empty, invalidFor, oneOfListed } from '../checks.ts';
import { ageColumn, nameColumn, selectorText, text } from '../columns.ts';
import { specOnly } from '../preparation.ts';
import { validateLabelSelector } from '../selectors.ts';

const SPEC = path('spec');
const TYPES = ['Ingress', 'Egress'];

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
  validate: (object) => validate(object),
  validateUpdate: validate,
  columns: [
    nameColumn(),
    text('Pod-Selector', 'Which pods it guards.', ({ spec }) => selectorText(spec?.podSelector)),
    ageColumn(),
  ],
};

function validate({ spec }: NetworkPolicy, old?: NetworkPolicy): FieldError[] {
  if (spec === undefined) return [];
  const typesAt = SPEC.child('policyTypes');
  const types = spec.policyTypes ?? [];
  const kept = rangesOf(old);
  const peer = (item: NetworkPolicyPeer, at: FieldPath) => validatePeer(item, kept, at);
  return [
    ...validateLabelSelector(spec.podSelector, SPEC.child('podSelector')),
    ...each(spec.ingress, SPEC.child('ingress'), ({ ports, from }, at) => [
      ...each(ports, at.child('ports'), validatePolicyPort),
      ...each(from, at.child('from'), peer),
    ]),
    ...each(spec.egress, SPEC.child('egress'), ({ ports, to }, at) => [
      ...each(ports, at.child('ports'), validatePolicyPort),
      ...each(to, at.child('to'), peer),
    ]),
    ...(types.length > TYPES.length
      ? [fieldErrors.invalid(typesAt, types, 'may not specify more than two policyTypes')]
      : each(types, typesAt, (type, at) => oneOfListed(type, TYPES, at))),
  ];
}

/** The ranges that the stored object has: they may stay as they are. */
function rangesOf(old: NetworkPolicy | undefined): readonly string[] {
  const peers = [
    ...(old?.spec?.ingress ?? []).flatMap(({ from }) => from ?? []),
    ...(old?.spec?.egress ?? []).flatMap(({ to }) => to ?? []),
  ];
  return peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [ipBlock.cidr, ...(ipBlock.except ?? [])]));
}

function validatePolicyPort({ protocol, port, endPort }: NetworkPolicyPort, at: FieldPath): FieldError[] {
  const where = at.child('endPort');
  const unfit = (what: string): FieldError[] =>
    endPort === undefined ? [] : [fieldErrors.invalid(where, endPort, `may not be specified when \`port\` is ${what}`)];
  const errors = protocol === undefined ? [] : oneOfListed(protocol, ['TCP', 'UDP', 'SCTP'], at.child('protocol'));
  if (port === undefined) return [...errors, ...unfit('not specified')];
  if (typeof port === 'string')
    return [...errors, ...unfit('non-numeric'), ...invalidFor(names.portName(port), port, at.child('port'))];
  errors.push(...invalidFor(names.portNumber(port), port, at.child('port')));
  if (endPort === undefined) return errors;
  // The cause shows the first port, as upstream's does.
  if (endPort < port) errors.push(fieldErrors.invalid(where, port, 'must be greater than or equal to `port`'));
  return [...errors, ...invalidFor(names.portNumber(endPort), endPort, where)];
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  kept: readonly string[],
  at: FieldPath,
): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, at.child('podSelector')),
    ...validateLabelSelector(namespaceSelector, at.child('namespaceSelector')),
    ...(ipBlock === undefined ? [] : validateBlock(ipBlock, kept, at.child('ipBlock'))),
  ];
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) errors.push(fieldErrors.required(at, 'must specify a peer'));
  if (selects && ipBlock !== undefined)
    errors.push(fieldErrors.forbidden(at, 'may not specify both ipBlock and another peer'));
  return errors;
}

function validateBlock(
  { cidr, except }: NonNullable<NetworkPolicyPeer['ipBlock']>,
  kept: readonly string[],
  at: FieldPath,
): FieldError[] {
  const where = at.child('cidr');
  if (empty(cidr)) return [fieldErrors.required(where, '')];
  const errors = validateCidr(cidr, where, kept);
  if (!isRange(cidr)) return errors;
  return [
    ...errors,
    ...each(except, at.child('except'), (range, place) => [
      ...validateCidr(range, place, kept),
      ...(isRange(range) && !isStrictSubset(range, cidr)
        ? [fieldErrors.invalid(place, range, 'must be a strict subset of `cidr`')]
        : []),
    ]),
  ];
}
