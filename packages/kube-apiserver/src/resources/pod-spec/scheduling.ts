/** Where a pod may run: affinity, tolerations, topology spread, gates. */
import {
  type Affinity,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type NodeAffinity,
  type NodeSelector,
  names,
  type PodAffinity,
  type PodSpec,
  type Toleration,
  type TopologySpreadConstraint,
} from '@steersman/api';
import { each, empty, invalidFor, oneOf, required, requiredOneOf } from '../checks.ts';
import { validateLabelSelector } from '../selectors.ts';

type NodeTerm = NodeSelector['nodeSelectorTerms'][number];
type NodeRequirement = NonNullable<NodeTerm['matchExpressions']>[number];
type PodTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];

const WEIGHT_MAX = 100;

export function validateAffinity(affinity: Affinity | undefined, at: FieldPath): FieldError[] {
  return [
    ...validateNodeAffinity(affinity?.nodeAffinity, at.child('nodeAffinity')),
    ...validatePodAffinity(affinity?.podAffinity, at.child('podAffinity')),
    ...validatePodAffinity(affinity?.podAntiAffinity, at.child('podAntiAffinity')),
  ];
}

function validateNodeAffinity(affinity: NodeAffinity | undefined, at: FieldPath): FieldError[] {
  const hard = affinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return [
    ...(hard === undefined
      ? []
      : validateNodeSelector(hard, at.child('requiredDuringSchedulingIgnoredDuringExecution'))),
    ...each(
      affinity?.preferredDuringSchedulingIgnoredDuringExecution,
      at.child('preferredDuringSchedulingIgnoredDuringExecution'),
      (term, where) => [
        ...validateWeight(term.weight, where.child('weight')),
        ...validateNodeTerm(term.preference, where.child('preference')),
      ],
    ),
  ];
}

export function validateNodeSelector(selector: NodeSelector, at: FieldPath): FieldError[] {
  const termsAt = at.child('nodeSelectorTerms');
  if ((selector.nodeSelectorTerms ?? []).length === 0)
    return [fieldErrors.required(termsAt, 'must have at least one node selector term')];
  return each(selector.nodeSelectorTerms, termsAt, validateNodeTerm);
}

function validateNodeTerm(term: NodeTerm, at: FieldPath): FieldError[] {
  return [
    ...each(term.matchExpressions, at.child('matchExpressions'), validateNodeRequirement),
    ...each(term.matchFields, at.child('matchFields'), validateNodeField),
  ];
}

