/** What a CustomResourceDefinition may say besides its schemas. */
import {
  type CustomResourceDefinition,
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
  semanticEqual,
} from '@steersman/api';
import { each, empty, immutable, invalidFor, oneOfListed } from '../checks.ts';
import { validateWebhookService, validateWebhookUrl } from '../client-config.ts';
import { validateSchema } from './schema-validation.ts';

type Spec = CustomResourceDefinition['spec'];
type Version = NonNullable<Spec['versions']>[number];
type Column = NonNullable<Version['additionalPrinterColumns']>[number];

const SPEC = path('spec');
const VERSIONS = SPEC.child('versions');
const COLUMN_TYPES = 'boolean,date,integer,number,string';
const COLUMN_FORMATS = 'byte,date,date-time,double,float,int32,int64,password';
const APPROVAL = 'api-approved.kubernetes.io';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';
const WARNING_LENGTH_MAX = 256;
const SELECTABLE_FIELDS_MAX = 8;
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

export function validateDefinition(object: CustomResourceDefinition): FieldError[] {
  const { spec, metadata } = object;
  const wanted = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`;
  const misnamed = !empty(metadata.name) && metadata.name !== wanted;
  const detail = 'must be spec.names.plural+"."+spec.group';
  return [
    ...(misnamed ? [fieldErrors.invalid(path('metadata', 'name'), metadata.name, detail)] : []),
    ...validateSpec(spec),
    ...validateStoredVersions(object),
    ...validateApproval(object),
  ];
}

export function validateDefinitionUpdate(
  object: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const { spec } = object;
  const established = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  const keptGroup = validateApproval(old).length > 0;
  return [
    ...validateSpec(spec),
    ...(established === true
      ? [
          ...immutable(spec.scope, old.spec.scope, SPEC.child('scope')),
          ...immutable(spec.names.kind, old.spec.names.kind, SPEC.child('names', 'kind')),
        ]
      : []),
    ...immutable(spec.group, old.spec.group, SPEC.child('group')),
    ...immutable(spec.names.plural, old.spec.names.plural, SPEC.child('names', 'plural')),
    ...validateStoredVersions(object),
    ...(keptGroup ? [] : validateApproval(object)),
  ];
}

function joined(messages: readonly string[], value: string, at: FieldPath): FieldError[] {
  return messages.length === 0 ? [] : [fieldErrors.invalid(at, value, messages.join(','))];
}

function validateSpec(spec: Spec): FieldError[] {
  const versions = spec.versions ?? [];
  const storage = versions.filter((version) => version.storage === true).length;
  const unique = new Set(versions.map(({ name }) => name)).size === versions.length;
  const scopeAt = SPEC.child('scope');
  return [
    ...validateGroup(spec.group, SPEC.child('group')),
    ...(empty(spec.scope)
      ? [fieldErrors.required(scopeAt, '')]
      : oneOfListed(spec.scope, ['Cluster', 'Namespaced'], scopeAt)),
    ...each(versions, VERSIONS, ({ schema }, at) =>
      schema?.openAPIV3Schema === undefined ? [fieldErrors.required(at.child('schema', 'openAPIV3Schema'), '')] : [],
    ),
    ...validateVersions(versions),
    ...(unique ? [] : [fieldErrors.invalid(VERSIONS, versions, 'must contain unique version names')]),
    ...(storage === 1
      ? []
      : [fieldErrors.invalid(VERSIONS, versions, 'must have exactly one version marked as storage version')]),
    ...validateNames(spec.names, SPEC.child('names')),
    ...validateSharedParts(versions),
    ...(spec.preserveUnknownFields === true
      ? [
          fieldErrors.invalid(
            SPEC.child('preserveUnknownFields'),
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
    ...validateConversion(spec.conversion, SPEC.child('conversion')),
  ];
}

function validateGroup(group: string | undefined, at: FieldPath): FieldError[] {
  if (empty(group)) return [fieldErrors.required(at, '')];
  const errors = joined(names.dns1123Subdomain(group), group, at);
  if (errors.length > 0 || group.includes('.')) return errors;
  return [fieldErrors.invalid(at, group, 'should be a domain with at least one dot')];
}

type Part = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';

/** What all versions have alike, upstream keeps once, at the top; its causes name that place. */
function isShared(versions: readonly Version[], part: Part): boolean {
  const [first] = versions;
  if (first?.[part] === undefined) return false;
  return versions.every((version) => semanticEqual(version[part] ?? null, first[part]));
}

function validateVersions(versions: readonly Version[]): FieldError[] {
  const own = (part: Part): boolean => !isShared(versions, part);
  return each(versions, VERSIONS, (version, at) => [
    ...joined(names.dns1035Label(version.name ?? ''), version.name, at.child('name')),
    ...validateDeprecation(version, at.child('deprecationWarning')),
    ...(own('schema') ? schemaErrors(version, hasStatus(version), at.child('schema', 'openAPIV3Schema')) : []),
    ...(own('subresources') ? validateSubresources(version, at.child('subresources')) : []),
    ...(own('additionalPrinterColumns')
      ? each(version.additionalPrinterColumns, at.child('additionalPrinterColumns'), validateColumn)
      : []),
    ...(own('selectableFields') ? validateSelectable(version, at.child('selectableFields')) : []),
  ]);
}

function validateSharedParts(versions: readonly Version[]): FieldError[] {
  const [first] = versions;
  if (first === undefined) return [];
  const top = (part: Part, errors: () => FieldError[]): FieldError[] => (isShared(versions, part) ? errors() : []);
  const schemaAt = SPEC.child('validation', 'openAPIV3Schema');
  return [
    ...top('schema', () => schemaErrors(first, versions.some(hasStatus), schemaAt)),
    ...top('subresources', () => validateSubresources(first, SPEC.child('subresources'))),
    ...top('additionalPrinterColumns', () =>
      each(first.additionalPrinterColumns, SPEC.child('additionalPrinterColumns'), validateColumn),
    ),
    ...top('selectableFields', () => validateSelectable(first, SPEC.child('selectableFields'))),
  ];
}

function hasStatus({ subresources }: Version): boolean {
  return subresources?.status !== undefined;
}

function schemaErrors({ schema }: Version, status: boolean, at: FieldPath): FieldError[] {
  return schema?.openAPIV3Schema === undefined ? [] : validateSchema(schema.openAPIV3Schema, status, at);
}

function validateDeprecation({ deprecated, deprecationWarning: warning }: Version, at: FieldPath): FieldError[] {
  if (warning === undefined) return [];
  if (deprecated !== true) return invalidFor(['can only be set for deprecated versions'], warning, at);
  const messages: string[] = [];
  if (Buffer.byteLength(warning) > WARNING_LENGTH_MAX)
    messages.push(`must be <= ${WARNING_LENGTH_MAX} characters long`);
  if (warning === '') messages.push('must not be an empty string');
  const odd = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (odd !== null) {
    const index = Buffer.byteLength(warning.slice(0, odd.index));
    messages.push(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
  }
  return invalidFor(messages, warning, at);
}

function validateNames(given: Spec['names'], at: FieldPath): FieldError[] {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames, categories } = given ?? {};
  const required = { plural, singular, kind, listKind };
  const mixed = (value: string, where: FieldPath): FieldError[] => {
    const messages = names.dns1035Label(value.toLowerCase());
    const head = 'may have mixed case, but should otherwise match: ';
    return value === '' || messages.length === 0 ? [] : [fieldErrors.invalid(where, value, head + messages.join(','))];
  };
  const label = (value: string, where: FieldPath): FieldError[] => joined(names.dns1035Label(value), value, where);
  return [
    ...Object.entries(required).flatMap(([field, value]) =>
      value === '' ? [fieldErrors.required(at.child(field), '')] : [],
    ),
    ...(plural === '' ? [] : label(plural, at.child('plural'))),
    ...(singular === '' ? [] : label(singular, at.child('singular'))),
    ...mixed(kind, at.child('kind')),
    ...mixed(listKind, at.child('listKind')),
    ...each(shortNames, at.child('shortNames'), label),
    ...(kind !== '' && kind === listKind
      ? [fieldErrors.invalid(at.child('listKind'), listKind, 'kind and listKind may not be the same')]
      : []),
    ...each(categories, at.child('categories'), label),
  ];
}

function validateSubresources({ subresources }: Version, at: FieldPath): FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const under = (value: string | undefined, field: string, roots: readonly string[], detail: string): FieldError[] => {
    const where = at.child(`scale.${field}`);
    if (empty(value)) return [fieldErrors.required(where, '')];
    const errors = simplePathErrors(value, where);
    if (errors.length > 0 || roots.some((root) => value.startsWith(`${root}.`))) return errors;
    return [fieldErrors.invalid(where, value, detail)];
  };
  const either = 'should be a json path under either .spec or .status';
  return [
    ...under(scale.specReplicasPath, 'specReplicasPath', ['.spec'], 'should be a json path under .spec'),
    ...under(scale.statusReplicasPath, 'statusReplicasPath', ['.status'], 'should be a json path under .status'),
    ...(empty(scale.labelSelectorPath)
      ? []
      : under(scale.labelSelectorPath, 'labelSelectorPath', ['.spec', '.status'], either)),
  ];
}

function simplePathErrors(text: string, at: FieldPath): FieldError[] {
  if (text === '') return invalidFor(['must not be empty'], text, at);
  if (!text.startsWith('.')) return invalidFor(['must be a simple json path starting with .'], text, at);
  return /^(\.[a-zA-Z0-9_-]+|\['[^']*'\]|\[\d+\]|\[\?\(.*\)\]|\[\*\]|\\\.)+/.test(text)
    ? []
    : invalidFor(['must be a json path in the dot notation'], text, at);
}

function validateColumn({ name, type, format, jsonPath }: Column, at: FieldPath): FieldError[] {
  const types = `must be one of ${COLUMN_TYPES}`;
  const formats = `must be one of ${COLUMN_FORMATS}`;
  const pathAt = at.child('JSONPath');
  return [
    ...(empty(name) ? [fieldErrors.required(at.child('name'), '')] : []),
    ...(empty(type)
      ? [fieldErrors.required(at.child('type'), types)]
      : COLUMN_TYPES.split(',').includes(type)
        ? []
        : [fieldErrors.invalid(at.child('type'), type, types)]),
    ...(empty(format) || COLUMN_FORMATS.split(',').includes(format)
      ? []
      : [fieldErrors.invalid(at.child('format'), format, formats)]),
    ...(empty(jsonPath) ? [fieldErrors.required(pathAt, '')] : simplePathErrors(jsonPath, pathAt)),
  ];
}

function validateSelectable({ selectableFields = [] }: Version, at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  const errors = each(selectableFields, at, ({ jsonPath }, where) => {
    const place = where.child('jsonPath');
    if (empty(jsonPath)) return [fieldErrors.required(place, '')];
    const inside = jsonPath.startsWith('.metadata');
    const twice = seen.has(jsonPath) ? [fieldErrors.duplicate(place, jsonPath)] : [];
    seen.add(jsonPath);
    return [
      ...(inside ? [fieldErrors.invalid(place, jsonPath, 'must not point to fields in metadata')] : []),
      ...twice,
    ];
  });
  return seen.size > SELECTABLE_FIELDS_MAX
    ? [...errors, fieldErrors.tooMany(at, seen.size, SELECTABLE_FIELDS_MAX)]
    : errors;
}

function validateConversion(conversion: Spec['conversion'], at: FieldPath): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy, webhook } = conversion;
  const strategyAt = at.child('strategy');
  const configAt = at.child('webhookClientConfig');
  const errors = empty(strategy)
    ? [fieldErrors.required(strategyAt, '')]
    : oneOfListed(strategy, ['None', 'Webhook'], strategyAt);
  if (strategy !== 'Webhook') {
    const detail = 'should not be set when strategy is not set to Webhook';
    if (webhook?.clientConfig !== undefined) errors.push(fieldErrors.forbidden(configAt, detail));
    if ((webhook?.conversionReviewVersions ?? []).length > 0)
      errors.push(fieldErrors.forbidden(at.child('conversionReviewVersions'), detail));
    return errors;
  }
  const { url, service } = webhook?.clientConfig ?? {};
  if (webhook?.clientConfig === undefined)
    errors.push(fieldErrors.required(configAt, 'required when strategy is set to Webhook'));
  else if ((url === undefined) === (service === undefined))
    errors.push(fieldErrors.required(configAt, 'exactly one of url or service is required'));
  else if (url !== undefined) errors.push(...validateWebhookUrl(url, configAt.child('url')));
  else if (service !== undefined) errors.push(...validateWebhookService(service, configAt.child('service')));
  return [...errors, ...validateReviews(webhook?.conversionReviewVersions, at.child('conversionReviewVersions'))];
}

function validateReviews(versions: readonly string[] | undefined, at: FieldPath): FieldError[] {
  const list = versions ?? [];
  if (list.length === 0) return [fieldErrors.required(at, '')];
  const seen = new Set<string>();
  const errors = each(list, at, (version, where) => {
    if (seen.has(version)) return [fieldErrors.invalid(where, version, 'duplicate version')];
    seen.add(version);
    return invalidFor(names.dns1035Label(version), version, where);
  });
  const known = list.some((version) => REVIEW_VERSIONS.includes(version));
  const detail = `must include at least one of ${REVIEW_VERSIONS.join(', ')}`;
  return known ? errors : [...errors, fieldErrors.invalid(at, list, detail)];
}

/** Versions that objects are stored in must be known until the objects have been rewritten. */
function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const at = path('status', 'storedVersions');
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0)
    return [fieldErrors.invalid(at, status?.storedVersions ?? null, 'must have at least one stored version')];
  const versions = spec.versions ?? [];
  const missing = versions.filter(({ name, storage }) => storage === true && !stored.includes(name));
  return [
    ...missing.map(({ name }) => fieldErrors.invalid(at, stored, `must have the storage version ${name}`)),
    ...each(stored, at, (version, where) => {
      if (versions.some(({ name }) => name === version)) return [];
      const detail = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
      return [fieldErrors.invalid(where, version, detail)];
    }),
  ];
}

/** Groups of the project are not for everybody (KEP-1111). */
function validateApproval({ spec, metadata }: CustomResourceDefinition): FieldError[] {
  if (!/\.(?:k8s|kubernetes)\.io$|^(?:k8s|kubernetes)\.io$/.test(spec.group ?? '')) return [];
  const at = path('metadata', 'annotations').key(APPROVAL);
  const value = metadata.annotations?.[APPROVAL] ?? '';
  const head = `protected groups must have approval annotation ${JSON.stringify(APPROVAL)}`;
  if (value === '') return [fieldErrors.required(at, `${head}, ${SEE}`)];
  if (value.startsWith('unapproved') || URL.canParse(value)) return [];
  return [fieldErrors.invalid(at, value, `${head} with either a URL or a reason starting with "unapproved", ${SEE}`)];
}
