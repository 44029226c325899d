/** Containers of every sort: what they share, and what init and ephemeral containers may not have. */
import {
  type Container,
  type EphemeralContainer,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type PodSpec,
} from '@steersman/api';
import { each, empty, invalidFor, oneOfListed, requiredOneOf } from '../checks.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { type Volumes, validateVolumeDevices, validateVolumeMounts } from './mounts.ts';
import { validateProbesAndHooks } from './probes.ts';
import { validateRequirements } from './requirements.ts';
import { validateRestartPolicy } from './restart-rules.ts';
import { validateSecurityContext } from './security.ts';

/** The fields that ephemeral containers lack: their pod is running already. In upstream's order. */
const EPHEMERAL_FORBIDDEN = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;
const NOT_EPHEMERAL = 'cannot be set for an Ephemeral Container';
const INIT_FORBIDDEN = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const NOT_SIDECAR = 'may not be set for init containers without restartPolicy=Always';

/** What containers refer to in their pod. */
export interface Surroundings {
  readonly spec: PodSpec;
  readonly volumes: Volumes;
  /** Names of the pod's resource claims. */
  readonly claims: ReadonlySet<string>;
}

export function validateContainers(around: Surroundings, at: FieldPath): FieldError[] {
  const { containers = [], terminationGracePeriodSeconds: grace } = around.spec;
  if (containers.length === 0) return [fieldErrors.required(at, '')];
  const seen = new Set<string>();
  const errors = each(containers, at, (container, where) => [
    ...validateCommon(container, around, where),
    ...claimName(container.name, seen, where),
    ...validateProbesAndHooks(container, grace, where),
    ...validateRestartPolicy(container, where),
  ]);
  return [...errors, ...hostPortConflicts(containers, at)];
}

export function validateInitContainers(around: Surroundings, at: FieldPath): FieldError[] {
  const { containers = [], initContainers, terminationGracePeriodSeconds: grace } = around.spec;
  const seen = new Set(containers.map(({ name }) => name));
  return each(initContainers, at, (container, where) => [
    ...validateCommon(container, around, where),
    ...validateRestartPolicy(container, where),
    ...claimName(container.name, seen, where),
    // One at a time they run, and each alone may not ask twice for a port; upstream's cause names the first.
    ...hostPortConflicts([container], at),
    ...(container.restartPolicy === 'Always'
      ? validateProbesAndHooks(container, grace, where)
      : validateInitOnly(container, where)),
  ]);
}

/** What has no meaning for a container that runs to its end before the others start. */
function validateInitOnly(container: Container, at: FieldPath): FieldError[] {
  const restarts = each(container.resizePolicy, at.child('resizePolicy'), ({ restartPolicy }, where) => {
    if (restartPolicy !== 'RestartContainer') return [];
    const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    return [fieldErrors.invalid(where.child('restartPolicy'), restartPolicy, detail)];
  });
  const forbidden = INIT_FORBIDDEN.filter((field) => container[field] !== undefined);
  return [...forbidden.map((field) => fieldErrors.forbidden(at.child(field), NOT_SIDECAR)), ...restarts];
}

export function validateEphemeralContainers(around: Surroundings, at: FieldPath): FieldError[] {
  const { containers = [], initContainers = [], ephemeralContainers } = around.spec;
  const targets = new Set([...containers, ...initContainers].map(({ name }) => name));
  const seen = new Set(targets);
  return each(ephemeralContainers, at, (container, where) => {
    const target = container.targetContainerName;
    const unknown = !empty(target) && !targets.has(target);
    return [
      ...validateCommon(container, around, where),
      ...validateImageText(container.image, where.child('image')),
      ...claimName(container.name, seen, where),
      ...(unknown ? [fieldErrors.notFound(where.child('targetContainerName'), target)] : []),
      ...EPHEMERAL_FORBIDDEN.filter((field) => isSet(container[field])).map((field) =>
        fieldErrors.forbidden(where.child(field), NOT_EPHEMERAL),
      ),
      ...validateEphemeralMounts(container, where.child('volumeMounts')),
    ];
  });
}

/** Set at all: absent and empty are one where upstream keeps a value, not a pointer. */
function isSet(value: object | string | undefined | null): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'string') return true;
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}

