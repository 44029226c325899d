/** What a driver may publish: pools of devices with attributes and capacities (resource.k8s.io/v1 ResourceSlice). */
import {
  type Device,
  type DeviceAttribute,
  driverNameErrors,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
  qualifiedNameErrors,
  type ResourceSlice,
  type ResourceSliceSpec,
} from '@steersman/api';
import { each, immutable, invalidFor, oneOf } from '../checks.ts';
import { validateNodeSelector } from '../pod-spec/scheduling.ts';
import { validateRequestPolicy } from './capacities.ts';
import { poolErrors } from './claim-status.ts';

const SPEC = path('spec');
const DEVICES_MAX = 128; // resource.ResourceSliceMaxDevices: keeps a slice below the size of one stored object.
const RICH_DEVICES_MAX = 64; // The same for devices with taints, counters or lists, which take more room.
const ENTRIES_MAX = 32; // Attributes and capacities of one device together.
const VALUE_BYTES_MAX = 64; // resource.DeviceAttributeMaxValueLength.
const TAINTS_MAX = 16; // resource.DeviceTaintsMaxLength.
const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;
const PLACES = '`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`';

export function validateSlice({ spec }: ResourceSlice): FieldError[] {
  const { pool, devices, sharedCounters } = spec;
  return [
    ...driverNameErrors(spec.driver, SPEC.child('driver')),
    ...poolErrors(pool.name, SPEC.child('pool', 'name')),
    ...(pool.resourceSliceCount > 0
      ? []
      : [
          fieldErrors.invalid(
            SPEC.child('pool', 'resourceSliceCount'),
            pool.resourceSliceCount,
            'must be greater than zero',
          ),
        ]),
    ...(pool.generation >= 0
      ? []
      : [
          fieldErrors.invalid(
            SPEC.child('pool', 'generation'),
            pool.generation,
            'must be greater than or equal to zero',
          ),
        ]),
    ...validatePlace(spec),
    ...(sharedCounters !== undefined && devices !== undefined
      ? [fieldErrors.invalid(SPEC, '', 'only one of `sharedCounters` or `devices` is allowed')]
      : []),
    ...validateDevices(spec, SPEC.child('devices')),
  ];
}

export function validateSliceChange({ spec }: ResourceSlice, { spec: old }: ResourceSlice): FieldError[] {
  return [
    ...immutable(spec.pool.name, old.pool.name, SPEC.child('pool', 'name')),
    ...immutable(spec.driver, old.driver, SPEC.child('driver')),
    ...immutable(spec.nodeName, old.nodeName, SPEC.child('nodeName')),
  ];
}

/** Exactly one way to say which nodes can reach the devices. */
function validatePlace(spec: ResourceSliceSpec): FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const errors: FieldError[] = [];
  const set: string[] = [];
  if (nodeName === '')
    errors.push(fieldErrors.invalid(SPEC.child('nodeName'), '', 'must be either unset or set to a non-empty string'));
  else if (nodeName !== undefined) {
    set.push('`nodeName`');
    errors.push(...invalidFor(names.dns1123Subdomain(nodeName), nodeName, SPEC.child('nodeName')));
  }
  if (nodeSelector !== undefined) {
    const at = SPEC.child('nodeSelector');
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    set.push('`nodeSelector`');
    errors.push(...validateNodeSelector(nodeSelector, at));
    if (terms.length !== 1)
      errors.push(
        fieldErrors.invalid(at.child('nodeSelectorTerms'), terms, 'must have exactly one node selector term'),
      );
  }
  for (const [name, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value === false)
      errors.push(fieldErrors.invalid(SPEC.child(name), false, 'must be either unset or set to true'));
    else if (value === true) set.push(`\`${name}\``);
  }
  if (set.length === 1) return errors;
  const detail = `exactly one of ${PLACES} is required`;
  if (set.length === 0) return [...errors, fieldErrors.required(SPEC, detail)];
  return [...errors, fieldErrors.invalid(SPEC, `{${set.join(', ')}}`, `${detail}, but multiple fields are set`)];
}

function validateDevices({ devices = [], perDeviceNodeSelection }: ResourceSliceSpec, at: FieldPath): FieldError[] {
  const max = devices.some(isRich) ? RICH_DEVICES_MAX : DEVICES_MAX;
  if (devices.length > max) return [fieldErrors.tooMany(at, devices.length, max)];
  const seen = new Set<string>();
  return [
    ...each(devices, at, (device, where) => validateDevice(device, perDeviceNodeSelection === true, where)),
    ...each(devices, at, ({ name }, where) => {
      if (seen.has(name)) return [fieldErrors.duplicate(where, name)];
      seen.add(name);
      return [];
    }),
  ];
}

