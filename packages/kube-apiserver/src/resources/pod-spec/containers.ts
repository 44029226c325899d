/** Containers of every sort: what they share, and what init and ephemeral containers may not have. */
import { type Container, type FieldError, type FieldPath, fieldErrors, names, type PodSpec } from '@steersman/api';
import { each, empty, invalidFor, oneOf, required, requiredOneOf } from '../checks.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { validateProbesAndHooks } from './probes.ts';
import { validateResourceRequirements } from './quantities.ts';
import { validateSecurityContext } from './security.ts';
import { descendingPath, noBacksteps } from './volumes.ts';

/** The fields that ephemeral containers lack: their pod is running already. */
const EPHEMERAL_FORBIDDEN = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
] as const;
type Common = Omit<Container, 'restartPolicy'>;

export function validateContainers(spec: PodSpec, at: FieldPath): FieldError[] {
  const containersAt = at.child('containers');
  const containers = spec.containers ?? [];
  if (containers.length === 0) return [fieldErrors.required(containersAt, '')];
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  const seen = new Set<string>();
  const errors = each(containers, containersAt, (container, where) => [
    ...validateCommon(container, spec, where),
    ...claimName(container.name, seen, where),
    ...validateProbesAndHooks(container, grace, where),
    ...validateRestartPolicy(container.restartPolicy, where),
  ]);
  return [...errors, ...hostPortConflicts(containers, containersAt)];
}

export function validateInitContainers(spec: PodSpec, at: FieldPath): FieldError[] {
  const initAt = at.child('initContainers');
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  const seen = new Set((spec.containers ?? []).map(({ name }) => name));
  return each(spec.initContainers, initAt, (container, where) => {
    const restartable = container.restartPolicy === 'Always';
    const errors = [
      ...validateCommon(container, spec, where),
      ...claimName(container.name, seen, where),
      ...validateRestartPolicy(container.restartPolicy, where),
    ];
    if (restartable) return [...errors, ...validateProbesAndHooks(container, grace, where)];
    const forbidden = (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const).filter(
      (field) => container[field] !== undefined,
    );
    return [
      ...errors,
      ...forbidden.map((field) =>
        fieldErrors.forbidden(where.child(field), 'may not be set for init containers without restartPolicy=Always'),
      ),
    ];
  });
}

export function validateEphemeralContainers(spec: PodSpec, at: FieldPath): FieldError[] {
  const where = at.child('ephemeralContainers');
  const seen = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const targets = new Set(seen);
  return each(spec.ephemeralContainers, where, (container, itemAt) => {
    const errors = [...validateCommon(container, spec, itemAt), ...claimName(container.name, seen, itemAt)];
    const target = container.targetContainerName;
    if (!empty(target) && !targets.has(target))
      errors.push(fieldErrors.notFound(itemAt.child('targetContainerName'), target));
    for (const field of EPHEMERAL_FORBIDDEN) {
      const value = container[field];
      if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
        errors.push(fieldErrors.forbidden(itemAt.child(field), 'cannot be set for an Ephemeral Container'));
      }
    }
    if (container.resources !== undefined && Object.keys(container.resources).length > 0) {
      errors.push(fieldErrors.forbidden(itemAt.child('resources'), 'cannot be set for an Ephemeral Container'));
    }
    return errors;
  });
}

function claimName(name: string, seen: Set<string>, at: FieldPath): FieldError[] {
  if (seen.has(name)) return [fieldErrors.duplicate(at.child('name'), name)];
  if (name !== '') seen.add(name);
  return [];
}

function validateRestartPolicy(policy: string | undefined, at: FieldPath): FieldError[] {
  return policy === undefined ? [] : oneOf(policy, ['Always', 'Never', 'OnFailure'], at.child('restartPolicy'));
}

function validateCommon(container: Common, spec: PodSpec, at: FieldPath): FieldError[] {
  return [
    ...(empty(container.name)
      ? [fieldErrors.required(at.child('name'), '')]
      : invalidFor(names.dns1123Label(container.name), container.name, at.child('name'))),
    ...validateImage(container.image, at.child('image')),
    ...requiredOneOf(
      container.terminationMessagePolicy,
      ['FallbackToLogsOnError', 'File'],
      at.child('terminationMessagePolicy'),
    ),
    ...validatePorts(container.ports, at.child('ports')),
    ...validateEnv(container.env, at.child('env')),
    ...validateEnvFrom(container.envFrom, at.child('envFrom')),
    ...validateVolumeMounts(container, spec, at.child('volumeMounts')),
    ...validateVolumeDevices(container, spec, at.child('volumeDevices')),
    ...requiredOneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], at.child('imagePullPolicy')),
    ...validateResourceRequirements(container.resources, at.child('resources')),
    ...validateClaims(container, spec, at.child('resources', 'claims')),
    ...validateSecurityContext(container.securityContext, at.child('securityContext')),
  ];
}