/** Subpaths are bind mounts that only the pod's end would clean up. */
function validateEphemeralMounts({ volumeMounts }: EphemeralContainer, at: FieldPath): FieldError[] {
  return each(volumeMounts, at, (mount, where) =>
    (['subPath', 'subPathExpr'] as const)
      .filter((field) => !empty(mount[field]))
      .map((field) => fieldErrors.forbidden(where.child(field), NOT_EPHEMERAL)),
  );
}

function claimName(name: string, seen: Set<string>, at: FieldPath): FieldError[] {
  if (seen.has(name)) return [fieldErrors.duplicate(at.child('name'), name)];
  if (name !== '') seen.add(name);
  return [];
}

type Common = Omit<Container, 'restartPolicy'>;

function validateCommon(container: Common, { spec, volumes, claims }: Surroundings, at: FieldPath): FieldError[] {
  const { name, image, terminationMessagePolicy: policy } = container;
  const policyAt = at.child('terminationMessagePolicy');
  return [
    ...(empty(name)
      ? [fieldErrors.required(at.child('name'), '')]
      : invalidFor(names.dns1123Label(name), name, at.child('name'))),
    ...(empty(image) ? [fieldErrors.required(at.child('image'), '')] : []),
    ...(empty(policy)
      ? [fieldErrors.required(policyAt, '')]
      : oneOfListed(policy, ['File', 'FallbackToLogsOnError'], policyAt)),
    ...validatePorts(container.ports, at.child('ports')),
    ...validateEnv(container.env, at.child('env')),
    ...validateEnvFrom(container.envFrom, at.child('envFrom')),
    ...validateVolumeMounts(container, volumes, at.child('volumeMounts')),
    ...validateVolumeDevices(container, volumes, at.child('volumeDevices')),
    ...requiredOneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], at.child('imagePullPolicy')),
    ...validateRequirements(container.resources, claims, at.child('resources')),
    ...validateResizePolicy(container.resizePolicy, spec.restartPolicy, at.child('resizePolicy')),
    ...validateSecurityContext(container.securityContext, spec.hostUsers !== false, at.child('securityContext')),
  ];
}

/** Of pods only: templates always took such images. */
export function validateImageText(image: string | undefined, at: FieldPath): FieldError[] {
  if (image === undefined || image.trim() === image) return [];
  return [fieldErrors.invalid(at, image, 'must not have leading or trailing whitespace')];
}

function validatePorts(ports: Container['ports'], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(ports, at, (port, where) => {
    const number = (value: number, field: string) => invalidFor(names.portNumber(value), value, where.child(field));
    return [
      ...validatePortName(port.name, seen, where.child('name')),
      ...(port.containerPort
        ? number(port.containerPort, 'containerPort')
        : [fieldErrors.required(where.child('containerPort'), '')]),
      ...(port.hostPort ? number(port.hostPort, 'hostPort') : []),
      ...requiredOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], where.child('protocol')),
    ];
  });
}

function validatePortName(name: string | undefined, seen: Set<string>, at: FieldPath): FieldError[] {
  if (empty(name)) return [];
  const malformed = invalidFor(names.portName(name), name, at);
  if (malformed.length > 0) return malformed;
  if (seen.has(name)) return [fieldErrors.duplicate(at, name)];
  seen.add(name);
  return [];
}

/** One host port can be given to one container of the pod only. */
function hostPortConflicts(containers: readonly Container[], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(containers, at, ({ ports }, where) =>
    each(ports, where.child('ports'), (port, portAt) => {
      if (!port.hostPort) return [];
      const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (seen.has(key)) return [fieldErrors.duplicate(portAt.child('hostPort'), key)];
      seen.add(key);
      return [];
    }),
  );
}

/** Upstream names the list in all causes but that of a repetition. */
function validateResizePolicy(
  policies: Container['resizePolicy'],
  podPolicy: string | undefined,
  at: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return each(policies, at, ({ resourceName, restartPolicy }, where) => {
    const errors = seen.has(resourceName) ? [fieldErrors.duplicate(where, resourceName)] : [];
    seen.add(resourceName);
    errors.push(...requiredOneOf(resourceName, ['cpu', 'memory'], at));
    errors.push(...requiredOneOf(restartPolicy, ['NotRequired', 'RestartContainer'], at));
    if (podPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      errors.push(fieldErrors.invalid(at, restartPolicy, detail));
    }
    return errors;
  });
}
