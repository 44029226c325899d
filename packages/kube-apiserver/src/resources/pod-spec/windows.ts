/** What pods for Windows may and must say, and what only they may. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type PodSpec,
  type WindowsSecurityContextOptions,
} from '@steersman/api';
import { empty, invalidFor } from '../checks.ts';
import { containersWithPaths } from './visit.ts';

const CREDENTIAL_SPEC_KIB_MAX = 64;
const DOMAIN_LENGTH_MAX = 256;
const USER_LENGTH_MAX = 104;
const CONTROL = /\p{Cc}/u;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
const USER_FORBIDDEN = /["/\\:;|=,+*?<>@[\]]/;

export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  at: FieldPath,
): FieldError[] {
  if (options === undefined) return [];
  const { gmsaCredentialSpecName: specName, gmsaCredentialSpec: spec, runAsUserName } = options;
  return [
    ...(specName === undefined
      ? []
      : invalidFor(names.dns1123Subdomain(specName), asPointer(specName), at.child('gmsaCredentialSpecName'))),
    ...(spec === undefined ? [] : validateCredentialSpec(spec, at.child('gmsaCredentialSpec'))),
    ...(runAsUserName === undefined ? [] : validateUserName(runAsUserName, at.child('runAsUserName'))),
  ];
}

/** Upstream reports pointers here, whose text it shows as JSON. */
function asPointer(text: string): object {
  return Object(text);
}

function validateCredentialSpec(spec: string, at: FieldPath): FieldError[] {
  const invalid = (detail: string) => [fieldErrors.invalid(at, asPointer(spec), detail)];
  if (spec === '') return invalid('gmsaCredentialSpec cannot be an empty string');
  if (Buffer.byteLength(spec) <= CREDENTIAL_SPEC_KIB_MAX * 1024) return [];
  return invalid(`gmsaCredentialSpec size must be under ${CREDENTIAL_SPEC_KIB_MAX} KiB`);
}

/** `DOMAIN\user` or `user`. */
function validateUserName(name: string, at: FieldPath): FieldError[] {
  const invalid = (detail: string) => fieldErrors.invalid(at, asPointer(name), detail);
  if (name === '') return [invalid('runAsUserName cannot be an empty string')];
  if (CONTROL.test(name)) return [invalid('runAsUserName cannot contain control characters')];
  const parts = name.split('\\');
  if (parts.length > 2) return [invalid('runAsUserName cannot contain more than one backslash')];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? parts[0] : undefined;
  return [...domainProblems(domain), ...userProblems(user)].map(invalid);
}

function domainProblems(domain: string | undefined): string[] {
  if (domain === undefined) return [];
  const problems: string[] = [];
  if (Buffer.byteLength(domain) >= DOMAIN_LENGTH_MAX)
    problems.push(`runAsUserName's Domain length must be under ${DOMAIN_LENGTH_MAX} characters`);
  if (!NETBIOS.test(domain) && !DNS_NAME.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  return problems;
}

function userProblems(user: string): string[] {
  const problems: string[] = [];
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  else if (Buffer.byteLength(user) > USER_LENGTH_MAX)
    problems.push(`runAsUserName's User length must not be longer than ${USER_LENGTH_MAX} characters`);
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (USER_FORBIDDEN.test(user))
    problems.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return problems;
}

/** Containers that run as processes of the host: all of a pod or none, and in the host's network. */
export function validateHostProcess(spec: PodSpec, at: FieldPath): FieldError[] {
  const byPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = containersWithPaths(spec, at);
  const ownOf = ({ container }: (typeof containers)[number]) => container.securityContext?.windowsOptions?.hostProcess;
  const errors = containers.flatMap((each) => {
    const own = ownOf(each);
    if (byPod === undefined || own === undefined || own === byPod) return [];
    const detail = `pod hostProcess value must be identical if both are specified, was ${byPod}`;
    return [fieldErrors.invalid(each.at.child('securityContext', 'windowsOptions', 'hostProcess'), own, detail)];
  });
  const count = containers.filter((each) => (ownOf(each) ?? byPod) === true).length;
  if (count === 0) return errors;
  if (count !== containers.length) {
    const detail = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(fieldErrors.invalid(at, '', detail));
  }
  if (spec.hostNetwork !== true) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(fieldErrors.invalid(at.child('hostNetwork'), false, detail));
  }
  return errors;
}

const NOT_ON_WINDOWS = 'cannot be set for a windows pod';
const NOT_ON_LINUX = 'windows options cannot be set for a linux pod';
/** What a pod for Windows may not have, in upstream's order; fields of its security context begin with a dot. */
const POD_FIELDS = [
  '.appArmorProfile',
  '.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  '.seccompProfile',
  '.fsGroup',
  '.fsGroupChangePolicy',
  '.sysctls',
  'shareProcessNamespace',
  '.runAsUser',
  '.runAsGroup',
  '.supplementalGroups',
  '.supplementalGroupsPolicy',
  '.seLinuxChangePolicy',
];
const CONTAINER_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

/** What the operating system that the pod names has, and what it lacks. */
export function validateOs(spec: PodSpec, at: FieldPath): FieldError[] {
  if (spec.os === undefined) return [];
  const { name } = spec.os;
  if (empty(name)) return [fieldErrors.required(at.child('os', 'name'), '')];
  if (name === 'linux') return validateLinux(spec, at);
  return name === 'windows'
    ? validateWindows(spec, at)
    : [fieldErrors.notSupported(at.child('os'), name, ['linux', 'windows'])];
}

function validateLinux(spec: PodSpec, at: FieldPath): FieldError[] {
  const contexts = [{ container: spec, at }, ...containersWithPaths(spec, at)];
  return contexts
    .filter(({ container }) => container.securityContext?.windowsOptions !== undefined)
    .map((each) => fieldErrors.forbidden(each.at.child('securityContext', 'windowsOptions'), NOT_ON_LINUX));
}

function validateWindows(spec: PodSpec, at: FieldPath): FieldError[] {
  const context = (spec.securityContext ?? {}) as Readonly<Record<string, unknown>>;
  const own = spec as unknown as Readonly<Record<string, unknown>>;
  const errors = POD_FIELDS.flatMap((field) => {
    const inContext = field.startsWith('.');
    const name = inContext ? field.slice(1) : field;
    if (!isGiven((inContext ? context : own)[name], name)) return [];
    return [fieldErrors.forbidden((inContext ? at.child('securityContext') : at).child(name), NOT_ON_WINDOWS)];
  });
  const ofContainers = containersWithPaths(spec, at).flatMap((each) =>
    CONTAINER_FIELDS.filter((field) => each.container.securityContext?.[field] !== undefined).map((field) =>
      fieldErrors.forbidden(each.at.child('securityContext', field), NOT_ON_WINDOWS),
    ),
  );
  return [...errors, ...ofContainers];
}

/** Plain flags and lists count when they are true or have items; all else when it is there. */
function isGiven(value: unknown, field: string): boolean {
  if (field === 'hostPID' || field === 'hostIPC') return value === true;
  if (field === 'sysctls') return Array.isArray(value) && value.length > 0;
  return value !== undefined && value !== null;
}
