/** What a CSIDriver may say. */
import { type CSIDriver, driverNameErrors, type FieldError, type FieldPath, fieldErrors, path } from '@steersman/api';
import { each, immutable, oneOf, required, unique } from '../checks.ts';

const SPEC = path('spec');
const TOKEN_SECONDS_MIN = 600; // Kubelets renew tokens in time only above this.
const TOKEN_SECONDS_MAX = 2 ** 32; // Upstream's bound for every token's lifetime.
const UPDATE_PERIOD_SECONDS_MIN = 10; // So that no driver makes kubelets write their CSINode all the time.
const FS_GROUP_POLICIES = ['ReadWriteOnceWithFSType', 'File', 'None'];
const LIFECYCLE_MODES = ['Persistent', 'Ephemeral'];

type Spec = CSIDriver['spec'];
type TokenRequest = NonNullable<Spec['tokenRequests']>[number];

/** A driver's name may be written in capitals, unlike other names. */
export function validateDriverName(name: string): readonly string[] {
  return driverNameErrors(name, path('metadata', 'name')).map(({ message }) =>
    message.replace(/^Invalid value: "(?:[^"\\]|\\.)*": /, ''),
  );
}

export function validateDriver({ spec }: CSIDriver): FieldError[] {
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  const at = SPEC.child('nodeAllocatableUpdatePeriodSeconds');
  return [
    ...required(spec.attachRequired, SPEC.child('attachedRequired')),
    ...required(spec.podInfoOnMount, SPEC.child('podInfoOnMount')),
    ...required(spec.storageCapacity, SPEC.child('storageCapacity')),
    ...(spec.fsGroupPolicy === undefined
      ? []
      : oneOf(spec.fsGroupPolicy, FS_GROUP_POLICIES, SPEC.child('fsGroupPolicy'))),
    ...validateTokenRequests(spec.tokenRequests, SPEC.child('tokenRequests')),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) =>
      oneOf(mode, LIFECYCLE_MODES, SPEC.child('volumeLifecycleModes')),
    ),
    ...required(spec.seLinuxMount, SPEC.child('seLinuxMount')),
    ...(period !== undefined && period < UPDATE_PERIOD_SECONDS_MIN
      ? [fieldErrors.invalid(at, period, `must be greater than or equal to ${UPDATE_PERIOD_SECONDS_MIN} seconds`)]
      : []),
  ];
}

function validateTokenRequests(requests: readonly TokenRequest[] | undefined, at: FieldPath): FieldError[] {
  return [
    ...unique(requests, ({ audience }, index) => ({ value: audience, at: at.index(index).child('audience') })),
    ...each(requests, at, ({ expirationSeconds }, where) => {
      const field = where.child('expirationSeconds');
      if (expirationSeconds === undefined) return [];
      if (expirationSeconds < TOKEN_SECONDS_MIN)
        return [fieldErrors.invalid(field, expirationSeconds, 'may not specify a duration less than 10 minutes')];
      if (expirationSeconds > TOKEN_SECONDS_MAX)
        return [fieldErrors.invalid(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')];
      return [];
    }),
  ];
}

/** Upstream's causes name the field `attachedRequired`. */
export function validateDriverChange({ spec }: CSIDriver, old: CSIDriver): FieldError[] {
  return [
    ...immutable(spec.attachRequired, old.spec.attachRequired, SPEC.child('attachedRequired')),
    ...immutable(spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, SPEC.child('volumeLifecycleModes')),
  ];
}
