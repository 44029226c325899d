/** Sources of volumes, as far as pods and PersistentVolumes share them; each check takes the source and its path. */
import {
  type AzureDiskVolumeSource,
  type FCVolumeSource,
  type FieldError,
  type FieldPath,
  type FlockerVolumeSource,
  fieldErrors,
  type HostPathVolumeSource,
  type NFSVolumeSource,
  names,
  type QuobyteVolumeSource,
} from '@steersman/api';
import { between, empty, invalidFor, oneOf, required } from '../checks.ts';
import { noBacksteps } from './paths.ts';

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const LUN_MAX = 255;
const ISCSI_NAMES: readonly (readonly [string, RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([0-9A-Za-z-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[0-9A-Za-z]{16}$/],
  ['naa', /^naa.[0-9A-Za-z]{32}$/],
];
const ISCSI_NAME_LENGTH_MAX = 64;
export const ISCSI_TOO_LONG =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
const TENANT_LENGTH_MAX = 64;
const HOST_PORTS = 'must be a host:port pair or multiple pairs separated by commas';
const DRIVER_LENGTH_MAX = 63;

/** Fields of a source that must not be empty, in this order. */
export function requiredFields<T extends object>(
  source: T,
  at: FieldPath,
  ...fields: readonly (keyof T & string)[]
): FieldError[] {
  return fields.flatMap((field) => required(source[field], at.child(field)));
}

export function validateHostPath(source: HostPathVolumeSource, at: FieldPath): FieldError[] {
  if (empty(source.path)) return [fieldErrors.required(at.child('path'), '')];
  return [
    ...noBacksteps(source.path, at.child('path')),
    ...(source.type === undefined ? [] : oneOf(source.type, HOST_PATH_TYPES, at.child('type'))),
  ];
}

/** Disks of clouds: an id, and the number of a partition. */
export function validateDisk<T extends { readonly partition?: number | undefined }>(
  source: T,
  id: keyof T & string,
  at: FieldPath,
): FieldError[] {
  const partition = source.partition ?? 0;
  const bad = partition < 0 || partition > 255;
  return [
    ...requiredFields(source, at, id),
    ...(bad ? [fieldErrors.invalid(at.child('partition'), partition, 'must be between 1 and 255, inclusive')] : []),
  ];
}

export function validateNfs(source: NFSVolumeSource, at: FieldPath): FieldError[] {
  const errors = requiredFields(source, at, 'server', 'path');
  if (!(source.path ?? '').startsWith('/'))
    errors.push(fieldErrors.invalid(at.child('path'), source.path ?? '', 'must be an absolute path'));
  return errors;
}

export interface Iscsi {
  readonly targetPortal: string;
  readonly iqn: string;
  readonly lun: number;
  readonly initiatorName?: string | undefined;
  readonly chapAuthDiscovery?: boolean | undefined;
  readonly chapAuthSession?: boolean | undefined;
  readonly secretRef?: { readonly name?: string | undefined } | undefined;
}

/** Whether the name that the initiator would be given is too long. */
export function isIscsiNameTooLong(source: Iscsi, volume: string): boolean {
  const length = Buffer.byteLength(`${volume}:${source.targetPortal}`);
  return source.initiatorName !== undefined && length > ISCSI_NAME_LENGTH_MAX;
}

/** `unknown` is what upstream says about a name of no known kind: it differs between pods and PersistentVolumes. */
export function validateIscsi(
  source: Iscsi,
  unknown: string,
  at: FieldPath,
  ofSecret: readonly FieldError[] = [],
): FieldError[] {
  const { initiatorName, chapAuthDiscovery, chapAuthSession, secretRef, iqn } = source;
  const iqnAt = at.child('iqn');
  return [
    ...(empty(iqn) ? [fieldErrors.required(iqnAt, '')] : validateIscsiName(iqn, unknown, iqnAt)),
    ...between(source.lun ?? 0, 0, LUN_MAX, at.child('lun')),
    ...((chapAuthDiscovery || chapAuthSession) && !secretRef ? [fieldErrors.required(at.child('secretRef'), '')] : []),
    ...ofSecret,
    ...(initiatorName === undefined ? [] : validateIscsiName(initiatorName, unknown, at.child('initiatorname'))),
  ];
}

function validateIscsiName(name: string, unknown: string, at: FieldPath): FieldError[] {
  const kind = ISCSI_NAMES.find(([prefix]) => name.startsWith(prefix));
  if (kind === undefined) return [fieldErrors.invalid(at, name, unknown)];
  return kind[1].test(name) ? [] : [fieldErrors.invalid(at, name, 'must be valid format')];
}

export function validateFlocker(source: FlockerVolumeSource, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { datasetName, datasetUUID } = source;
  if (empty(datasetName) && empty(datasetUUID))
    errors.push(fieldErrors.required(at, 'one of datasetName and datasetUUID is required'));
  if (!empty(datasetName) && !empty(datasetUUID))
    errors.push(fieldErrors.invalid(at, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  if (datasetName?.includes('/'))
    errors.push(fieldErrors.invalid(at.child('datasetName'), datasetName, "must not contain '/'"));
  return errors;
}

export function validateQuobyte(source: QuobyteVolumeSource, at: FieldPath): FieldError[] {
  return [...validateRegistry(source, at), ...requiredFields(source, at, 'volume')];
}

function validateRegistry({ registry, tenant }: QuobyteVolumeSource, at: FieldPath): FieldError[] {
  if (empty(registry)) return [fieldErrors.required(at.child('registry'), HOST_PORTS)];
  if ((tenant ?? '').length > TENANT_LENGTH_MAX)
    return [fieldErrors.required(at.child('tenant'), 'must be a UUID and may not exceed a length of 64 characters')];
  return registry
    .split(',')
    .filter((pair) => !isHostPort(pair))
    .map(() => fieldErrors.invalid(at.child('registry'), registry, HOST_PORTS));
}

/** `host:port`, an IPv6 host in brackets. */
function isHostPort(text: string): boolean {
  return /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(text);
}

export function validateFc(source: FCVolumeSource, at: FieldPath): FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = source;
  const errors: FieldError[] = [];
  const wwnsAt = at.child('targetWWNs');
  if (targetWWNs.length === 0 && wwids.length === 0)
    errors.push(fieldErrors.required(wwnsAt, 'must specify either targetWWNs or wwids, but not both'));
  if (targetWWNs.length === 0) return errors;
  if (wwids.length > 0)
    errors.push(fieldErrors.invalid(wwnsAt, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  if (lun === undefined)
    errors.push(fieldErrors.required(at.child('lun'), 'lun is required if targetWWNs is specified'));
  return [...errors, ...between(lun, 0, LUN_MAX, at.child('lun'))];
}

interface Flex {
  readonly driver: string;
  readonly options?: Readonly<Record<string, string>> | undefined;
}

export function validateFlex(source: Flex, at: FieldPath): FieldError[] {
  const reserved = Object.keys(source.options ?? {}).filter((key) => {
    const namespace = `.${(key.includes('/') ? key.slice(0, key.indexOf('/')) : key).toLowerCase()}`;
    return namespace.endsWith('.kubernetes.io') || namespace.endsWith('.k8s.io');
  });
  return [
    ...requiredFields(source, at, 'driver'),
    ...reserved.map((key) =>
      fieldErrors.invalid(at.child('options').key(key), key, 'kubernetes.io and k8s.io namespaces are reserved'),
    ),
  ];
}

const MANAGED_URI = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

export function validateAzureDisk(source: AzureDiskVolumeSource, at: FieldPath): FieldError[] {
  const { cachingMode, kind, diskURI } = source;
  const errors = requiredFields(source, at, 'diskName', 'diskURI');
  if (cachingMode !== undefined)
    errors.push(...oneOf(cachingMode, ['None', 'ReadOnly', 'ReadWrite'], at.child('cachingMode')));
  if (kind === undefined) return errors;
  errors.push(...oneOf(kind, ['Dedicated', 'Managed', 'Shared'], at.child('kind')));
  const [prefix, form] = kind === 'Managed' ? ['/subscriptions/', MANAGED_URI] : ['https://', BLOB_URI];
  if (!diskURI.startsWith(prefix)) errors.push(fieldErrors.notSupported(at.child('diskURI'), diskURI, [form]));
  return errors;
}

export interface StorageOs {
  readonly volumeName?: string | undefined;
  readonly volumeNamespace?: string | undefined;
  readonly secretRef?: object | undefined;
}

/** The reference to the secret is the caller's: its fields differ. */
export function validateStorageOs({ volumeName, volumeNamespace }: StorageOs, at: FieldPath): FieldError[] {
  const label = (value: string, where: FieldPath) => invalidFor(names.dns1123Label(value), value, where);
  return [
    ...(empty(volumeName)
      ? [fieldErrors.required(at.child('volumeName'), '')]
      : label(volumeName, at.child('volumeName'))),
    ...(empty(volumeNamespace) ? [] : label(volumeNamespace, at.child('volumeNamespace'))),
  ];
}

export function validateDriverName(driver: string | undefined, at: FieldPath): FieldError[] {
  if (empty(driver)) return [fieldErrors.required(at, '')];
  return [
    ...(Buffer.byteLength(driver) > DRIVER_LENGTH_MAX ? [fieldErrors.tooLong(at, '', DRIVER_LENGTH_MAX)] : []),
    ...invalidFor(names.dns1123Subdomain(driver.toLowerCase()), driver, at),
  ];
}
