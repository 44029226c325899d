/** What an OpenAPI schema of a custom resource may use. */
import { type FieldError, type FieldPath, fieldErrors, internalForm, type JSONSchemaProps } from '@steersman/api';
import { compile } from '../cel/compile.ts';
import { each, oneOf } from '../checks.ts';
import { additionalOf, itemsOf, propertiesOf, structuralErrors } from './structural.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
/** Parts of JSON Schema that no custom resource may use, by the name that the cause shows. */
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;
const RULE = 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.ValidationRule';

/** `hasStatus`: the status subresource is served, so that its schema must be found below the root. */
export function validateSchema(schema: JSONSchemaProps, hasStatus: boolean, at: FieldPath): FieldError[] {
  const structural = structuralErrors(schema, at);
  const root = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
  return [
    ...(hasStatus && schema.type !== undefined && schema.type !== 'object'
      ? [fieldErrors.invalid(at.child('type'), schema.type, root)]
      : []),
    ...(schema.nullable === true
      ? [fieldErrors.forbidden(at.child('nullable'), 'nullable cannot be true at the root')]
      : []),
    ...structural,
    // Rules are compiled only against schemas whose types are known.
    ...openApiErrors(schema, structural.length === 0, at),
  ];
}

function openApiErrors(schema: JSONSchemaProps, rules: boolean, at: FieldPath): FieldError[] {
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  const lists = (['allOf', 'oneOf', 'anyOf'] as const).flatMap((field) =>
    each(schema[field], at.child(field), (part, where) => openApiErrors(part, rules, where)),
  );
  const unique = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
  const exclusive = 'additionalProperties and properties are mutual exclusive';
  return [
    ...usageErrors(schema, at),
    ...(schema.uniqueItems === true ? [fieldErrors.forbidden(at.child('uniqueItems'), unique)] : []),
    ...(schema.additionalProperties !== undefined &&
    schema.additionalProperties !== false &&
    Object.keys(schema.properties ?? {}).length > 0
      ? [fieldErrors.forbidden(at.child('additionalProperties'), exclusive)]
      : []),
    ...(additional === undefined ? [] : openApiErrors(additional, rules, at.child('additionalProperties'))),
    ...propertiesOf(schema).flatMap(([name, property]) =>
      openApiErrors(property, rules, at.child('properties').key(name)),
    ),
    ...(schema.not === undefined ? [] : openApiErrors(schema.not, rules, at.child('not'))),
    ...lists,
    ...(items === undefined ? [] : openApiErrors(items, rules, at.child('items'))),
    ...topologyErrors(schema, at),
    ...(rules ? each(schema['x-kubernetes-validations'], at.child('x-kubernetes-validations'), ruleErrors) : []),
  ];
}

