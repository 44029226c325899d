/** A whole pod spec, of a Pod or of a template. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type ObjectMeta,
  type PodSpec,
  type PodTemplateSpec,
  path,
} from '@steersman/api';
import { validateIp } from '../addresses.ts';
import { each, empty, invalidFor, oneOfListed } from '../checks.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { isMirror, validatePodAnnotations, validateProfilesMatch } from './annotations.ts';
import {
  type Surroundings,
  validateContainers,
  validateEphemeralContainers,
  validateImageText,
  validateInitContainers,
} from './containers.ts';
import { internalForm } from './internal-form.ts';
import { validateTopologySpread } from './pod-affinity.ts';
import { validatePodResources, validateRequirements } from './requirements.ts';
import {
  validateAffinity,
  validateDnsConfig,
  validatePreemptionPolicy,
  validateSchedulingGates,
} from './scheduling.ts';
import { validatePodSecurityContext } from './security.ts';
import { validateTolerations } from './tolerations.ts';
import { containersWithPaths } from './visit.ts';
import { validateVolumes } from './volumes.ts';
import { validateHostProcess, validateOs } from './windows.ts';

const INT32_MAX = 2147483647;
const HOSTNAME_LENGTH_MAX = 64;

export interface PodSpecOptions {
  /** False for templates: there host ports may stay open until the pod is made. */
  readonly isPod: boolean;
  /** Of the pod, for what depends on its name and annotations. */
  readonly metadata?: ObjectMeta;
  /** The spec that an update replaces. */
  readonly old?: PodSpec;
}