function isRich({ taints = [], consumesCounters = [], attributes = {} }: Device): boolean {
  const listed = Object.values(attributes).some(
    ({ bools, ints, strings, versions }) => bools ?? ints ?? strings ?? versions,
  );
  return taints.length > 0 || consumesCounters.length > 0 || listed;
}

function validateDevice(device: Device, perDevice: boolean, at: FieldPath): FieldError[] {
  const { name, attributes = {}, capacity = {}, taints = [] } = device;
  const entries = Object.keys(attributes).length + Object.keys(capacity).length;
  const crowded = `the total number of attributes and capacities must not exceed ${ENTRIES_MAX}`;
  const errors = invalidFor(names.dns1123Label(name), name, at.child('name'));
  if (entries > ENTRIES_MAX) errors.push(fieldErrors.invalid(at, entries, crowded));
  for (const [key, attribute] of Object.entries(attributes)) {
    const where = at.child('attributes').key(key);
    errors.push(...qualifiedNameErrors(key, where), ...validateAttribute(attribute, where));
  }
  for (const [key, amount] of Object.entries(capacity)) {
    const where = at.child('capacity').key(key);
    const policyAt = where.child('requestPolicy');
    errors.push(...qualifiedNameErrors(key, where));
    if (device.allowMultipleAllocations === true) errors.push(...validateRequestPolicy(amount, policyAt));
    else if (amount.requestPolicy !== undefined)
      errors.push(fieldErrors.forbidden(policyAt, 'allowMultipleAllocations must be true'));
  }
  if (taints.length > TAINTS_MAX) errors.push(fieldErrors.tooMany(at.child('taints'), taints.length, TAINTS_MAX));
  else errors.push(...each(taints, at.child('taints'), validateTaint));
  return [...errors, ...validateDevicePlace(device, perDevice, at)];
}

function validateTaint(
  { key, value = '', effect = '' }: NonNullable<Device['taints']>[number],
  at: FieldPath,
): FieldError[] {
  return [
    ...invalidFor(names.qualifiedName(key ?? ''), key, at.child('key')),
    ...(value === '' ? [] : invalidFor(names.labelValue(value), value, at.child('value'))),
    ...(effect === ''
      ? [fieldErrors.required(at.child('effect'), '')]
      : oneOf(effect, ['NoExecute', 'NoSchedule', 'None'], at.child('effect'))),
  ];
}

function validateAttribute(attribute: DeviceAttribute, at: FieldPath): FieldError[] {
  const { string, version, strings, versions } = attribute;
  const set = Object.values(attribute).filter((value) => value !== undefined && value !== null).length;
  const lists = Object.entries(attribute).filter(([, value]) => Array.isArray(value) && value.length === 0);
  return [
    ...(string === undefined ? [] : validateText(string, at.child('string'))),
    ...(version === undefined ? [] : validateVersion(version, at.child('version'))),
    ...lists.map(([name, value]) => fieldErrors.invalid(at.child(name), value, 'must not be empty if specified')),
    ...each(strings, at.child('strings'), validateText),
    ...each(versions, at.child('versions'), validateVersion),
    ...(set === 1 ? [] : [fieldErrors.invalid(at, set === 0 ? '' : attribute, 'exactly one value must be specified')]),
  ];
}

function validateText(value: string, at: FieldPath): FieldError[] {
  return Buffer.byteLength(value) > VALUE_BYTES_MAX ? [fieldErrors.tooLong(at, '', VALUE_BYTES_MAX)] : [];
}

function validateVersion(value: string, at: FieldPath): FieldError[] {
  const detail = 'must be a string compatible with semver.org spec 2.0.0';
  const long = validateText(value, at);
  // Refused for its length first: the pattern is only ever run over short texts.
  return long.length > 0 || VERSION.test(value) ? long : [fieldErrors.invalid(at, value, detail)];
}

function validateDevicePlace(device: Device, perDevice: boolean, at: FieldPath): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  const set = [
    ...(nodeName === undefined ? [] : ['`nodeName`']),
    ...(nodeSelector === undefined ? [] : ['`nodeSelector`']),
    ...(allNodes === undefined ? [] : ['`allNodes`']),
  ];
  const detail = 'is set to true in the ResourceSlice spec';
  if (!perDevice) {
    const text = `\`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` ${detail}`;
    return set.length === 0 ? [] : [fieldErrors.invalid(at, undefined, text)];
  }
  if (set.length === 1)
    return nodeSelector === undefined ? [] : validateNodeSelector(nodeSelector, at.child('nodeSelector'));
  const text = `exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` is required when \`perDeviceNodeSelection\` ${detail}`;
  return [set.length === 0 ? fieldErrors.required(at, text) : fieldErrors.invalid(at, `{${set.join(', ')}}`, text)];
}
