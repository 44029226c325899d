/** What a Job says about failing, succeeding and replaced pods. */
import { type FieldError, type FieldPath, fieldErrors, type Job, names, OMITTED } from '@steersman/api';
import { each, empty, invalidFor, nonNegative, oneOf, oneOfListed } from '../checks.ts';
import { countIndexes } from './indexes.ts';

type Spec = Job['spec'];
type Rule = NonNullable<NonNullable<Spec['podFailurePolicy']>['rules']>[number];
type ExitCodes = NonNullable<Rule['onExitCodes']>;
type Conditions = NonNullable<Rule['onPodConditions']>;
type SuccessRule = NonNullable<NonNullable<Spec['successPolicy']>['rules']>[number];

// Upstream's bounds; every rule is tried against every failed pod.
const FAILURE_RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const CONDITIONS_MAX = 20;
const SUCCESS_RULES_MAX = 20;
const SUCCEEDED_INDEXES_BYTES_MAX = 64 * 1024;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

/** Upstream prints these lists the way Go prints slices of strings. */
function listed(values: readonly string[]): string {
  return `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

function requiredOfList(value: string | undefined, allowed: readonly string[], at: FieldPath): FieldError[] {
  return empty(value) ? [fieldErrors.required(at, listed(allowed))] : oneOf(value, allowed, at);
}

export function validateFailurePolicy(spec: Spec, at: FieldPath): FieldError[] {
  if (spec.podFailurePolicy === undefined) return [];
  const rules = spec.podFailurePolicy.rules ?? [];
  const where = at.child('rules');
  const pod = spec.template?.spec;
  const containers = new Set([...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name));
  return [
    ...(rules.length > FAILURE_RULES_MAX ? [fieldErrors.tooMany(where, rules.length, FAILURE_RULES_MAX)] : []),
    ...each(rules, where, (rule, place) => validateRule(rule, spec, containers, place)),
  ];
}

function validateRule(rule: Rule, spec: Spec, containers: ReadonlySet<string>, at: FieldPath): FieldError[] {
  const conditions = rule.onPodConditions ?? [];
  const codes = rule.onExitCodes;
  const errors = [
    ...validateAction(rule.action, spec, at.child('action')),
    ...(codes === undefined ? [] : validateExitCodes(codes, containers, at.child('onExitCodes'))),
    ...validateConditions(conditions, at.child('onPodConditions')),
  ];
  if (codes !== undefined && conditions.length > 0)
    errors.push(fieldErrors.invalid(at, OMITTED, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (codes === undefined && conditions.length === 0)
    errors.push(fieldErrors.invalid(at, OMITTED, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return errors;
}

function validateAction(action: string | undefined, spec: Spec, at: FieldPath): FieldError[] {
  if (action !== 'FailIndex') return requiredOfList(action, ACTIONS, at);
  const detail = 'requires the backoffLimitPerIndex to be set';
  return spec.backoffLimitPerIndex === undefined ? [fieldErrors.invalid(at, action, detail)] : [];
}

function validateConditions(conditions: Conditions, at: FieldPath): FieldError[] {
  const crowded = conditions.length > CONDITIONS_MAX;
  return [
    ...(crowded ? [fieldErrors.tooMany(at, conditions.length, CONDITIONS_MAX)] : []),
    ...each(conditions, at, ({ type, status }, where) => [
      ...invalidFor(names.qualifiedName(type ?? ''), type ?? '', where.child('type')),
      ...requiredOfList(status, STATUSES, where.child('status')),
    ]),
  ];
}

function validateExitCodes(codes: ExitCodes, containers: ReadonlySet<string>, at: FieldPath): FieldError[] {
  const { operator, containerName } = codes;
  const unknown = containerName !== undefined && !containers.has(containerName);
  const detail = 'must be one of the container or initContainer names in the pod template';
  return [
    ...requiredOfList(operator, OPERATORS, at.child('operator')),
    ...(unknown ? [fieldErrors.invalid(at.child('containerName'), containerName, detail)] : []),
    ...validateValues(codes, at.child('values')),
  ];
}

function validateValues({ operator, values: given }: ExitCodes, at: FieldPath): FieldError[] {
  const values = given ?? [];
  const seen = new Set<number>();
  const errors: FieldError[] = [];
  if (values.length === 0) errors.push(fieldErrors.invalid(at, given ?? null, 'at least one value is required'));
  if (values.length > EXIT_CODES_MAX) errors.push(fieldErrors.tooMany(at, values.length, EXIT_CODES_MAX));
  values.forEach((value, index) => {
    if (operator === 'In' && value === 0)
      errors.push(fieldErrors.invalid(at.index(index), value, 'must not be 0 for the In operator'));
    if (seen.has(value)) errors.push(fieldErrors.duplicate(at.index(index), value));
    seen.add(value);
  });
  const ordered = values.every((value, index) => index === 0 || (values[index - 1] as number) <= value);
  return ordered ? errors : [...errors, fieldErrors.invalid(at, values, 'must be ordered')];
}

/** Only for indexed jobs, whose completions are known. */
export function validateSuccessPolicy(spec: Spec, at: FieldPath): FieldError[] {
  const rules = spec.successPolicy?.rules ?? [];
  const where = at.child('rules');
  const errors: FieldError[] = [];
  if (rules.length === 0)
    errors.push(
      fieldErrors.required(where, 'at least one rules must be specified when the successPolicy is specified'),
    );
  if (rules.length > SUCCESS_RULES_MAX) errors.push(fieldErrors.tooMany(where, rules.length, SUCCESS_RULES_MAX));
  return [...errors, ...each(rules, where, (rule, place) => validateSuccessRule(rule, spec.completions ?? 0, place))];
}

function validateSuccessRule(rule: SuccessRule, completions: number, at: FieldPath): FieldError[] {
  const { succeededIndexes: indexes, succeededCount: count } = rule;
  const errors: FieldError[] = [];
  if (indexes === undefined && count === undefined) {
    const detail = 'at least one of succeededCount or succeededIndexes must be specified';
    errors.push(fieldErrors.required(at, detail));
  }
  const counted = indexes === undefined ? 0 : countIndexes(indexes, completions);
  if (indexes !== undefined) {
    const where = at.child('succeededIndexes');
    if (Buffer.byteLength(indexes) > SUCCEEDED_INDEXES_BYTES_MAX)
      errors.push(fieldErrors.tooLong(where, indexes, SUCCEEDED_INDEXES_BYTES_MAX));
    if (typeof counted === 'object')
      errors.push(fieldErrors.invalid(where, indexes, `error parsing succeededIndexes: ${counted.problem}`));
  }
  const total = typeof counted === 'number' ? counted : 0;
  return [...errors, ...validateSuccessCount(count, completions, indexes === undefined ? undefined : total, at)];
}

function validateSuccessCount(
  count: number | undefined,
  completions: number,
  indexes: number | undefined,
  at: FieldPath,
): FieldError[] {
  if (count === undefined) return [];
  const where = at.child('succeededCount');
  const errors = nonNegative(count, where);
  const atMost = (limit: number, what: string) =>
    fieldErrors.invalid(where, count, `must be less than or equal to ${limit} (the number of ${what})`);
  if (count > completions) errors.push(atMost(completions, 'specified completions'));
  if (indexes !== undefined && count > indexes)
    errors.push(atMost(indexes, 'indexes in the specified succeededIndexes field'));
  return errors;
}

/** A policy on failures looks at pods that have failed: they are not replaced before. */
export function validateReplacementPolicy(spec: Spec, at: FieldPath): FieldError[] {
  if (spec.podReplacementPolicy === undefined) return [];
  const allowed = spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  return oneOfListed(spec.podReplacementPolicy, allowed, at);
}
