/** Secrets. */
import { type Draft, type FieldError, fieldErrors, names, path, type Secret, syntaxProblem } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, invalidFor } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { DATA_BYTES_MAX, validateFrozen } from './config-map.ts';

export const secret: Strategy<Secret> = {
  validated: true,
  defaults(draft) {
    draft.type ||= 'Opaque';
    mergeStringData(draft);
  },
  validate,
  validateUpdate: (object, old) => [
    ...immutable(object.type, old.type, path('type')),
    ...validateFrozen(object, old, ['data']),
    ...validate(object),
  ],
  columns: [
    nameColumn(),
    text('Type', 'What the secret is for.', ({ type }) => type ?? ''),
    text('Data', 'Number of keys.', ({ data }) => Object.keys(data ?? {}).length),
    ageColumn(),
  ],
  selectable: {
    reads: ['type'],
    fields: ({ type }) => ({ type: type ?? '' }),
  },
};

/** `stringData` is for writers only: it overrides `data` and is never stored. */
function mergeStringData(draft: Draft<Secret>): void {
  const entries = Object.entries(draft.stringData ?? {});
  delete draft.stringData;
  if (entries.length === 0) return;
  draft.data ??= {};
  for (const [key, value] of entries) draft.data[key] = Buffer.from(value).toString('base64');
}

function validate(object: Secret): FieldError[] {
  const data = object.data ?? {};
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...invalidFor(names.configMapKey(key), key, path('data').key(key)));
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > DATA_BYTES_MAX) errors.push(fieldErrors.tooLong(path('data'), '', DATA_BYTES_MAX));
  return [...errors, ...validateByType(object, data)];
}

function validateByType(object: Secret, data: Readonly<Record<string, string>>): FieldError[] {
  const missing = (key: string) => (Object.hasOwn(data, key) ? [] : [fieldErrors.required(path('data').key(key), '')]);
  switch (object.type) {
    case 'kubernetes.io/service-account-token': {
      const account = object.metadata.annotations?.['kubernetes.io/service-account.name'];
      return account
        ? []
        : [fieldErrors.required(path('metadata', 'annotations').key('kubernetes.io/service-account.name'), '')];
    }
    case 'kubernetes.io/dockercfg':
      return [...missing('.dockercfg'), ...validateJson(data, '.dockercfg')];
    case 'kubernetes.io/dockerconfigjson':
      return [...missing('.dockerconfigjson'), ...validateJson(data, '.dockerconfigjson')];
    case 'kubernetes.io/basic-auth': {
      const either = Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password');
      return either ? [] : [...missing('username'), ...missing('password')];
    }
    case 'kubernetes.io/ssh-auth':
      return (data['ssh-privatekey'] ?? '') === ''
        ? [fieldErrors.required(path('data').key('ssh-privatekey'), '')]
        : [];
    case 'kubernetes.io/tls':
      return [...missing('tls.crt'), ...missing('tls.key')];
    default:
      return [];
  }
}

/** A JSON object, or what Go says about it. */
function validateJson(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const value = data[key];
  if (value === undefined) return [];
  const problem = objectProblem(Buffer.from(value, 'base64').toString());
  return problem === undefined
    ? []
    : [fieldErrors.invalid(path('data').key(key), '<secret contents redacted>', problem)];
}

function objectProblem(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return syntaxProblem(text);
  }
  if (parsed === null || (typeof parsed === 'object' && !Array.isArray(parsed))) return undefined;
  const kind = Array.isArray(parsed) ? 'array' : typeof parsed === 'boolean' ? 'bool' : typeof parsed;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}
