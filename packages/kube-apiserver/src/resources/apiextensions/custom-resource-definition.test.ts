import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CustomResourceDefinition, Resources } from '@steersman/api';
import { type Kind, prepared, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';

const schema = {
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: { size: { type: 'integer' }, port: { 'x-kubernetes-int-or-string': true } },
        'x-kubernetes-validations': [{ rule: 'self.size > 0', message: 'must be positive' }],
      },
    },
  },
};
const version = { name: 'v1', served: true, storage: true, schema };
const kind: Kind<CustomResourceDefinition> = {
  name: 'customResourceDefinition',
  type: Resources.customResourceDefinitions,
  strategy: customResourceDefinition,
  good: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [version],
    },
  } as CustomResourceDefinition,
};
const spec = (patch: object) => ({ spec: patch });
const versioned = (patch: object) => spec({ versions: [{ ...version, ...patch }] });
const root = (patch: object) => versioned({ schema: { openAPIV3Schema: { type: 'object', ...patch } } });
const property = (patch: object) => root({ properties: { a: patch } });
const ROOT = 'spec.validation.openAPIV3Schema';
const A = `${ROOT}.properties[a]`;

refusesToCreate(kind, [
  [
    'a name that is not its own',
    { metadata: { name: 'stuff.example.com' } },
    ['Invalid metadata.name: Invalid value: "stuff.example.com": must be spec.names.plural+"."+spec.group'],
  ],
  [
    'an unknown scope',
    spec({ scope: 'World' }),
    ['NotSupported spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
  ],
  [
    'a group without dot',
    { metadata: { name: 'things.example' }, spec: { group: 'example' } },
    ['Invalid spec.group: Invalid value: "example": should be a domain with at least one dot'],
  ],
  [
    'a group of the project',
    { metadata: { name: 'things.x.k8s.io' }, spec: { group: 'x.k8s.io' } },
    [
      'Required metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ],
  [
    'a version without schema',
    versioned({ schema: undefined }),
    ['Required spec.versions[0].schema.openAPIV3Schema: Required value'],
  ],
  [
    'a list kind that is the kind',
    spec({ names: { listKind: 'Thing' } }),
    ['Invalid spec.names.listKind: Invalid value: "Thing": kind and listKind may not be the same'],
  ],
  [
    'a conversion by nobody',
    spec({ conversion: { strategy: 'Webhook' } }),
    [
      'Required spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
      'Required spec.conversion.conversionReviewVersions: Required value',
    ],
  ],
  [
    'a column of an unknown type',
    versioned({ additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: '.spec.a' }] }),
    [
      'Invalid spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    ],
  ],
  [
    'a scale outside the spec',
    versioned({ subresources: { scale: { specReplicasPath: '.status.a', statusReplicasPath: '.status.b' } } }),
    ['Invalid spec.subresources.scale.specReplicasPath: Invalid value: ".status.a": should be a json path under .spec'],
  ],
  [
    'a property without type',
    property({}),
    [`Required ${A}.type: Required value: must not be empty for specified object fields`],
  ],
  ['a list of anything', property({ type: 'array' }), [`Required ${A}.items: Required value: must be specified`]],
  [
    'an unknown type',
    property({ type: 'text' }),
    [
      `NotSupported ${A}.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  ],
  [
    'a type inside a junctor',
    property({ type: 'string', anyOf: [{ type: 'string' }] }),
    [`Forbidden ${A}.anyOf[0].type: Forbidden: must be empty to be structural`],
  ],
  [
    'properties and others',
    property({ type: 'object', properties: { b: { type: 'string' } }, additionalProperties: true }),
    [`Forbidden ${A}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`],
  ],
  [
    'a map of lists without keys',
    property({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' }),
    [`Required ${A}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`],
  ],
  [
    'a key that items may lack',
    property({
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
    [
      `Required ${A}.items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  ],
  [
    'metadata of its own',
    root({ properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } }),
    [
      `Forbidden ${ROOT}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
  [
    'a rule that does not compile',
    property({ type: 'string', 'x-kubernetes-validations': [{ rule: 'slef == ""' }] }),
    [
      `Invalid ${A}.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"slef == \\"\\"","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:1: undeclared reference to 'slef' (in container '')\n | slef == ""\n | ^`,
    ],
  ],
]);
refusesToUpdate(kind, [
  [
    'another group',
    spec({ group: 'example.org' }),
    ['Invalid spec.group: Invalid value: "example.org": field is immutable'],
  ],
  [
    'a version less that objects are stored in',
    versioned({ name: 'v2' }),
    [
      'Invalid status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ],
  ],
]);

test('customResourceDefinition.validate() tells versions apart when they differ', () => {
  const other = { ...version, name: 'v2', storage: false, schema: { openAPIV3Schema: { type: 'string' } } };
  const made = prepared(kind, { ...kind.good, spec: { ...kind.good.spec, versions: [version, other] } } as never);
  assert.deepEqual(
    (customResourceDefinition.validate?.(made) ?? []).map(({ field, message }) => `${field}: ${message}`),
    ['spec.versions[1].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root'],
  );
});
