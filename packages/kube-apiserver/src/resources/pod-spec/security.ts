/** Security contexts of pods and containers. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type PodSecurityContext,
  type SeccompProfile,
  type SecurityContext,
} from '@steersman/api';
import { between, each, empty, oneOf, requiredOneOf } from '../checks.ts';

const ID_MAX = 2147483647;

export function validateSecurityContext(context: SecurityContext | undefined, at: FieldPath): FieldError[] {
  if (context === undefined) return [];
  const errors = [
    ...between(context.runAsUser, 0, ID_MAX, at.child('runAsUser')),
    ...between(context.runAsGroup, 0, ID_MAX, at.child('runAsGroup')),
    ...validateSeccomp(context.seccompProfile, at.child('seccompProfile')),
    ...validateAppArmor(context.appArmorProfile, at.child('appArmorProfile')),
  ];
  if (context.procMount !== undefined)
    errors.push(...oneOf(context.procMount, ['Default', 'Unmasked'], at.child('procMount')));
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true)
      errors.push(
        fieldErrors.invalid(at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'),
      );
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      errors.push(
        fieldErrors.invalid(
          at,
          context,
          'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
        ),
      );
    }
  }
  return errors;
}

export function validatePodSecurityContext(context: PodSecurityContext | undefined, at: FieldPath): FieldError[] {
  if (context === undefined) return [];
  const errors = [
    ...between(context.fsGroup, 0, ID_MAX, at.child('fsGroup')),
    ...between(context.runAsUser, 0, ID_MAX, at.child('runAsUser')),
    ...between(context.runAsGroup, 0, ID_MAX, at.child('runAsGroup')),
    ...each(context.supplementalGroups, at.child('supplementalGroups'), (id, where) => between(id, 0, ID_MAX, where)),
    ...validateSysctls(context.sysctls, at.child('sysctls')),
    ...validateSeccomp(context.seccompProfile, at.child('seccompProfile')),
    ...validateAppArmor(context.appArmorProfile, at.child('appArmorProfile')),
  ];
  if (context.fsGroupChangePolicy !== undefined)
    errors.push(...oneOf(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], at.child('fsGroupChangePolicy')));
  if (context.supplementalGroupsPolicy !== undefined) {
    errors.push(...oneOf(context.supplementalGroupsPolicy, ['Merge', 'Strict'], at.child('supplementalGroupsPolicy')));
  }
  return errors;
}

const SYSCTL_LENGTH_MAX = 253;
const SYSCTL_NAME = /^(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/;

function validateSysctls(sysctls: PodSecurityContext['sysctls'], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(sysctls, at, ({ name }, where) => {
    const nameAt = where.child('name');
    if (empty(name)) return [fieldErrors.required(nameAt, '')];
    if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL_NAME.test(name)) {
      return [
        fieldErrors.invalid(
          nameAt,
          name,
          `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL_NAME_TEXT}`,
        ),
      ];
    }
    if (seen.has(name)) return [fieldErrors.duplicate(nameAt, name)];
    seen.add(name);
    return [];
  });
}
/** The pattern as upstream's message shows it. */
const SYSCTL_NAME_TEXT = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';

type Profile = Pick<SeccompProfile, 'type' | 'localhostProfile'>;

function validateSeccomp(profile: Profile | undefined, at: FieldPath): FieldError[] {
  return validateProfile(profile, 'seccomp type', at);
}
function validateAppArmor(profile: Profile | undefined, at: FieldPath): FieldError[] {
  return validateProfile(profile, 'AppArmor type', at);
}

function validateProfile(profile: Profile | undefined, what: string, at: FieldPath): FieldError[] {
  if (profile === undefined) return [];
  const errors = requiredOneOf(profile.type, ['Localhost', 'RuntimeDefault', 'Unconfined'], at.child('type'));
  const local = profile.localhostProfile;
  if (profile.type === 'Localhost' && empty(local)) {
    errors.push(fieldErrors.required(at.child('localhostProfile'), `must be set when ${what} is Localhost`));
  } else if (profile.type !== 'Localhost' && local !== undefined) {
    errors.push(fieldErrors.invalid(at.child('localhostProfile'), local, `can only be set when ${what} is Localhost`));
  }
  return errors;
}