export function validatePodTemplate(template: PodTemplateSpec | undefined, at: FieldPath): FieldError[] {
  const { labels, annotations } = template?.metadata ?? {};
  const spec = template?.spec ?? { containers: [] };
  const specAt = at.child('spec');
  const annotationsAt = at.child('annotations');
  const ephemeral = (spec.ephemeralContainers ?? []).length > 0;
  return [
    ...validateLabels(labels, at.child('labels')),
    ...validateAnnotations(annotations, annotationsAt),
    ...validatePodAnnotations(annotations, spec, annotationsAt),
    ...validatePodSpec(spec, specAt, { isPod: false }),
    ...validateProfilesMatch(annotations, spec, specAt),
    ...(ephemeral
      ? [fieldErrors.forbidden(specAt.child('ephemeralContainers'), 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

/** The names that the pod gives to its claims. */
export function claimNamesOf({ resourceClaims = [] }: PodSpec): ReadonlySet<string> {
  return new Set(resourceClaims.flatMap(({ name }) => (empty(name) ? [] : [name])));
}

export function validatePodSpec(spec: PodSpec, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const { isPod, metadata, old } = options;
  const volumes = validateVolumes(spec.volumes, at.child('volumes'), { isPod, podName: metadata?.name });
  const around: Surroundings = { spec, volumes: volumes.sound, claims: claimNamesOf(spec) };
  const graceAt = at.child('terminationGracePeriodSeconds');
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [fieldErrors.required(graceAt, '')] : []),
    ...volumes.errors,
    ...validateResourceClaims(spec, metadata, at.child('resourceClaims')),
    ...validateContainers(around, at.child('containers')),
    ...validateInitContainers(around, at.child('initContainers')),
    ...validateEphemeralContainers(around, at.child('ephemeralContainers')),
    ...validatePodResources(spec, around.claims, at),
    ...validateHostPorts(spec, at, options),
    ...validatePolicies(spec, at),
    ...validateLabels(spec.nodeSelector, at.child('nodeSelector')),
    ...validatePodSecurityContext(spec, old, at.child('securityContext')),
    ...validateAffinity(spec.affinity, at.child('affinity')),
    ...validateDnsConfig(spec, at.child('dnsConfig')),
    ...each(spec.readinessGates, at.child('readinessGates'), ({ conditionType }, where) =>
      invalidFor(names.qualifiedName(conditionType), conditionType, where.child('conditionType')),
    ),
    ...validateSchedulingGates(spec.schedulingGates, at.child('schedulingGates')),
    ...validateTopologySpread(spec.topologySpreadConstraints, at.child('topologySpreadConstraints')),
    ...validateHostProcess(spec, at),
    ...validateHostUsers(spec, at),
    ...validateHostnameOverride(spec, at),
    ...validateReferences(spec, at),
    ...validateOs(spec, at),
    ...validateEnvFiles(spec, at),
  ];
}

function validatePolicies(spec: PodSpec, at: FieldPath): FieldError[] {
  const check = (field: 'restartPolicy' | 'dnsPolicy', allowed: readonly string[]) =>
    empty(spec[field])
      ? [fieldErrors.required(at.child(field), '')]
      : oneOfListed(spec[field], allowed, at.child(field));
  return [
    ...check('restartPolicy', ['Always', 'OnFailure', 'Never']),
    ...check('dnsPolicy', ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
  ];
}

/** Names of other objects and what stands between them, in upstream's order. Absent is fine, malformed is not. */
function validateReferences(spec: PodSpec, at: FieldPath): FieldError[] {
  const check = (field: keyof PodSpec & string, rule: (value: string) => readonly string[]) => {
    const value = spec[field];
    return typeof value === 'string' && value !== '' ? invalidFor(rule(value), value, at.child(field)) : [];
  };
  const { runtimeClassName } = spec;
  return [
    ...check('serviceAccountName', names.dns1123Subdomain),
    ...check('nodeName', names.dns1123Subdomain),
    ...validateDeadline(spec.activeDeadlineSeconds, at.child('activeDeadlineSeconds')),
    ...check('hostname', names.dns1123Label),
    ...check('subdomain', names.dns1123Label),
    ...validateTolerations(spec.tolerations, at.child('tolerations')),
    ...validateHostAliases(spec, at.child('hostAliases')),
    ...check('priorityClassName', names.dns1123Subdomain),
    ...(runtimeClassName === undefined
      ? []
      : invalidFor(names.dns1123Subdomain(runtimeClassName), runtimeClassName, at.child('runtimeClassName'))),
    ...validatePreemptionPolicy(spec.preemptionPolicy, at.child('preemptionPolicy')),
    ...validateRequirements(
      spec.overhead === undefined ? undefined : { limits: spec.overhead },
      new Set(),
      at.child('overhead'),
    ),
  ];
}

export function validateDeadline(seconds: number | undefined, at: FieldPath): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= INT32_MAX)) return [];
  return [fieldErrors.invalid(at, seconds, `must be between 1 and ${INT32_MAX}, inclusive`)];
}

function validateHostPorts(spec: PodSpec, at: FieldPath, { isPod }: PodSpecOptions): FieldError[] {
  if (spec.hostNetwork !== true) return [];
  return each(spec.containers, at.child('containers'), ({ ports }, where) =>
    each(ports, where.child('ports'), ({ hostPort = 0, containerPort }, portAt) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      const detail = 'must match `containerPort` when `hostNetwork` is true';
      return [fieldErrors.invalid(portAt.child('hostPort'), hostPort, detail)];
    }),
  );
}

function validateHostAliases(spec: PodSpec, at: FieldPath): FieldError[] {
  return each(spec.hostAliases, at, ({ ip, hostnames }, where) => [
    ...validateIp(ip, where.child('ip')),
    ...each(hostnames, where.child('hostnames'), (name, nameAt) =>
      invalidFor(names.dns1123Subdomain(name), name, nameAt),
    ),
  ]);
}

/** A pod with users of its own shares no namespace with the host, and raw devices would not know its users. */
function validateHostUsers(spec: PodSpec, at: FieldPath): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const shared = [
    ['hostNetwork', 'hostNetwork'],
    ['hostPID', 'HostPID'],
    ['hostIPC', 'HostIPC'],
  ] as const;
  const detail = 'when `hostUsers` is false';
  return [
    ...shared
      .filter(([field]) => spec[field] === true)
      .map(([, name]) => fieldErrors.forbidden(at.child(name), detail)),
    ...containersWithPaths(spec, at)
      .filter(({ container }) => (container.volumeDevices ?? []).length > 0)
      .map(({ at: where }) => fieldErrors.forbidden(where.child('volumeDevices'), detail)),
  ];
}