function validateNodeRequirement(requirement: NodeRequirement, at: FieldPath): FieldError[] {
  const count = requirement.values?.length ?? 0;
  const errors: FieldError[] = [];
  switch (requirement.operator) {
    case 'In':
    case 'NotIn':
      if (count === 0)
        errors.push(fieldErrors.required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (count > 0)
        errors.push(
          fieldErrors.forbidden(
            at.child('values'),
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        );
      break;
    case 'Gt':
    case 'Lt':
      if (count !== 1)
        errors.push(
          fieldErrors.required(at.child('values'), "must be specified single value when `operator` is 'Lt' or 'Gt'"),
        );
      break;
    default:
      errors.push(fieldErrors.invalid(at.child('operator'), requirement.operator, 'not a valid selector operator'));
  }
  return [
    ...errors,
    ...invalidFor(names.qualifiedName(requirement.key), requirement.key, at.child('key')),
    ...each(requirement.values, at.child('values'), (value, where) =>
      invalidFor(names.labelValue(value), value, where),
    ),
  ];
}

/** Fields can be matched by name only, one value at a time. */
function validateNodeField(requirement: NodeRequirement, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (requirement.operator !== 'In' && requirement.operator !== 'NotIn') {
    errors.push(fieldErrors.invalid(at.child('operator'), requirement.operator, 'not a valid selector operator'));
  } else if (requirement.values?.length !== 1) {
    errors.push(
      fieldErrors.required(
        at.child('values'),
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ),
    );
  }
  if (requirement.key === 'metadata.name') {
    return [
      ...errors,
      ...each(requirement.values, at.child('values'), (value, where) =>
        invalidFor(names.dns1123Subdomain(value), value, where),
      ),
    ];
  }
  return [...errors, fieldErrors.invalid(at.child('key'), requirement.key, 'not a valid field selector key')];
}

function validatePodAffinity(affinity: PodAffinity | undefined, at: FieldPath): FieldError[] {
  return [
    ...each(
      affinity?.requiredDuringSchedulingIgnoredDuringExecution,
      at.child('requiredDuringSchedulingIgnoredDuringExecution'),
      validatePodTerm,
    ),
    ...each(
      affinity?.preferredDuringSchedulingIgnoredDuringExecution,
      at.child('preferredDuringSchedulingIgnoredDuringExecution'),
      (term, where) => [
        ...validateWeight(term.weight, where.child('weight')),
        ...validatePodTerm(term.podAffinityTerm, where.child('podAffinityTerm')),
      ],
    ),
  ];
}

function validatePodTerm(term: PodTerm, at: FieldPath): FieldError[] {
  return [
    ...validateLabelSelector(term.labelSelector, at.child('labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, at.child('namespaceSelector')),
    ...each(term.namespaces, at.child('namespace'), (name, where) => invalidFor(names.dns1123Label(name), name, where)),
    ...validateTopologyKey(term.topologyKey, at.child('topologyKey')),
  ];
}

function validateTopologyKey(key: string, at: FieldPath): FieldError[] {
  const errors = empty(key) ? [fieldErrors.required(at, 'can not be empty')] : [];
  return [...errors, ...invalidFor(names.qualifiedName(key), key, at)];
}

function validateWeight(weight: number, at: FieldPath): FieldError[] {
  return weight > 0 && weight <= WEIGHT_MAX ? [] : [fieldErrors.invalid(at, weight, 'must be in the range 1-100')];
}

export function validateTolerations(tolerations: readonly Toleration[] | undefined, at: FieldPath): FieldError[] {
  return each(tolerations, at, validateToleration);
}

function validateToleration(toleration: Toleration, at: FieldPath): FieldError[] {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  const errors = empty(key) ? [] : invalidFor(names.qualifiedName(key), key, at.child('key'));
  if (empty(key) && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(fieldErrors.invalid(at.child('operator'), operator ?? '', detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(
      fieldErrors.invalid(
        at.child('effect'),
        effect ?? '',
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      ),
    );
  }
  if (empty(operator) || operator === 'Equal') {
    const messages = names.labelValue(value ?? '');
    if (messages.length > 0) errors.push(fieldErrors.invalid(at.child('operator'), value, messages.join(';')));
  } else if (operator === 'Exists') {
    if (!empty(value))
      errors.push(
        fieldErrors.invalid(at.child('operator'), toleration, "value must be empty when `operator` is 'Exists'"),
      );
  } else {
    errors.push(...oneOf(operator, ['Equal', 'Exists'], at.child('operator')));
  }
  if (!empty(effect))
    errors.push(...oneOf(effect, ['NoExecute', 'NoSchedule', 'PreferNoSchedule'], at.child('effect')));
  return errors;
}

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  at: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return each(constraints, at, (constraint, where) => {
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    const errors =
      maxSkew > 0 ? [] : [fieldErrors.invalid(where.child('maxSkew'), maxSkew, 'must be greater than zero')];
    if (empty(topologyKey)) errors.push(fieldErrors.required(where.child('topologyKey'), 'can not be empty'));
    else errors.push(...invalidFor(names.qualifiedName(topologyKey), topologyKey, where.child('topologyKey')));
    errors.push(...oneOf(whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'], where.child('whenUnsatisfiable')));
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(pair)) errors.push(fieldErrors.duplicate(where.child('{topologyKey, whenUnsatisfiable}'), pair));
    seen.add(pair);
    if (minDomains !== undefined && minDomains <= 0)
      errors.push(fieldErrors.invalid(where.child('minDomains'), minDomains, 'must be greater than zero'));
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      errors.push(fieldErrors.invalid(where.child('minDomains'), minDomains, detail));
    }
    return [...errors, ...validateLabelSelector(labelSelector, where.child('labelSelector'))];
  });
}

export function validateSchedulingGates(gates: PodSpec['schedulingGates'], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(gates, at, ({ name }, where) => {
    if (empty(name)) return required(name, where);
    const errors = invalidFor(names.qualifiedName(name), name, where);
    if (seen.has(name)) errors.push(fieldErrors.duplicate(where, name));
    seen.add(name);
    return errors;
  });
}

export function validateDnsConfig(spec: PodSpec, at: FieldPath): FieldError[] {
  const config = spec.dnsConfig;
  const nameserversAt = at.child('nameservers');
  if (spec.dnsPolicy === 'None') {
    if (config === undefined) return [fieldErrors.required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((config.nameservers ?? []).length === 0)
      return [fieldErrors.required(nameserversAt, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  const count = config?.nameservers?.length ?? 0;
  return [
    ...(count > NAMESERVERS_MAX
      ? [
          fieldErrors.invalid(
            nameserversAt,
            config?.nameservers,
            `must not have more than ${NAMESERVERS_MAX} nameservers`,
          ),
        ]
      : []),
    ...each(config?.nameservers, nameserversAt, (address, where) => invalidFor(names.ip(address), address, where)),
    ...each(config?.options, at.child('options'), ({ name }, where) =>
      empty(name) ? [fieldErrors.required(where, 'must not be empty')] : [],
    ),
  ];
}
/** What resolv.conf can hold. */
const NAMESERVERS_MAX = 3;

export function validatePreemptionPolicy(policy: string | undefined, at: FieldPath): FieldError[] {
  return policy === undefined ? [] : requiredOneOf(policy, ['Never', 'PreemptLowerPriority'], at);
}
