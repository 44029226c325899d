/** Requests and limits, of a container or of a whole pod. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type PodSpec,
  type Quantity,
  type ResourceRequirements,
} from '@steersman/api';
import { each, empty, invalidFor } from '../checks.ts';
import { aggregateAmounts } from './pod-amounts.ts';
import {
  isHugePages,
  isOvercommitAllowed,
  quantityOf,
  type ResourceNameRule,
  validateAmount,
  validateContainerResourceName,
  validateHugePages,
  validatePodResourceName,
} from './quantities.ts';

type Amounts = Readonly<Record<string, string>> | undefined;
type Claims = NonNullable<ResourceRequirements['claims']>;

/** `claims` are the names that the pod's spec gives to its claims. */
export function validateRequirements(
  resources: ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  at: FieldPath,
  nameRule: ResourceNameRule = validateContainerResourceName,
): FieldError[] {
  if (resources === undefined) return [];
  const { requests, limits } = resources;
  const errors = [
    ...validateAmounts(limits, at.child('limits'), nameRule, () => []),
    ...validateAmounts(requests, at.child('requests'), nameRule, (name, request) =>
      validateAgainstLimit(name, request, quantityOf(limits?.[name]), at),
    ),
  ];
  const asked = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (asked.some(isHugePages) && !asked.includes('cpu') && !asked.includes('memory'))
    errors.push(fieldErrors.forbidden(at, 'HugePages require cpu or memory'));
  return [...errors, ...validateClaimNames(resources.claims, claims, at.child('claims'))];
}

function validateAmounts(
  amounts: Amounts,
  at: FieldPath,
  nameRule: ResourceNameRule,
  more: (name: string, quantity: Quantity) => FieldError[],
): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, text]) => {
    const where = at.key(name);
    const quantity = quantityOf(text);
    if (quantity === undefined) return nameRule(name, where);
    return [
      ...nameRule(name, where),
      ...validateAmount(name, text, where),
      ...more(name, quantity),
      ...validateHugePages(name, quantity, where),
    ];
  });
}

/** A request stays within its limit; resources that cannot be overcommitted need both, equal. */
function validateAgainstLimit(
  name: string,
  request: Quantity,
  limit: Quantity | undefined,
  at: FieldPath,
): FieldError[] {
  const overcommit = isOvercommitAllowed(name);
  if (limit === undefined) {
    if (overcommit) return [];
    return [fieldErrors.required(at.child('limits'), 'Limit must be set for non overcommitable resources')];
  }
  const order = request.compare(limit);
  if (order === 0 || (order < 0 && overcommit)) return [];
  const relation = overcommit ? 'less than or equal to' : 'equal to';
  const detail = `must be ${relation} ${name} limit of ${limit}`;
  return [fieldErrors.invalid(at.child('requests'), request.toString(), detail)];
}

/** Each claim, or each request of it, is used once; a use of the whole claim overlaps with all others. */
function validateClaimNames(claims: Claims | undefined, known: ReadonlySet<string>, at: FieldPath): FieldError[] {
  const used = new Set<string>();
  return each(claims, at, (claim, where) => {
    if (empty(claim.name)) return [fieldErrors.required(where, '')];
    const errors = used.has(claim.name)
      ? [fieldErrors.duplicate(where, claim.name)]
      : validateClaimUse(claim, used, where);
    if (!known.has(claim.name)) errors.push(unknownClaim(claim.name, known, where));
    return errors;
  });
}

function validateClaimUse({ name, request }: Claims[number], used: Set<string>, at: FieldPath): FieldError[] {
  if (empty(request)) {
    const overlaps = [...used].filter((key) => key.startsWith(`${name}/`));
    used.add(name);
    return overlaps.map(() => fieldErrors.duplicate(at, name));
  }
  const key = `${name}/${request}`;
  const errors = invalidFor(names.dns1123Label(request), request, at.child('request'));
  if (used.has(key)) errors.push(fieldErrors.duplicate(at, key));
  used.add(key);
  return errors;
}

function unknownClaim(name: string, known: ReadonlySet<string>, at: FieldPath): FieldError {
  const listed = known.size === 0 ? ' which is empty' : `: ${[...known].toSorted().join(', ')}`;
  const error = fieldErrors.notFound(at, name);
  return { ...error, message: `${error.message}: must be one of the names in pod.spec.resourceClaims${listed}` };
}

/** What the pod asks for as a whole (KEP-2837): enough for its containers, and no less than any of their limits. */
export function validatePodResources(spec: PodSpec, claims: ReadonlySet<string>, at: FieldPath): FieldError[] {
  const { resources } = spec;
  const where = at.child('resources');
  if (resources === undefined) return [];
  if (spec.os?.name === 'windows') return [fieldErrors.forbidden(where, 'may not be set for a windows pod')];
  const claimed =
    resources.claims === undefined
      ? []
      : [fieldErrors.forbidden(where.child('claims'), 'claims may not be set for Resources at pod-level')];
  return [
    ...claimed,
    ...validateRequirements(resources, claims, where, validatePodResourceName),
    ...validateAggregates(spec, resources, where),
    ...validateContainerLimits(spec, resources, where),
  ];
}

function validateAggregates(spec: PodSpec, resources: ResourceRequirements, at: FieldPath): FieldError[] {
  const check = (part: 'requests' | 'limits', counts: (name: string) => boolean) =>
    [...aggregateAmounts(spec, part)].flatMap(([name, sum]) => {
      const own = quantityOf(resources[part]?.[name]);
      if (own === undefined || !counts(name) || sum.compare(own) <= 0) return [];
      const detail = `must be greater than or equal to aggregate container ${part} of ${sum}`;
      return [fieldErrors.invalid(at.child(part).key(name), own.toString(), detail)];
    });
  return [...check('requests', () => true), ...check('limits', isHugePages)];
}

function validateContainerLimits(spec: PodSpec, resources: ResourceRequirements, at: FieldPath): FieldError[] {
  return each(spec.containers, at.child('containers'), (container, where) =>
    Object.entries(container.resources?.limits ?? {}).flatMap(([name, text]) => {
      const own = quantityOf(text);
      const max = quantityOf(resources.limits?.[name]);
      if (own === undefined || max === undefined || own.compare(max) <= 0) return [];
      const detail = `must be less than or equal to pod limits of ${max}`;
      return [fieldErrors.invalid(where.key(name).child('limits'), own.toString(), detail)];
    }),
  );
}
