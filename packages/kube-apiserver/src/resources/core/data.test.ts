import { Resources } from '@steersman/api';
import { badLabels, badNames } from '../bad-metadata.ts';
import { type BadObject, type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { configMap } from './config-map.ts';
import { secret } from './secret.ts';
import { serviceAccount } from './service-account.ts';

const KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const FROZEN = 'field is immutable when `immutable` is set';

/** These kinds have little else to go wrong. */
const badMetadata: readonly BadObject[] = [
  ...badLabels,
  ...badNames,
  ['an object without a namespace', { metadata: { namespace: null } }, ['Required metadata.namespace: Required value']],
];

const configMapKind: Kind<NonNullable<typeof Resources.configMaps.object>> = {
  name: 'configMap',
  type: Resources.configMaps,
  strategy: configMap,
  good: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'c' }, data: { a: 'b' } },
};
refusesToCreate(configMapKind, [
  ...badMetadata,
  ['a key with a slash', { data: { 'a/b': 'c' } }, [`Invalid data[a/b]: Invalid value: "a/b": ${KEY}`]],
  [
    'a key that is also binary',
    { binaryData: { a: 'eA==' } },
    ['Invalid data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  ],
  ['more than 1 MiB', { data: { a: 'x'.repeat(1048577) } }, ['TooLong : Too long: may not be more than 1048576 bytes']],
]);
refusesToUpdate({ ...configMapKind, good: { ...configMapKind.good, immutable: true } }, [
  ['other data of an immutable one', { data: { a: 'c' } }, [`Forbidden data: Forbidden: ${FROZEN}`]],
  ['to lift immutability', { immutable: null }, [`Forbidden immutable: Forbidden: ${FROZEN}`]],
]);

const secretKind: Kind<NonNullable<typeof Resources.secrets.object>> = {
  name: 'secret',
  type: Resources.secrets,
  strategy: secret,
  good: { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name: 's' }, stringData: { a: 'b' } },
};
refusesToCreate(secretKind, [
  ...badMetadata,
  ['a key with a slash', { data: { 'a/b': 'Yw==' } }, [`Invalid data[a/b]: Invalid value: "a/b": ${KEY}`]],
  [
    'a TLS secret without its parts',
    { type: 'kubernetes.io/tls' },
    ['Required data[tls.crt]: Required value', 'Required data[tls.key]: Required value'],
  ],
  [
    'a docker configuration that is absent',
    { type: 'kubernetes.io/dockerconfigjson' },
    ['Required data[.dockerconfigjson]: Required value'],
  ],
  [
    'a docker configuration that is no JSON',
    { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': 'ew==' } },
    ['Invalid data[.dockercfg]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'],
  ],
  [
    'an SSH secret without a key',
    { type: 'kubernetes.io/ssh-auth' },
    ['Required data[ssh-privatekey]: Required value'],
  ],
  [
    'basic auth with neither user nor password',
    { type: 'kubernetes.io/basic-auth' },
    ['Required data[username]: Required value', 'Required data[password]: Required value'],
  ],
  [
    'a service account token of nobody',
    { type: 'kubernetes.io/service-account-token' },
    ['Required metadata.annotations[kubernetes.io/service-account.name]: Required value'],
  ],
]);
refusesToUpdate(secretKind, [
  ['another type', { type: 'custom' }, ['Invalid type: Invalid value: "custom": field is immutable']],
]);

const accountKind: Kind<NonNullable<typeof Resources.serviceAccounts.object>> = {
  name: 'serviceAccount',
  type: Resources.serviceAccounts,
  strategy: serviceAccount,
  good: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'default', name: 'builder' } },
};
refusesToCreate(accountKind, badMetadata);
