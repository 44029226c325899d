/** Leases. */
import { type FieldError, type FieldPath, fieldErrors, type Lease, names, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { empty, invalidFor, nonNegative, oneOf, positive } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

const SPEC = path('spec');

export const lease: Strategy<Lease> = {
  validated: true,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate,
  validateUpdate: validate,
  columns: [
    nameColumn(),
    text('Holder', 'Who holds the lease.', ({ spec }) => spec?.holderIdentity ?? ''),
    ageColumn(),
  ],
};

function validate({ spec }: Lease): FieldError[] {
  const unelected = !empty(spec?.preferredHolder) && empty(spec?.strategy);
  const detail = 'may only be specified if `strategy` is defined';
  return [
    ...positive(spec?.leaseDurationSeconds, SPEC.child('leaseDurationSeconds')),
    ...nonNegative(spec?.leaseTransitions, SPEC.child('leaseTransitions')),
    ...(spec?.strategy === undefined ? [] : validateStrategy(spec.strategy, SPEC.child('strategy'))),
    ...(unelected ? [fieldErrors.forbidden(SPEC.child('preferredHolder'), detail)] : []),
  ];
}

/** A strategy of Kubernetes, or one with a domain of its own. Upstream's causes repeat the field's name. */
export function validateStrategy(strategy: string, at: FieldPath): FieldError[] {
  const where = at.child('strategy');
  if (strategy.includes('/')) return invalidFor(names.qualifiedName(strategy), strategy, where);
  return oneOf(strategy, ['OldestEmulationVersion'], where);
}
