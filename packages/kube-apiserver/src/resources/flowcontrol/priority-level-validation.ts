/** What a PriorityLevelConfiguration may say. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type PriorityLevelConfiguration,
  path,
  semanticEqual,
} from '@steersman/api';
import { priorityLevels } from '../../bootstrap/flow-control.ts';
import { between } from '../checks.ts';
import { validateConditions } from './conditions.ts';

const SPEC = path('spec');
const QUEUES_MAX = 10_000_000; // Upstream's bound; each queue takes memory.
const ENTROPY_BITS_MAX = 60; // Shuffle sharding deals hands from one 64-bit hash.
const NON_NEGATIVE = 'must be a non-negative integer';

type Spec = NonNullable<PriorityLevelConfiguration['spec']>;
type Limited = NonNullable<Spec['limited']>;
type Response = NonNullable<Limited['limitResponse']>;
type Queuing = NonNullable<Response['queuing']>;

export function validatePriorityLevel({ metadata, spec, status }: PriorityLevelConfiguration): FieldError[] {
  if (spec === undefined) return [];
  return [
    ...validateType(metadata.name, spec),
    ...validateMandatory(metadata.name, spec),
    ...validateConditions(status?.conditions, path('status', 'conditions')),
  ];
}

function validateType(name: string | undefined, spec: Spec): FieldError[] {
  const at = SPEC.child('type');
  const misplaced = (name === 'exempt') !== (spec.type === 'Exempt');
  const detail = "type must be 'Exempt' if and only if name is 'exempt'";
  const errors = misplaced ? [fieldErrors.invalid(at, spec.type, detail)] : [];
  const { limited, exempt } = spec;
  if (spec.type === 'Exempt') {
    if (limited !== undefined)
      errors.push(fieldErrors.forbidden(SPEC.child('limited'), 'must be nil if the type is not Limited'));
    if (exempt !== undefined) errors.push(...validateShares(exempt, SPEC.child('exempt')));
  } else if (spec.type === 'Limited') {
    if (exempt !== undefined)
      errors.push(fieldErrors.forbidden(SPEC.child('exempt'), 'must be nil if the type is Limited'));
    if (limited === undefined)
      errors.push(fieldErrors.required(SPEC.child('limited'), 'must not be empty when type is Limited'));
    else errors.push(...validateLimited(limited, SPEC.child('limited')));
  } else errors.push(fieldErrors.notSupported(at, spec.type, ['Exempt', 'Limited']));
  return errors;
}

function validateShares(
  {
    nominalConcurrencyShares: shares = 0,
    lendablePercent,
  }: Pick<Limited, 'nominalConcurrencyShares' | 'lendablePercent'>,
  at: FieldPath,
): FieldError[] {
  return [
    ...(shares < 0 ? [fieldErrors.invalid(at.child('nominalConcurrencyShares'), shares, NON_NEGATIVE)] : []),
    ...between(lendablePercent, 0, 100, at.child('lendablePercent')),
  ];
}

function validateLimited(limited: Limited, at: FieldPath): FieldError[] {
  const borrowing = limited.borrowingLimitPercent;
  const detail = `if specified, ${NON_NEGATIVE}`;
  return [
    ...validateShares(limited, at),
    ...(borrowing !== undefined && borrowing < 0
      ? [fieldErrors.invalid(at.child('borrowingLimitPercent'), borrowing, detail)]
      : []),
    ...validateResponse(limited.limitResponse, at.child('limitResponse')),
  ];
}

function validateResponse(response: Response | undefined, at: FieldPath): FieldError[] {
  const type = response?.type ?? '';
  const queuing = response?.queuing;
  const where = at.child('queuing');
  if (type === 'Reject') {
    const detail = 'must be nil if limited.limitResponse.type is not Limited';
    return queuing === undefined ? [] : [fieldErrors.forbidden(where, detail)];
  }
  if (type !== 'Queue') return [fieldErrors.notSupported(at.child('type'), type, ['Queue', 'Reject'])];
  if (queuing !== undefined) return validateQueuing(queuing, where);
  return [fieldErrors.required(where, 'must not be empty if limited.limitResponse.type is Limited')];
}

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: Queuing, at: FieldPath): FieldError[] {
  const positive = (value: number, field: string): FieldError[] =>
    value > 0 ? [] : [fieldErrors.invalid(at.child(field), value, 'must be positive')];
  const errors = [...positive(queueLengthLimit, 'queueLengthLimit'), ...positive(queues, 'queues')];
  if (queues > QUEUES_MAX)
    errors.push(fieldErrors.invalid(at.child('queues'), queues, `must not be greater than ${QUEUES_MAX}`));
  errors.push(...positive(handSize, 'handSize'));
  const bits = Math.ceil(Math.log2(Math.max(queues, 1)) * handSize);
  if (handSize > queues) {
    const detail = `should not be greater than queues (${queues})`;
    if (handSize > 0) errors.push(fieldErrors.invalid(at.child('handSize'), handSize, detail));
  } else if (bits > ENTROPY_BITS_MAX) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${ENTROPY_BITS_MAX}`;
    errors.push(fieldErrors.invalid(at.child('handSize'), handSize, detail));
  }
  return errors;
}

/** Shares of `exempt` may be tuned; nothing else of the two mandatory levels may. */
function validateMandatory(name: string | undefined, spec: Spec): FieldError[] {
  if (name !== 'catch-all') return [];
  const fixed = priorityLevels.find(({ metadata }) => metadata.name === name)?.spec;
  if (fixed === undefined || semanticEqual(spec, fixed)) return [];
  return [fieldErrors.invalid(SPEC, spec, `spec of '${name}' must equal the fixed value`)];
}
