/** What makes a schema structural: every value has one type, and logical junctors only restrict (KEP-1100). */
import { type FieldError, type FieldPath, fieldErrors, type JSONSchemaProps, semanticEqual } from '@steersman/api';

type Level = 'root' | 'item' | 'field';
const NESTED_EMPTY = ['title', 'description', 'x-kubernetes-list-map-keys', 'x-kubernetes-validations'] as const;
const NESTED_UNDEFINED = ['default', 'x-kubernetes-list-type', 'x-kubernetes-map-type'] as const;
const NESTED_FALSE = [
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
] as const;
const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];
const UNTYPED: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/** The causes, sorted as upstream sorts them. */
export function structuralErrors(schema: JSONSchemaProps, at: FieldPath): FieldError[] {
  const line = ({ field, message }: FieldError): string => `${field}: ${message}`;
  return invariants(schema, 'root', at).toSorted((a, b) => (line(a) < line(b) ? -1 : 1));
}

/** Items of `items` as one schema; a list of them is refused elsewhere. */
export function itemsOf({ items }: JSONSchemaProps): JSONSchemaProps | undefined {
  return Array.isArray(items) ? undefined : (items as JSONSchemaProps | undefined);
}

export function additionalOf({ additionalProperties }: JSONSchemaProps): JSONSchemaProps | undefined {
  return typeof additionalProperties === 'object' ? (additionalProperties as JSONSchemaProps) : undefined;
}

export function propertiesOf(schema: JSONSchemaProps): readonly (readonly [string, JSONSchemaProps])[] {
  return Object.entries(schema.properties ?? {});
}

function invariants(schema: JSONSchemaProps, level: Level, at: FieldPath): FieldError[] {
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  const errors: FieldError[] = [];
  if (schema.type === 'array' && items === undefined)
    errors.push(fieldErrors.required(at.child('items'), 'must be specified'));
  if (items !== undefined) errors.push(...invariants(items, 'item', at.child('items')));
  for (const [name, property] of propertiesOf(schema))
    errors.push(...invariants(property, 'field', at.child('properties').key(name)));
  if (schema.additionalProperties !== undefined && level === 'root')
    errors.push(fieldErrors.forbidden(at.child('additionalProperties'), 'must not be used at the root'));
  if (additional !== undefined) errors.push(...invariants(additional, 'field', at.child('additionalProperties')));
  return [
    ...errors,
    ...extensionErrors(schema, at),
    ...junctorErrors(schema, at),
    ...typeErrors(schema, level, at),
    ...metaErrors(schema, level, at),
  ];
}

function extensionErrors(schema: JSONSchemaProps, at: FieldPath): FieldError[] {
  if (schema['x-kubernetes-int-or-string'] !== true) return [];
  const detail = 'must be false if x-kubernetes-int-or-string is true';
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((field) => schema[field] === true)
    .map((field) => fieldErrors.invalid(at.child(field), true, detail));
}

function typeErrors(schema: JSONSchemaProps, level: Level, at: FieldPath): FieldError[] {
  const { type = '' } = schema;
  const where = at.child('type');
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const free = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const mustBeObject = 'must be object if x-kubernetes-embedded-resource is true';
  const errors: FieldError[] = [];
  if (embedded && type !== 'object')
    errors.push(
      type === '' ? fieldErrors.required(where, mustBeObject) : fieldErrors.invalid(where, type, mustBeObject),
    );
  else if (type === '' && !free) errors.push(fieldErrors.required(where, UNTYPED[level]));
  if (embedded && schema.additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(fieldErrors.forbidden(at.child('additionalProperties'), detail));
  }
  if (level === 'root' && type !== '' && type !== 'object')
    errors.push(fieldErrors.invalid(where, type, 'must be object at the root'));
  return errors;
}

/** Objects have the fields of every object, which no schema may redefine. */
function metaErrors(schema: JSONSchemaProps, level: Level, at: FieldPath): FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const whole = level === 'root' || embedded;
  const properties = schema.properties ?? {};
  const errors: FieldError[] = [];
  for (const field of ['kind', 'apiVersion']) {
    const found = whole ? properties[field] : undefined;
    if (found !== undefined && found.type !== 'string')
      errors.push(
        fieldErrors.invalid(at.child('properties').key(field).child('type'), found.type ?? '', 'must be string'),
      );
  }
  const { metadata } = properties;
  const where = at.child('properties').key('metadata');
  if (metadata !== undefined && whole && metadata.type !== 'object')
    errors.push(fieldErrors.invalid(where.child('type'), metadata.type ?? '', 'must be object'));
  if (metadata !== undefined && level === 'root' && saysMore(metadata)) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(fieldErrors.forbidden(where, detail));
  }
  if (embedded && schema['x-kubernetes-preserve-unknown-fields'] !== true && Object.keys(properties).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(fieldErrors.required(at.child('properties'), detail));
  }
  return errors;
}

function saysMore({ type: _type, default: _default, properties, ...rest }: JSONSchemaProps): boolean {
  const others = Object.keys(properties ?? {}).filter((name) => name !== 'name' && name !== 'generateName');
  return others.length > 0 || Object.values(rest).some((value) => value !== undefined);
}

function junctorErrors(schema: JSONSchemaProps, at: FieldPath): FieldError[] {
  const either = schema['x-kubernetes-int-or-string'] === true;
  const skips = (list: readonly JSONSchemaProps[] | undefined) => either && semanticEqual(list ?? [], INT_OR_STRING);
  const errors: FieldError[] = [];
  if (!skips(schema.anyOf)) errors.push(...nestedList(schema.anyOf, at.child('anyOf')));
  (schema.allOf ?? []).forEach((part, index) => {
    const skipped = index === 0 && skips(part.anyOf) ? { ...part, anyOf: undefined } : part;
    errors.push(...nestedErrors(skipped, at.child('allOf').index(index)));
  });
  errors.push(...nestedList(schema.oneOf, at.child('oneOf')));
  if (schema.not !== undefined) errors.push(...nestedErrors(schema.not, at.child('not')));
  return errors;
}

function nestedList(list: readonly JSONSchemaProps[] | undefined, at: FieldPath): FieldError[] {
  return (list ?? []).flatMap((schema, index) => nestedErrors(schema, at.index(index)));
}

/** Inside a junctor a schema restricts values, and describes nothing. */
function nestedErrors(schema: JSONSchemaProps, at: FieldPath): FieldError[] {
  const items = itemsOf(schema);
  const errors = junctorErrors(schema, at);
  if (items !== undefined) errors.push(...nestedErrors(items, at.child('items')));
  for (const [name, property] of propertiesOf(schema))
    errors.push(...nestedErrors(property, at.child('properties').key(name)));
  const forbid = (field: string, state: string) =>
    errors.push(fieldErrors.forbidden(at.child(field), `must be ${state} to be structural`));
  if ((schema.type ?? '') !== '') forbid('type', 'empty');
  if (schema.additionalProperties !== undefined) forbid('additionalProperties', 'undefined');
  for (const field of NESTED_UNDEFINED) if (schema[field] !== undefined) forbid(field, 'undefined');
  for (const field of NESTED_EMPTY) if ((schema[field] ?? '').length > 0) forbid(field, 'empty');
  for (const field of NESTED_FALSE) if (schema[field] === true) forbid(field, 'false');
  if (schema.properties?.['metadata'] !== undefined) {
    const where = at.child('properties').key('metadata');
    errors.push(fieldErrors.forbidden(where, 'must not be specified in a nested context'));
  }
  return errors;
}
