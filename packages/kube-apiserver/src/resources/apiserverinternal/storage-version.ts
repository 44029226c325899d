/** StorageVersions: in which version each API server stores a resource (KEP-2339). */
import {
  commonEncodingVersion,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
  type V1alpha1ServerStorageVersion,
  type V1alpha1StorageVersion,
  type V1alpha1StorageVersionCondition,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, empty, invalidFor } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

const STATUS = path('status');
const EMPTY = 'must be non-empty';
const SERVERS_SHOWN_MAX = 3;

export const storageVersion: Strategy<V1alpha1StorageVersion> = {
  validated: true,
  allowUnconditionalUpdate: false,
  prepareForCreate(draft) {
    draft.status = {};
  },
  prepareForUpdate(draft, old) {
    draft.status = structuredClone(old.status ?? {}) as typeof draft.status;
  },
  validateName,
  validate: validateStatus,
  validateUpdate: () => [],
  status: { validateUpdate: validateStatus },
  columns: [
    nameColumn(),
    text('CommonEncodingVersion', 'The version that all servers write.', ({ status }) => {
      return status?.commonEncodingVersion ?? '<unset>';
    }),
    text('StorageVersions', 'What each server writes.', ({ status }) => serversText(status?.storageVersions ?? [])),
    ageColumn(),
  ],
};

function serversText(servers: readonly V1alpha1ServerStorageVersion[]): string {
  const shown = servers.slice(0, SERVERS_SHOWN_MAX);
  const listed = shown.map(({ apiServerID, encodingVersion }) => `${apiServerID}=${encodingVersion}`).join(',');
  return servers.length > SERVERS_SHOWN_MAX ? `${listed} + ${servers.length - SERVERS_SHOWN_MAX} more...` : listed;
}

function validateName(name: string): readonly string[] {
  const dot = name.lastIndexOf('.');
  if (dot < 0) return ['name must be in the form of <group>.<resource>'];
  return [
    ...names.dns1123Subdomain(name.slice(0, dot)).map((message) => `the group segment ${message}`),
    ...names.dns1035Label(name.slice(dot + 1)).map((message) => `the resource segment ${message}`),
  ];
}

function validateStatus({ status }: V1alpha1StorageVersion): FieldError[] {
  const servers = status?.storageVersions ?? [];
  return [
    ...each(servers, STATUS.child('storageVersions'), validateServer),
    ...validateCommon(status?.commonEncodingVersion, commonEncodingVersion(servers)),
    ...validateConditions(status?.conditions ?? []),
  ];
}

function validateServer(server: V1alpha1ServerStorageVersion, at: FieldPath): FieldError[] {
  const { apiServerID = '', encodingVersion = '', decodableVersions = [] } = server;
  const version = (value: string, where: FieldPath) => {
    const messages = apiVersionProblems(value);
    return messages.length === 0 ? [] : [fieldErrors.invalid(where, value, messages.join(','))];
  };
  const missing = `decodableVersions must include encodingVersion ${encodingVersion}`;
  return [
    ...invalidFor(names.dns1123Subdomain(apiServerID), apiServerID, at.child('apiServerID')),
    ...version(encodingVersion, at.child('encodingVersion')),
    ...each(decodableVersions, at.child('decodableVersions'), version),
    ...(decodableVersions.includes(encodingVersion)
      ? []
      : [fieldErrors.invalid(at.child('decodableVersions'), decodableVersions, missing)]),
  ];
}

/** What is wrong with `version` or `group/version`. */
function apiVersionProblems(text: string): readonly string[] {
  const parts = text.split('/');
  const [version = '', group] = parts.toReversed();
  if (parts.length > 2)
    return [
      "an apiVersion is a DNS-1035 label, which must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyVersion')",
    ];
  const part = (name: string, value: string, rule: (value: string) => readonly string[]) =>
    (value === '' ? [EMPTY] : rule(value)).map((message) => `${name} part: ${message}`);
  return [
    ...(group === undefined ? [] : part('group', group, names.dns1123Subdomain)),
    ...part('version', version, names.dns1035Label),
  ];
}

function validateCommon(said: string | undefined, actual: string | undefined): FieldError[] {
  if (said === actual) return [];
  const at = STATUS.child('commonEncodingVersion');
  if (actual === undefined)
    return [
      fieldErrors.invalid(
        at,
        said,
        'should be nil if servers do not agree on the same encoding version, or if there is no server reporting the supported versions yet',
      ),
    ];
  return said === undefined
    ? [fieldErrors.invalid(at, null, `the common encoding version is ${actual}`)]
    : [fieldErrors.invalid(at, said, `the actual common encoding version is ${actual}`)];
}

/** Upstream's paths leave out the name of the list. */
function validateConditions(conditions: readonly V1alpha1StorageVersionCondition[]): FieldError[] {
  const firstOf = new Map<string, number>();
  return each(conditions, STATUS, ({ type = '', status = '', reason, message }, at, index) => {
    const first = firstOf.get(type);
    const twice = `the type of the condition is not unique, it also appears in conditions[${first}]`;
    firstOf.set(type, index);
    return [
      ...(first === undefined ? [] : [fieldErrors.invalid(at.child('type'), type, twice)]),
      ...invalidFor(names.qualifiedName(type), type, at.child('type')),
      ...invalidFor(names.qualifiedName(status), status, at.child('status')),
      ...(empty(reason) ? [fieldErrors.required(at.child('reason'), 'reason cannot be empty')] : []),
      ...(empty(message) ? [fieldErrors.required(at.child('message'), 'message cannot be empty')] : []),
    ];
  });
}
