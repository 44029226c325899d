/** Leases. */
import { type FieldError, fieldErrors, type Lease, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { empty } from '../checks.ts';
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
  const errors: FieldError[] = [];
  if (spec?.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) {
    errors.push(
      fieldErrors.invalid(SPEC.child('leaseDurationSeconds'), spec.leaseDurationSeconds, 'must be greater than 0'),
    );
  }
  if (spec?.leaseTransitions !== undefined && spec.leaseTransitions < 0) {
    errors.push(
      fieldErrors.invalid(SPEC.child('leaseTransitions'), spec.leaseTransitions, 'must be greater than or equal to 0'),
    );
  }
  if (!empty(spec?.preferredHolder) && empty(spec?.strategy)) {
    errors.push(fieldErrors.forbidden(SPEC.child('preferredHolder'), 'strategy must be set'));
  }
  return errors;
}
