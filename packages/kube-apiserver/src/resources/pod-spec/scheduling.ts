/** Where a pod may run: affinity, tolerations, gates; and what its resolver asks. */
import { type Affinity, type FieldError, type FieldPath, fieldErrors, names, type PodSpec } from '@steersman/api';
import { validateIp } from '../addresses.ts';
import { each, empty, invalidFor, oneOfListed } from '../checks.ts';
import { validateNodeAffinity } from './node-affinity.ts';
import { validatePodAffinity } from './pod-affinity.ts';

export { validateNodeSelector } from './node-affinity.ts';

export function validateAffinity(affinity: Affinity | undefined, at: FieldPath): FieldError[] {
  return [
    ...validateNodeAffinity(affinity?.nodeAffinity, at.child('nodeAffinity')),
    ...validatePodAffinity(affinity?.podAffinity, at.child('podAffinity')),
    ...validatePodAffinity(affinity?.podAntiAffinity, at.child('podAntiAffinity')),
  ];
}

export function validateSchedulingGates(gates: PodSpec['schedulingGates'], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(gates, at, ({ name }, where) => {
    const errors = invalidFor(names.qualifiedName(name), name, where);
    if (seen.has(name)) errors.push(fieldErrors.duplicate(where, name));
    seen.add(name);
    return errors;
  });
}

/** What resolv.conf can hold. */
const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_LENGTH_MAX = 2048;

type DnsConfig = NonNullable<PodSpec['dnsConfig']>;

export function validateDnsConfig({ dnsConfig: config, dnsPolicy }: PodSpec, at: FieldPath): FieldError[] {
  const serversAt = at.child('nameservers');
  if (dnsPolicy === 'None') {
    if (config === undefined) return [fieldErrors.required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((config.nameservers ?? []).length === 0)
      return [fieldErrors.required(serversAt, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  if (config === undefined) return [];
  const { nameservers = [], options } = config;
  return [
    ...(nameservers.length > NAMESERVERS_MAX
      ? [fieldErrors.invalid(serversAt, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`)]
      : []),
    ...each(nameservers, serversAt, (address, where) => validateIp(address, where)),
    ...validateSearches(config, at.child('searches')),
    ...each(options, at.child('options'), ({ name }, where) =>
      empty(name) ? [fieldErrors.required(where, 'must not be empty')] : [],
    ),
  ];
}

function validateSearches({ searches = [] }: DnsConfig, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (searches.length > SEARCHES_MAX)
    errors.push(fieldErrors.invalid(at, searches, `must not have more than ${SEARCHES_MAX} search paths`));
  if (Buffer.byteLength(searches.join(' ')) > SEARCH_LENGTH_MAX) {
    const detail = `must not have more than ${SEARCH_LENGTH_MAX} characters (including spaces) in the search list`;
    errors.push(fieldErrors.invalid(at, searches, detail));
  }
  return [
    ...errors,
    ...each(searches, at, (search, where) => {
      const name = search.replace(/\.$/, '');
      return search === '.' ? [] : invalidFor(names.underscoredSubdomain(name), name, where);
    }),
  ];
}

export function validatePreemptionPolicy(policy: string | undefined, at: FieldPath): FieldError[] {
  if (policy === undefined) return [];
  return policy === '' ? [fieldErrors.required(at, '')] : oneOfListed(policy, ['PreemptLowerPriority', 'Never'], at);
}
