/** Security contexts of pods and containers. */
import {
  type AppArmorProfile,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type PodSecurityContext,
  type PodSpec,
  type SeccompProfile,
  type SecurityContext,
} from '@steersman/api';
import { between, each, empty, oneOf, oneOfListed } from '../checks.ts';
import { internalForm } from './internal-form.ts';
import { descendingPath } from './paths.ts';
import { validateWindowsOptions } from './windows.ts';

const ID_MAX = 2147483647;
const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
/** PATH_MAX without the final zero. */
const PROFILE_LENGTH_MAX = 4095;

/** `hostUsers` is false where the pod has a user namespace of its own. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  hostUsers: boolean,
  at: FieldPath,
): FieldError[] {
  if (context === undefined) return [];
  return [
    ...between(context.runAsUser, 0, ID_MAX, at.child('runAsUser')),
    ...between(context.runAsGroup, 0, ID_MAX, at.child('runAsGroup')),
    ...validateProcMount(context.procMount, hostUsers, at.child('procMount')),
    ...validateSeccomp(context.seccompProfile, at.child('seccompProfile')),
    ...validateEscalation(context, at),
    ...validateWindowsOptions(context.windowsOptions, at.child('windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, at.child('appArmorProfile')),
  ];
}

function validateProcMount(mount: string | undefined, hostUsers: boolean, at: FieldPath): FieldError[] {
  if (mount === undefined) return [];
  const errors = oneOfListed(mount, ['Default', 'Unmasked'], at);
  if (hostUsers && mount === 'Unmasked')
    errors.push(fieldErrors.invalid(at, mount, '`hostUsers` must be false to use `Unmasked`'));
  return errors;
}

function validateEscalation(context: SecurityContext, at: FieldPath): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const refuse = (what: string) =>
    fieldErrors.invalid(
      at,
      internalForm(context, 'SecurityContext'),
      `cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
    );
  const admin = (context.capabilities?.add ?? []).filter((name) => name === 'CAP_SYS_ADMIN');
  return [
    ...(context.privileged === true ? [refuse('`privileged` to true')] : []),
    ...admin.map(() => refuse('`capabilities.Add` CAP_SYS_ADMIN')),
  ];
}

/** `old` is the spec that an update replaces: what it has already stays valid. */
export function validatePodSecurityContext(spec: PodSpec, old: PodSpec | undefined, at: FieldPath): FieldError[] {
  const context = spec.securityContext;
  if (context === undefined) return [];
  const shared = spec.shareProcessNamespace === true && spec.hostPID === true;
  const sharedDetail = 'ShareProcessNamespace and HostPID cannot both be enabled';
  return [
    ...between(context.fsGroup, 0, ID_MAX, at.child('fsGroup')),
    ...between(context.runAsUser, 0, ID_MAX, at.child('runAsUser')),
    ...between(context.runAsGroup, 0, ID_MAX, at.child('runAsGroup')),
    ...each(context.supplementalGroups, at.child('supplementalGroups'), (id, where) => between(id, 0, ID_MAX, where)),
    ...(shared ? [fieldErrors.invalid(at.child('shareProcessNamespace'), true, sharedDetail)] : []),
    ...validateSysctls(context.sysctls, spec, at.child('sysctls')),
    ...oneOfIfSet(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], at.child('fsGroupChangePolicy')),
    ...validateSeccomp(context.seccompProfile, at.child('seccompProfile')),
    ...validateWindowsOptions(context.windowsOptions, at.child('windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, at.child('appArmorProfile')),
    ...oneOfIfSet(context.supplementalGroupsPolicy, ['Merge', 'Strict'], at.child('supplementalGroupsPolicy')),
    // MountOption needs the gate SELinuxMount, which v1.36 has off.
    ...oneOfIfSet(
      context.seLinuxChangePolicy,
      old?.securityContext?.seLinuxChangePolicy === undefined ? ['Recursive'] : ['MountOption', 'Recursive'],
      at.child('seLinuxChangePolicy'),
    ),
  ];
}

function oneOfIfSet(value: string | undefined, allowed: readonly string[], at: FieldPath): FieldError[] {
  return value === undefined ? [] : oneOf(value, allowed, at);
}

const SYSCTL_LENGTH_MAX = 253;
const SYSCTL_NAME = /^(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/;
/** The pattern as upstream's message shows it. */
const SYSCTL_NAME_TEXT = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';

function validateSysctls(sysctls: PodSecurityContext['sysctls'], spec: PodSpec, at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(sysctls, at, ({ name }, where) => {
    const nameAt = where.child('name');
    const errors: FieldError[] = [];
    if (empty(name)) errors.push(fieldErrors.required(nameAt, ''));
    else if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL_NAME.test(name)) {
      const detail = `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL_NAME_TEXT}`;
      errors.push(fieldErrors.invalid(nameAt, name, detail));
    } else if (seen.has(name)) errors.push(fieldErrors.duplicate(nameAt, name));
    seen.add(name);
    return [...errors, ...validateSysctlNamespace(name ?? '', spec, nameAt)];
  });
}

/** A pod in a namespace of the host may not set what would change it for all. */
function validateSysctlNamespace(name: string, spec: PodSpec, at: FieldPath): FieldError[] {
  const dotted = /^[^./]*\//.test(name) ? name.replaceAll(/[./]/g, (mark) => (mark === '/' ? '.' : '/')) : name;
  if (spec.hostNetwork === true && dotted.startsWith('net.'))
    return [fieldErrors.invalid(at, name, "may not be specified when 'hostNetwork' is true")];
  const ipc = dotted === 'kernel.sem' || /^(?:kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(dotted);
  if (spec.hostIPC === true && ipc)
    return [fieldErrors.invalid(at, name, "may not be specified when 'hostIPC' is true")];
  return [];
}

function validateSeccomp(profile: SeccompProfile | undefined, at: FieldPath): FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile } = profile;
  const localAt = at.child('localhostProfile');
  const errors = empty(type)
    ? [fieldErrors.required(at.child('type'), 'type is required when seccompProfile is set')]
    : oneOfListed(type, PROFILE_TYPES, at.child('type'));
  if (type === 'Localhost') {
    return localhostProfile === undefined
      ? [...errors, fieldErrors.required(localAt, 'must be set when seccomp type is Localhost')]
      : [...errors, ...descendingPath(localhostProfile, localAt)];
  }
  if (localhostProfile === undefined) return errors;
  const shown = internalForm(profile, 'SeccompProfile');
  return [...errors, fieldErrors.invalid(localAt, shown, 'can only be set when seccomp type is Localhost')];
}

function validateAppArmor(profile: AppArmorProfile | undefined, at: FieldPath): FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile } = profile;
  const localAt = at.child('localhostProfile');
  if (empty(type)) return [fieldErrors.required(at.child('type'), 'type is required when appArmorProfile is set')];
  if (type === 'Localhost') return validateLocalAppArmor(localhostProfile, localAt);
  const errors = oneOfListed(type, PROFILE_TYPES, at.child('type'));
  if (errors.length > 0 || localhostProfile === undefined) return errors;
  return [fieldErrors.invalid(localAt, localhostProfile, 'can only be set when AppArmor type is Localhost')];
}

function validateLocalAppArmor(profile: string | undefined, at: FieldPath): FieldError[] {
  const missing = [fieldErrors.required(at, 'must be set when AppArmor type is Localhost')];
  if (profile === undefined) return missing;
  const errors: FieldError[] = [];
  if (profile.trim() !== profile) errors.push(fieldErrors.invalid(at, profile, 'must not be padded with whitespace'));
  else if (profile === '') errors.push(...missing);
  if (Buffer.byteLength(profile) > PROFILE_LENGTH_MAX) errors.push(fieldErrors.tooLong(at, '', PROFILE_LENGTH_MAX));
  return errors;
}
