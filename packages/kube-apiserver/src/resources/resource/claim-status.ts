/** What a claim's status may say: its allocation, who uses it, and what drivers report. */
import {
  type AllocationResult,
  driverNameErrors,
  type FieldError,
  type FieldPath,
  fieldErrors,
  formatErrors,
  names,
  path,
  type ResourceResourceClaim,
} from '@steersman/api';
import { each, empty, invalidFor, oneOf, required } from '../checks.ts';
import { validateNodeSelector } from '../pod-spec/scheduling.ts';
import { type RequestNames, requestNamesOf, validateConfiguration, validateReference } from './requests.ts';

const STATUS = path('status');
type Status = NonNullable<ResourceResourceClaim['status']>;

/** Sizes and repetitions are declared rules; these are the rest. */
export function validateClaimStatus(object: ResourceResourceClaim, old: ResourceResourceClaim): FieldError[] {
  const status = object.status ?? {};
  const before = old.status ?? {};
  const known = requestNamesOf(object.spec.devices);
  return [
    ...each(status.reservedFor, STATUS.child('reservedFor'), ({ resource, name, uid }, at) => [
      ...required(resource, at.child('resource')),
      ...required(name, at.child('name')),
      ...required(uid, at.child('uid')),
    ]),
    ...validateDevices(status, STATUS.child('devices')),
    ...validateReservations(status, before, object.metadata.deletionTimestamp !== undefined),
    ...(status.allocation !== undefined && before.allocation === undefined
      ? validateAllocation(status.allocation, known, STATUS.child('allocation'))
      : []),
  ];
}

function validateReservations(status: Status, old: Status, deleted: boolean): FieldError[] {
  const at = STATUS.child('reservedFor');
  const users = status.reservedFor ?? [];
  if (users.length === 0) return [];
  if (status.allocation === undefined)
    return [fieldErrors.forbidden(at, 'may not be specified when `allocated` is not set')];
  const before = new Set((old.reservedFor ?? []).map(({ uid }) => uid));
  if (!deleted || users.every(({ uid }) => before.has(uid))) return [];
  const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [fieldErrors.forbidden(at, detail)];
}

function validateDevices(status: Status, at: FieldPath): FieldError[] {
  const idOf = (of: { driver: string; pool: string; device: string; shareID?: string | undefined }): string =>
    JSON.stringify([of.driver, of.pool, of.device, of.shareID ?? '']);
  const allocated = new Set((status.allocation?.devices?.results ?? []).map(idOf));
  return each(status.devices, at, (device, where) => [
    ...driverNameErrors(device.driver, where.child('driver')),
    ...poolErrors(device.pool, where.child('pool')),
    ...invalidFor(names.dns1123Label(device.device), device.device, where.child('device')),
    ...(allocated.has(idOf(device))
      ? []
      : [fieldErrors.invalid(where, idOf(device), 'must be an allocated device in the claim')]),
    ...each(device.networkData?.ips, where.child('networkData', 'ips'), (ip, place) =>
      invalidFor(names.cidr(ip), ip, place),
    ),
  ]);
}

function validateAllocation(allocation: AllocationResult, known: RequestNames, at: FieldPath): FieldError[] {
  const devices = at.child('devices');
  return [
    ...each(allocation.devices?.results, devices.child('results'), (result, where) => [
      ...validateReference(result.request, known, where.child('request')),
      ...driverNameErrors(result.driver, where.child('driver')),
      ...poolErrors(result.pool, where.child('pool')),
      ...invalidFor(names.dns1123Label(result.device), result.device, where.child('device')),
    ]),
    ...each(allocation.devices?.config, devices.child('config'), ({ source, requests, opaque }, where) => [
      ...(empty(source)
        ? [fieldErrors.required(where.child('source'), '')]
        : oneOf(source, ['FromClaim', 'FromClass'], where.child('source'))),
      ...each(requests, where.child('requests'), (name, place) => validateReference(name, known, place)),
      ...validateConfiguration(opaque, where),
    ]),
    ...(allocation.nodeSelector === undefined
      ? []
      : validateNodeSelector(allocation.nodeSelector, at.child('nodeSelector'))),
  ];
}

export function poolErrors(name: string, at: FieldPath): readonly FieldError[] {
  return empty(name) ? [fieldErrors.required(at, '')] : formatErrors('k8s-resource-pool-name', name, at);
}