function validateHostnameOverride(spec: PodSpec, at: FieldPath): FieldError[] {
  const name = spec.hostnameOverride;
  if (name === undefined) return [];
  const where = at.child('hostnameOverride');
  const refuse = (field: 'setHostnameAsFQDN' | 'hostNetwork') =>
    spec[field] === true ? [fieldErrors.forbidden(where, `may not be specified when ${field} is true`)] : [];
  return [
    ...refuse('setHostnameAsFQDN'),
    ...refuse('hostNetwork'),
    ...(Buffer.byteLength(name) > HOSTNAME_LENGTH_MAX ? [fieldErrors.tooLong(where, '', HOSTNAME_LENGTH_MAX)] : []),
    ...invalidFor(names.dns1123Subdomain(name), name, where),
  ];
}

/** Files with variables come from directories that the pod itself fills. */
function validateEnvFiles(spec: PodSpec, at: FieldPath): FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  return containersWithPaths(spec, at).flatMap(({ container, at: where }) =>
    each(container.env, where.child('env'), ({ valueFrom }, envAt) => {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) return [];
      const nameAt = envAt.child('valueFrom', 'fileKeyRef', 'volumeName');
      const volume = volumes.get(name);
      if (volume === undefined) return [fieldErrors.notFound(nameAt, name)];
      if (volume.emptyDir) return [];
      return [fieldErrors.invalid(nameAt, name, 'referenced volume must be of type emptyDir')];
    }),
  );
}

type Claim = NonNullable<PodSpec['resourceClaims']>[number];

function validateResourceClaims(spec: PodSpec, metadata: ObjectMeta | undefined, at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(spec.resourceClaims, at, (claim, where) =>
    isMirror(metadata)
      ? [fieldErrors.forbidden(ROOT, 'static pods do not support resource claims')]
      : [...validateClaimName(claim, seen, where.child('name')), ...validateClaimSource(claim, where)],
  );
}
/** Upstream reports this for the object, not for a field of it. */
const ROOT = path('');

function validateClaimName({ name }: Claim, seen: Set<string>, at: FieldPath): FieldError[] {
  if (empty(name)) return [fieldErrors.required(at, '')];
  if (seen.has(name)) return [fieldErrors.duplicate(at, name)];
  seen.add(name);
  return invalidFor(names.dns1123Label(name), name, at);
}

function validateClaimSource(claim: Claim, at: FieldPath): FieldError[] {
  const { resourceClaimName: byName, resourceClaimTemplateName: byTemplate } = claim;
  const invalid = (detail: string) => fieldErrors.invalid(at, internalForm(claim, 'PodResourceClaim'), detail);
  const name = (value: string | undefined, field: string) =>
    value === undefined ? [] : invalidFor(names.dns1123Subdomain(value), value, at.child(field));
  return [
    ...(byName !== undefined && byTemplate !== undefined
      ? [invalid('at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified')]
      : []),
    ...(byName === undefined && byTemplate === undefined
      ? [invalid('must specify one of: `resourceClaimName`, `resourceClaimTemplateName`')]
      : []),
    ...name(byName, 'resourceClaimName'),
    ...name(byTemplate, 'resourceClaimTemplateName'),
  ];
}

/** What holds for pods alone: templates were never asked. */
export function validatePodOnly(spec: PodSpec, at: FieldPath): FieldError[] {
  const token = (volume: NonNullable<PodSpec['volumes']>[number], where: FieldPath) =>
    each(volume.projected?.sources, where.child('projected', 'sources'), ({ serviceAccountToken }, sourceAt) => {
      const detail = 'must not be specified when serviceAccountName is not set';
      return serviceAccountToken ? [fieldErrors.forbidden(sourceAt.child('serviceAccountToken'), detail)] : [];
    });
  return [
    ...(empty(spec.serviceAccountName) ? each(spec.volumes, at.child('volumes'), token) : []),
    ...(['containers', 'initContainers'] as const).flatMap((list) =>
      each(spec[list], at.child(list), ({ image }, where) => validateImageText(image, where.child('image'))),
    ),
  ];
}
