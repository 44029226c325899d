/** A whole pod spec, of a Pod or of a template. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type PodSpec,
  type PodTemplateSpec,
} from '@steersman/api';
import { each, empty, invalidFor, required, requiredOneOf } from '../checks.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './containers.ts';
import { quantityOf, validateResourceRequirements } from './quantities.ts';
import {
  validateAffinity,
  validateDnsConfig,
  validatePreemptionPolicy,
  validateSchedulingGates,
  validateTolerations,
  validateTopologySpread,
} from './scheduling.ts';
import { validatePodSecurityContext } from './security.ts';
import { validateVolumes } from './volumes.ts';

const INT32_MAX = 2147483647;

export interface PodSpecOptions {
  /** False for templates: there host ports may stay open until the pod is made. */
  readonly isPod: boolean;
}

export function validatePodTemplate(template: PodTemplateSpec | undefined, at: FieldPath): FieldError[] {
  const spec = template?.spec;
  return [
    ...validateLabels(template?.metadata?.labels, at.child('labels')),
    ...validateAnnotations(template?.metadata?.annotations, at.child('annotations')),
    ...(spec === undefined
      ? [fieldErrors.required(at.child('spec', 'containers'), '')]
      : validatePodSpec(spec, at.child('spec'), { isPod: false })),
    ...((spec?.ephemeralContainers ?? []).length > 0
      ? [
          fieldErrors.forbidden(
            at.child('spec', 'ephemeralContainers'),
            'ephemeral containers not allowed in pod template',
          ),
        ]
      : []),
  ];
}

export function validatePodSpec(spec: PodSpec, at: FieldPath, options: PodSpecOptions): FieldError[] {
  return [
    ...validateVolumes(spec.volumes, at.child('volumes')),
    ...validateResourceClaims(spec, at.child('resourceClaims')),
    ...validateContainers(spec, at),
    ...validateInitContainers(spec, at),
    ...validateEphemeralContainers(spec, at),
    ...validateResourceRequirements(spec.resources, at.child('resources')),
    ...requiredOneOf(spec.restartPolicy, ['Always', 'Never', 'OnFailure'], at.child('restartPolicy')),
    ...requiredOneOf(
      spec.dnsPolicy,
      ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
      at.child('dnsPolicy'),
    ),
    ...validateLabels(spec.nodeSelector, at.child('nodeSelector')),
    ...validateHostNetwork(spec, at, options),
    ...validatePodSecurityContext(spec.securityContext, at.child('securityContext')),
    ...each(spec.imagePullSecrets, at.child('imagePullSecrets'), ({ name }, where) =>
      required(name, where.child('name')),
    ),
    ...validateAffinity(spec.affinity, at.child('affinity')),
    ...validateDnsConfig(spec, at.child('dnsConfig')),
    ...each(spec.readinessGates, at.child('readinessGates'), ({ conditionType }, where) =>
      invalidFor(names.qualifiedName(conditionType), conditionType, where.child('conditionType')),
    ),
    ...validateSchedulingGates(spec.schedulingGates, at.child('schedulingGates')),
    ...validateTopologySpread(spec.topologySpreadConstraints, at.child('topologySpreadConstraints')),
    ...validateNamesOf(spec, at),
    ...validateDeadline(spec.activeDeadlineSeconds, at.child('activeDeadlineSeconds')),
    ...validateTolerations(spec.tolerations, at.child('tolerations')),
    ...validateHostAliases(spec, at.child('hostAliases')),
    ...validatePreemptionPolicy(spec.preemptionPolicy, at.child('preemptionPolicy')),
    ...validateOverhead(spec.overhead, at.child('overhead')),
    ...(spec.os === undefined ? [] : requiredOneOf(spec.os.name, ['linux', 'windows'], at.child('os'))),
  ];
}

/** Names of other objects: absent is fine, malformed is not. */
function validateNamesOf(spec: PodSpec, at: FieldPath): FieldError[] {
  const check = (field: keyof PodSpec & string, rule: (value: string) => readonly string[]) => {
    const value = spec[field];
    return typeof value === 'string' && value !== '' ? invalidFor(rule(value), value, at.child(field)) : [];
  };
  return [
    ...check('serviceAccountName', names.dns1123Subdomain),
    ...check('nodeName', names.dns1123Subdomain),
    ...check('hostname', names.dns1123Label),
    ...check('subdomain', names.dns1123Label),
    ...check('priorityClassName', names.dns1123Subdomain),
    ...check('runtimeClassName', names.dns1123Subdomain),
    ...check('schedulerName', names.dns1123Subdomain),
  ];
}

export function validateDeadline(seconds: number | undefined, at: FieldPath): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= INT32_MAX)) return [];
  return [fieldErrors.invalid(at, seconds, `must be between 1 and ${INT32_MAX}, inclusive`)];
}

function validateHostNetwork(spec: PodSpec, at: FieldPath, { isPod }: PodSpecOptions): FieldError[] {
  if (spec.hostNetwork !== true) return [];
  return each(spec.containers, at.child('containers'), ({ ports }, where) =>
    each(ports, where.child('ports'), ({ hostPort = 0, containerPort }, portAt) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      return [
        fieldErrors.invalid(
          portAt.child('hostPort'),
          hostPort,
          'must match `containerPort` when `hostNetwork` is true',
        ),
      ];
    }),
  );
}

function validateHostAliases(spec: PodSpec, at: FieldPath): FieldError[] {
  return each(spec.hostAliases, at, ({ ip, hostnames }, where) => [
    ...invalidFor(names.ip(ip), ip, where.child('ip')),
    ...each(hostnames, where.child('hostnames'), (name) =>
      invalidFor(names.dns1123Subdomain(name), name, where.child('hostnames')),
    ),
  ]);
}

function validateOverhead(overhead: PodSpec['overhead'], at: FieldPath): FieldError[] {
  return Object.entries(overhead ?? {}).flatMap(([name, text]) => {
    const quantity = quantityOf(text);
    const negative = quantity !== undefined && quantity.sign() < 0;
    return negative
      ? [fieldErrors.invalid(at.key(name), quantity.toString(), 'must be greater than or equal to 0')]
      : [];
  });
}

function validateResourceClaims(spec: PodSpec, at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(spec.resourceClaims, at, (claim, where) => {
    const errors = empty(claim.name)
      ? [fieldErrors.required(where.child('name'), '')]
      : invalidFor(names.dns1123Label(claim.name), claim.name, where.child('name'));
    if (seen.has(claim.name)) errors.push(fieldErrors.duplicate(where.child('name'), claim.name));
    seen.add(claim.name);
    const byName = !empty(claim.resourceClaimName);
    const byTemplate = !empty(claim.resourceClaimTemplateName);
    if (byName === byTemplate) {
      const detail = byName
        ? 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
        : 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      errors.push(fieldErrors.invalid(where, claim, detail));
    }
    return errors;
  });
}
