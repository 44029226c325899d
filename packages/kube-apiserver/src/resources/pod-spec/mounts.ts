/** Where containers see their volumes: as directories or as raw devices. */
import {
  type Container,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Volume,
  type VolumeDevice,
  type VolumeMount,
} from '@steersman/api';
import { each, empty, oneOf, required } from '../checks.ts';
import { descendingPath, hasBacksteps } from './paths.ts';

type Mounted = Pick<Container, 'volumeMounts' | 'volumeDevices' | 'securityContext'>;
export type Volumes = ReadonlyMap<string, Volume>;

/** `at` is the list's path: upstream reports some causes there, without the mount's index. */
export function validateVolumeMounts(container: Mounted, volumes: Volumes, at: FieldPath): FieldError[] {
  const devices = new Map((container.volumeDevices ?? []).map(({ name, devicePath }) => [name, devicePath]));
  const devicePaths = new Set(devices.values());
  const seen = new Set<string>();
  return each(container.volumeMounts, at, (mount, where) => {
    const { name, mountPath } = mount;
    const invalidPath = (detail: string) => fieldErrors.invalid(where.child('mountPath'), mountPath, detail);
    const errors = required(name, where.child('name'));
    if (!volumes.has(name)) errors.push(fieldErrors.notFound(where.child('name'), name));
    errors.push(...required(mountPath, where.child('mountPath')));
    if (seen.has(mountPath)) errors.push(invalidPath('must be unique'));
    seen.add(mountPath);
    if (devices.has(name))
      errors.push(fieldErrors.invalid(where.child('name'), name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath)) errors.push(invalidPath('must not already exist as a path in volumeDevices'));
    return [
      ...errors,
      ...validateSubPaths(mount, where, at),
      ...validatePropagation(mount.mountPropagation, container, at.child('mountPropagation')),
      ...validateRecursiveReadOnly(mount, at.child('recursiveReadOnly')),
    ];
  });
}

function validateSubPaths({ subPath, subPathExpr }: VolumeMount, at: FieldPath, listAt: FieldPath): FieldError[] {
  const errors = empty(subPath) ? [] : descendingPath(subPath, listAt.child('subPath'));
  if (empty(subPathExpr)) return errors;
  if (!empty(subPath))
    errors.push(
      fieldErrors.invalid(at.child('subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
    );
  return [...errors, ...descendingPath(subPathExpr, listAt.child('subPathExpr'))];
}

function validatePropagation(mode: string | undefined, container: Mounted, at: FieldPath): FieldError[] {
  if (mode === undefined) return [];
  const errors = oneOf(mode, ['Bidirectional', 'HostToContainer', 'None'], at);
  if (mode === 'Bidirectional' && container.securityContext?.privileged !== true)
    errors.push(
      fieldErrors.forbidden(at, 'Bidirectional mount propagation is available only to privileged containers'),
    );
  return errors;
}

function validateRecursiveReadOnly(mount: VolumeMount, at: FieldPath): FieldError[] {
  const { recursiveReadOnly: mode, readOnly, mountPropagation } = mount;
  if (mode === undefined || mode === 'Disabled') return [];
  if (mode !== 'Enabled' && mode !== 'IfPossible') return oneOf(mode, ['Disabled', 'Enabled', 'IfPossible'], at);
  const errors = readOnly === true ? [] : [fieldErrors.forbidden(at, 'may only be specified when readOnly is true')];
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    errors.push(fieldErrors.forbidden(at, 'may only be specified when mountPropagation is None or not specified'));
  return errors;
}

export function validateVolumeDevices(container: Mounted, volumes: Volumes, at: FieldPath): FieldError[] {
  const mounts = new Map((container.volumeMounts ?? []).map(({ name, mountPath }) => [name, mountPath]));
  const mountPaths = new Set(mounts.values());
  const names = new Set<string>();
  const paths = new Set<string>();
  return each(container.volumeDevices, at, (device, where) => {
    const { name, devicePath } = device;
    const invalid = (field: keyof VolumeDevice, detail: string) =>
      fieldErrors.invalid(where.child(field), device[field], detail);
    const errors = required(name, where.child('name'));
    if (names.has(name)) errors.push(invalid('name', 'must be unique'));
    errors.push(...validateDeviceVolume(name, volumes.get(name), where.child('name')));
    errors.push(...required(devicePath, where.child('devicePath')));
    if (paths.has(devicePath)) errors.push(invalid('devicePath', 'must be unique'));
    if (hasBacksteps(devicePath ?? '')) errors.push(invalid('devicePath', "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.has(name)) errors.push(invalid('name', 'must not already exist in volumeMounts'));
    if (mountPaths.has(devicePath))
      errors.push(invalid('devicePath', 'must not already exist as a path in volumeMounts'));
    if (!empty(name)) names.add(name);
    return errors;
  });
}

function validateDeviceVolume(name: string, volume: Volume | undefined, at: FieldPath): FieldError[] {
  if (volume === undefined) return [fieldErrors.notFound(at, name)];
  if (volume.persistentVolumeClaim || volume.ephemeral) return [];
  const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
  return [fieldErrors.invalid(at, name, detail)];
}