function usageErrors(schema: JSONSchemaProps, at: FieldPath): FieldError[] {
  const { type } = schema;
  const unsupported = UNSUPPORTED.filter((field) => (schema as Readonly<Record<string, unknown>>)[field] !== undefined);
  const preserve = schema['x-kubernetes-preserve-unknown-fields'];
  return [
    ...(type === undefined || type === '' || type === 'null' ? [] : oneOf(type, TYPES, at.child('type'))),
    ...unsupported.map((field) => fieldErrors.forbidden(at.child(field), `${field} is not supported`)),
    ...(type === 'null'
      ? [fieldErrors.forbidden(at.child('type'), 'type cannot be set to null, use nullable as an alternative')]
      : []),
    ...(Array.isArray(schema.items)
      ? [fieldErrors.forbidden(at.child('items'), 'items must be a schema object and not an array')]
      : []),
    ...(preserve === false
      ? [fieldErrors.invalid(at.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined')]
      : []),
  ];
}

/** How apply merges lists and maps. */
function topologyErrors(schema: JSONSchemaProps, at: FieldPath): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const mapType = schema['x-kubernetes-map-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const listAt = at.child('x-kubernetes-list-type');
  const must = 'must be map if x-kubernetes-list-map-keys is non-empty';
  const errors: FieldError[] = [];
  if (mapType !== undefined) {
    errors.push(...typeFor(schema, 'object', 'x-kubernetes-map-type', at));
    if (mapType !== 'atomic' && mapType !== 'granular')
      errors.push(fieldErrors.notSupported(at.child('x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  }
  if (listType !== undefined) {
    errors.push(...typeFor(schema, 'array', 'x-kubernetes-list-type', at));
    if (!['atomic', 'set', 'map'].includes(listType))
      errors.push(fieldErrors.notSupported(listAt, listType, ['atomic', 'set', 'map']));
    if (listType === 'set') errors.push(...setErrors(itemsOf(schema), at.child('items')));
    if (listType === 'map') errors.push(...mapErrors(schema, keys, at));
  }
  if (keys.length > 0 && listType === undefined) errors.push(fieldErrors.required(listAt, must));
  if (keys.length > 0 && listType !== undefined && listType !== 'map')
    errors.push(fieldErrors.invalid(listAt, listType, must));
  return errors;
}

function typeFor(schema: JSONSchemaProps, wanted: string, because: string, at: FieldPath): FieldError[] {
  const { type = '' } = schema;
  const detail = `must be ${wanted} if ${because} is specified`;
  if (type === wanted) return [];
  return [
    type === '' ? fieldErrors.required(at.child('type'), detail) : fieldErrors.invalid(at.child('type'), type, detail),
  ];
}

/** Members of sets are compared whole. */
function setErrors(items: JSONSchemaProps | undefined, at: FieldPath): FieldError[] {
  const field = items?.type === 'array' ? 'x-kubernetes-list-type' : 'x-kubernetes-map-type';
  if (items === undefined || (items.type !== 'array' && items.type !== 'object')) return [];
  const topology = items[field];
  const atomic = topology === 'atomic' || (items.type === 'array' && topology === undefined);
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  return atomic ? [] : [fieldErrors.invalid(at.child(field), topology ?? null, detail)];
}

function mapErrors(schema: JSONSchemaProps, keys: readonly string[], at: FieldPath): FieldError[] {
  const items = itemsOf(schema);
  const keysAt = at.child('x-kubernetes-list-map-keys');
  const errors: FieldError[] = [];
  if (keys.length === 0)
    errors.push(fieldErrors.required(keysAt, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined)
    return [...errors, fieldErrors.required(at.child('items'), 'must have a schema if x-kubernetes-list-type is map')];
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(fieldErrors.invalid(at.child('items', 'type'), items.type ?? '', detail));
  }
  if (keys.some((key) => items.properties?.[key] === undefined))
    errors.push(fieldErrors.invalid(keysAt, keys, 'entries must all be names of item properties'));
  if (new Set(keys).size < keys.length)
    errors.push(fieldErrors.invalid(keysAt, keys, 'must not contain duplicate entries'));
  return [...errors, ...keyErrors(items, keys, at.child('items', 'properties'))];
}

/** Items are found by their keys: each must have them all. */
function keyErrors(items: JSONSchemaProps, keys: readonly string[], at: FieldPath): FieldError[] {
  const missing = 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
  const scalar = "must be a scalar type if parent array's x-kubernetes-list-type is map";
  return keys.flatMap((key) => {
    const property = items.properties?.[key];
    if (property === undefined) return [];
    const bound = items.required?.includes(key) === true || property.default !== undefined;
    const where = at.key(key);
    return [
      ...(property.type === 'array' || property.type === 'object'
        ? [fieldErrors.invalid(where.child('type'), items.type ?? '', scalar)]
        : []),
      ...(bound ? [] : [fieldErrors.required(where.child('default'), missing)]),
      ...(property.nullable === true
        ? [
            fieldErrors.forbidden(
              where.child('nullable'),
              'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
            ),
          ]
        : []),
    ];
  });
}

type Rule = NonNullable<JSONSchemaProps['x-kubernetes-validations']>[number];

function ruleErrors(rule: Rule, at: FieldPath): FieldError[] {
  const { message = '', messageExpression, reason, fieldPath } = rule;
  const text = (rule.rule ?? '').trim();
  const lines = /[\r\n]/;
  const where = at.child('message');
  const errors: FieldError[] = [];
  if (text === '') errors.push(fieldErrors.required(at.child('rule'), 'rule is not specified'));
  else if (message !== '' && message.trim() === '')
    errors.push(fieldErrors.invalid(where, message, 'must be non-empty if specified'));
  else if (lines.test(message.trim())) errors.push(fieldErrors.invalid(where, message, 'must not contain line breaks'));
  else if (lines.test(text) && message.trim() === '')
    errors.push(fieldErrors.required(where, 'message must be specified if rule contains line breaks'));
  if (messageExpression !== undefined && messageExpression !== '' && messageExpression.trim() === '') {
    const detail = 'messageExpression must be non-empty if specified';
    errors.push(fieldErrors.required(at.child('messageExpression'), detail));
  }
  if (reason !== undefined) errors.push(...oneOf(reason, REASONS, at.child('reason')));
  if (fieldPath !== undefined && fieldPath !== '' && lines.test(fieldPath))
    errors.push(fieldErrors.invalid(at.child('fieldPath'), fieldPath, 'must not contain line breaks'));
  return [...errors, ...expressionErrors(rule, at)];
}

function expressionErrors(rule: Rule, at: FieldPath): FieldError[] {
  const environment = { variables: { self: 'unknown', oldSelf: 'unknown' } };
  const problem = (rule.rule ?? '').trim() === '' ? undefined : compile(rule.rule, environment, ['bool']).problem;
  const message = rule.messageExpression?.trim() ? rule.messageExpression : undefined;
  const messageProblem = message === undefined ? undefined : compile(message, environment, ['string']).problem;
  const value = internalForm(rule, RULE);
  return [
    ...(problem === undefined ? [] : [fieldErrors.invalid(at.child('rule'), value, problem)]),
    ...(messageProblem === undefined
      ? []
      : [fieldErrors.invalid(at.child('messageExpression'), value, `messageExpression ${messageProblem}`)]),
  ];
}
