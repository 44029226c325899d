/** Annotations with a meaning for pods: mirrors of static pods, deletion cost, and what was a field later. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type ObjectMeta,
  type PodSpec,
  type SeccompProfile,
  type Toleration,
} from '@steersman/api';
import { descendingPath } from './paths.ts';
import { validateTolerations } from './tolerations.ts';
import { containersWithPaths } from './visit.ts';

type Annotations = Readonly<Record<string, string>>;

const MIRROR = 'kubernetes.io/config.mirror';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
export const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const INT32_MAX = 2147483647;

export function isMirror(metadata: Pick<ObjectMeta, 'annotations'> | undefined): boolean {
  return metadata?.annotations?.[MIRROR] !== undefined;
}

/** `old` are the annotations that an update replaces: a bad deletion cost may stay. */
export function validatePodAnnotations(
  annotations: Annotations = {},
  spec: PodSpec,
  at: FieldPath,
  old?: Annotations,
): FieldError[] {
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && !spec.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(fieldErrors.invalid(at.key(MIRROR), mirror, detail));
  }
  if (annotations[TOLERATIONS]) errors.push(...validateTolerationsText(annotations[TOLERATIONS], at));
  const cost = annotations[DELETION_COST];
  if (isBadCost(cost) && !isBadCost(old?.[DELETION_COST]))
    errors.push(fieldErrors.invalid(at.key(DELETION_COST), cost, 'must be a 32bit integer'));
  return [...errors, ...validateSeccompTexts(annotations, at), ...validateAppArmorTexts(annotations, spec, at)];
}

/** Upstream's numbers neither begin with a plus sign nor with zeros. */
function isBadCost(cost: string | undefined): boolean {
  if (cost === undefined) return false;
  return !/^(?:0|-?[1-9]\d*)$/.test(cost) || Number(cost) > INT32_MAX || Number(cost) < -INT32_MAX - 1;
}

function validateTolerationsText(text: string, at: FieldPath): FieldError[] {
  try {
    return validateTolerations(JSON.parse(text) as readonly Toleration[], at.child(TOLERATIONS));
  } catch (error) {
    return [fieldErrors.invalid(at, TOLERATIONS, error instanceof Error ? error.message : 'invalid JSON')];
  }
}

function validateSeccompTexts(annotations: Annotations, at: FieldPath): FieldError[] {
  return Object.entries(annotations)
    .filter(([key]) => key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER))
    .toSorted(([a], [b]) => Number(b === SECCOMP_POD) - Number(a === SECCOMP_POD))
    .flatMap(([key, profile]) => validateSeccompText(profile, at.child(key)));
}

function validateSeccompText(profile: string, at: FieldPath): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
  if (profile.startsWith('localhost/')) return descendingPath(profile.slice('localhost/'.length), at);
  return [fieldErrors.invalid(at, profile, 'must be a valid seccomp profile')];
}

function validateAppArmorTexts(annotations: Annotations, spec: PodSpec, at: FieldPath): FieldError[] {
  const known = new Set(containersWithPaths(spec, at).map(({ container }) => container.name));
  return Object.entries(annotations).flatMap(([key, profile]) => {
    if (!key.startsWith(APPARMOR)) return [];
    const container = key.slice(APPARMOR.length);
    const fine = ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith('localhost/');
    const detail = `invalid AppArmor profile name: ${JSON.stringify(profile)}`;
    return [
      ...(known.has(container) ? [] : [fieldErrors.invalid(at.key(key), container, 'container not found')]),
      ...(fine ? [] : [fieldErrors.invalid(at.key(key), profile, detail)]),
    ];
  });
}

/** A mirror stays one, and AppArmor annotations stay as they were when the pod started. */
export function validateAnnotationChange(
  annotations: Annotations = {},
  old: Annotations = {},
  at: FieldPath,
): FieldError[] {
  const what = (key: string) =>
    key.startsWith(APPARMOR) ? 'AppArmor annotations' : key === MIRROR ? 'mirror pod annotation' : undefined;
  const refuse = (key: string, verb: string) => {
    const name = what(key);
    return name === undefined ? [] : [fieldErrors.forbidden(at.key(key), `may not ${verb} ${name}`)];
  };
  return [
    ...Object.entries(old).flatMap(([key, value]) =>
      annotations[key] === value ? [] : refuse(key, 'remove or update'),
    ),
    ...Object.keys(annotations).flatMap((key) => (Object.hasOwn(old, key) ? [] : refuse(key, 'add'))),
  ];
}

/** A profile given twice, as annotation and as field, must be given alike. */
export function validateProfilesMatch(annotations: Annotations = {}, spec: PodSpec, at: FieldPath): FieldError[] {
  const podSeccomp = spec.securityContext?.seccompProfile;
  const contextAt = at.child('securityContext', 'seccompProfile');
  return [
    ...matchProfile('seccomp', annotations[SECCOMP_POD], podSeccomp, contextAt),
    ...containersWithPaths(spec, at).flatMap(({ container, at: where }) =>
      matchProfile(
        'seccomp',
        annotations[SECCOMP_CONTAINER + container.name],
        container.securityContext?.seccompProfile,
        where.child('securityContext', 'seccompProfile'),
      ),
    ),
    ...(spec.os?.name === 'windows' ? [] : matchAppArmor(annotations, spec, at)),
  ];
}

function matchAppArmor(annotations: Annotations, spec: PodSpec, at: FieldPath): FieldError[] {
  const byPod = spec.securityContext?.appArmorProfile;
  return containersWithPaths(spec, at).flatMap(({ container, at: where }) =>
    matchProfile(
      'apparmor',
      annotations[APPARMOR + container.name],
      container.securityContext?.appArmorProfile ?? byPod,
      where.child('securityContext', 'appArmorProfile'),
    ),
  );
}

type Profile = Pick<SeccompProfile, 'type' | 'localhostProfile'>;

function matchProfile(
  what: 'seccomp' | 'apparmor',
  text: string | undefined,
  profile: Profile | undefined,
  at: FieldPath,
): FieldError[] {
  if (text === undefined || profile === undefined) return [];
  const otherType = [fieldErrors.forbidden(at.child('type'), `${what} type in annotation and field must match`)];
  switch (profile.type) {
    case 'Unconfined':
      return text === 'unconfined' ? [] : otherType;
    case 'RuntimeDefault':
      return text === 'runtime/default' || (what === 'seccomp' && text === 'docker/default') ? [] : otherType;
    case 'Localhost': {
      if (!text.startsWith('localhost/')) return otherType;
      if (text.slice('localhost/'.length) === profile.localhostProfile) return [];
      const detail = `${what} profile in annotation and field must match`;
      return [fieldErrors.forbidden(at.child('localhostProfile'), detail)];
    }
    default:
      return [];
  }
}
