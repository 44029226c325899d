import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceTable } from '../tables.ts';
import { openApiV2Document, openApiV3Document } from './documents.ts';
import { encodeOpenApiV2 } from './gnostic.ts';
import type { Json } from './models.ts';

const describe = () => ({ text: 'about it', fields: new Map([['spec', 'about the spec']]) });
const at = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce((inner, key) => (inner as Json | undefined)?.[key], value);

/** Every `$ref` in a document. */
function references(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  );
}

test('openApiV2Document() defines every model that it refers to, under the names of upstream', () => {
  const document = openApiV2Document(undefined, { describe });
  const definitions = document['definitions'] as Json;
  for (const reference of new Set(references(document)))
    assert.ok(Object.hasOwn(definitions, reference.slice('#/definitions/'.length)), reference);
  assert.deepEqual(at(definitions, 'io.k8s.api.apps.v1.Deployment', 'x-kubernetes-group-version-kind'), [
    { group: 'apps', version: 'v1', kind: 'Deployment' },
  ]);
  const ports = at(definitions, 'io.k8s.api.core.v1.ServiceSpec', 'properties', 'ports') as Json;
  assert.deepEqual(ports['x-kubernetes-list-map-keys'], ['port', 'protocol']);
  assert.equal(ports['x-kubernetes-patch-merge-key'], 'port');
  assert.deepEqual(at(definitions, 'io.k8s.api.core.v1.Pod', 'properties', 'spec'), {
    description: 'about the spec',
    $ref: '#/definitions/io.k8s.api.core.v1.PodSpec',
  });
});

test('openApiV2Document() and openApiV3Document() give the patch of a kind the parameters that kubectl looks for', () => {
  const path = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}';
  for (const document of [
    openApiV2Document(undefined, { describe }),
    openApiV3Document({ group: 'apps', version: 'v1' }, undefined, { describe }),
  ]) {
    const patch = at(document, 'paths', path, 'patch') as Json;
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'apps', version: 'v1', kind: 'Deployment' });
    const names = (patch['parameters'] as Json[]).map(({ name }) => name);
    for (const name of ['dryRun', 'fieldManager', 'fieldValidation', 'force']) assert.ok(names.includes(name), name);
  }
});

test('openApiV3Document() defines every model that it refers to, for every group and version', () => {
  for (const { group, version } of resourceTable.filter(({ defaultEnabled }) => defaultEnabled)) {
    const document = openApiV3Document({ group, version }, undefined, { describe });
    const schemas = at(document, 'components', 'schemas') as Json;
    for (const reference of new Set(references(document)))
      assert.ok(Object.hasOwn(schemas, reference.slice('#/components/schemas/'.length)), reference);
  }
});

test('openApiV3Document() puts references beside their defaults', () => {
  const document = openApiV3Document({ group: '', version: 'v1' }, undefined, { describe });
  assert.deepEqual(at(document, 'components', 'schemas', 'io.k8s.api.core.v1.Pod', 'properties', 'spec'), {
    description: 'about the spec',
    allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodSpec' }],
    default: {},
  });
  assert.deepEqual(at(document, 'components', 'schemas', 'io.k8s.apimachinery.pkg.util.intstr.IntOrString', 'oneOf'), [
    { type: 'integer' },
    { type: 'string' },
  ]);
});

test('encodeOpenApiV2() writes the messages of gnostic', () => {
  const document = {
    swagger: '2.0',
    info: { title: 'K', version: 'v1' },
    definitions: { A: { type: 'object', required: ['b', 'c'], 'x-kubernetes-map-type': 'atomic' } },
  };
  const hex = Buffer.from(encodeOpenApiV2(document)).toString('hex');
  assert.ok(hex.startsWith('0a03322e30' + '12070a014b12027631'), 'swagger (1), info (2): title (1), version (2)');
  const definition = [
    '0a0141', // 1: the name
    '9a0101629a010163', // 19: required, twice
    'b201080a066f626a656374', // 22: type, in a message with value (1)
    'fa01', // 31: vendor extension
    '0a15782d6b756265726e657465732d6d61702d74797065', // 1: its name
    '120b12092261746f6d6963220a', // 2: its value: yaml (2)
  ];
  for (const piece of definition) assert.ok(hex.includes(piece), `${piece} in ${hex}`);
});