function validateImage(image: string | undefined, at: FieldPath): FieldError[] {
  if (empty(image)) return [fieldErrors.required(at, '')];
  return image.trim() === image ? [] : [fieldErrors.invalid(at, image, 'must not have leading or trailing whitespace')];
}

function validatePorts(ports: Container['ports'], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return each(ports, at, (port, where) => {
    const errors: FieldError[] = [];
    if (!empty(port.name)) {
      const malformed = invalidFor(names.portName(port.name), port.name, where.child('name'));
      if (malformed.length === 0 && seen.has(port.name))
        malformed.push(fieldErrors.duplicate(where.child('name'), port.name));
      seen.add(port.name);
      errors.push(...malformed);
    }
    if (!port.containerPort) errors.push(fieldErrors.required(where.child('containerPort'), ''));
    else
      errors.push(
        ...invalidFor(names.portNumber(port.containerPort), port.containerPort, where.child('containerPort')),
      );
    if (port.hostPort)
      errors.push(...invalidFor(names.portNumber(port.hostPort), port.hostPort, where.child('hostPort')));
    return [...errors, ...requiredOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], where.child('protocol'))];
  });
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

function validateVolumeMounts(container: Common, spec: PodSpec, at: FieldPath): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name));
  const paths = new Set((container.volumeDevices ?? []).map(({ devicePath }) => devicePath));
  return each(container.volumeMounts, at, (mount, where) => {
    const errors = required(mount.name, where.child('name'));
    if (!volumes.has(mount.name)) errors.push(fieldErrors.notFound(where.child('name'), mount.name));
    errors.push(...required(mount.mountPath, where.child('mountPath')));
    if (paths.has(mount.mountPath))
      errors.push(fieldErrors.invalid(where.child('mountPath'), mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    if (!empty(mount.subPath)) errors.push(...descendingPath(mount.subPath, where.child('subPath')));
    if (!empty(mount.subPathExpr)) {
      if (!empty(mount.subPath))
        errors.push(
          fieldErrors.invalid(
            where.child('subPathExpr'),
            mount.subPathExpr,
            'subPathExpr and subPath are mutually exclusive',
          ),
        );
      errors.push(...descendingPath(mount.subPathExpr, where.child('subPathExpr')));
    }
    return [...errors, ...validatePropagation(mount.mountPropagation, container, where.child('mountPropagation'))];
  });
}

function validatePropagation(mode: string | undefined, container: Common, at: FieldPath): FieldError[] {
  if (mode === undefined) return [];
  const errors = oneOf(mode, ['Bidirectional', 'HostToContainer', 'None'], at);
  if (mode === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(
      fieldErrors.forbidden(at, 'Bidirectional mount propagation is available only to privileged containers'),
    );
  }
  return errors;
}

function validateVolumeDevices(container: Common, spec: PodSpec, at: FieldPath): FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const seen = new Set<string>();
  return each(container.volumeDevices, at, (device, where) => {
    const errors = required(device.name, where.child('name'));
    const volume = volumes.get(device.name);
    if (volume === undefined) errors.push(fieldErrors.notFound(where.child('name'), device.name));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      errors.push(
        fieldErrors.invalid(
          where.child('name'),
          device.name,
          'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        ),
      );
    }
    errors.push(...required(device.devicePath, where.child('devicePath')));
    if (seen.has(device.devicePath))
      errors.push(fieldErrors.invalid(where.child('devicePath'), device.devicePath, 'must be unique'));
    seen.add(device.devicePath);
    return [...errors, ...noBacksteps(device.devicePath, where.child('devicePath'))];
  });
}

function validateClaims(container: Common, spec: PodSpec, at: FieldPath): FieldError[] {
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  return each(container.resources?.claims, at, ({ name }, where) => {
    if (empty(name)) return [fieldErrors.required(where.child('name'), '')];
    return claims.has(name) ? [] : [fieldErrors.notFound(where.child('name'), name)];
  });
}
