import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../errors.ts';
import type { Pod } from '../generated/core.ts';
import { schemaFor } from '../schema/build.ts';
import type { StructSchema } from '../schema/schema.ts';
import { type DecodeOptions, decodeJson, normalize } from './decode.ts';
import { duplicateFields } from './scan.ts';

function schema(kind: string, group = '', version = 'v1'): StructSchema {
  const found = schemaFor({ group, version, kind });
  assert.ok(found);
  return found;
}
const pod = schema('Pod');
const deployment = schema('Deployment', 'apps');

/** The message of the BadRequest that decoding gives. */
function refusal(json: string, of: StructSchema = pod, options: DecodeOptions = {}): string {
  try {
    decodeJson(json, of, options);
  } catch (error) {
    assert.ok(error instanceof ApiError);
    assert.equal(error.code, 400);
    return error.message;
  }
  return 'decoded';
}
const decode = (value: unknown, of = pod) => decodeJson<Pod>(JSON.stringify(value), of).object;

test('decodeJson() names unknown and duplicate fields in the order of the document', () => {
  const text =
    '{"kind":"Pod","apiVersion":"v1","foo":1,"metadata":{"name":"a","name":"b","labels":{"x":"1","x":"2"}},"spec":{"containers":[{"name":"c","imag":"x"}]}}';
  const { object, problems } = decodeJson<Pod>(text, pod, { fieldValidation: 'Warn' });
  assert.deepEqual(problems, [
    'unknown field "foo"',
    'duplicate field "metadata.name"',
    'duplicate field "metadata.labels.x"',
    'unknown field "spec.containers[0].imag"',
  ]);
  assert.equal(object.metadata.name, 'b');
  assert.equal(
    refusal('{"spec":{"foo":1,"containers":[]}}', pod, { fieldValidation: 'Strict' }),
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo"',
  );
});

test('decodeJson() tells a mistyped field in the words of upstream', () => {
  const head = 'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal';
  const cases: readonly (readonly [unknown, string])[] = [
    [{ spec: { replicas: '3' } }, 'string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: { replicas: 1.5 } }, 'number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: { replicas: 3e9 } }, 'number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ metadata: { labels: { a: 1 } } }, 'number into Go struct field ObjectMeta.metadata.labels of type string'],
    [{ metadata: 'x' }, 'string into Go struct field Deployment.metadata of type v1.ObjectMeta'],
    [
      { spec: { template: { spec: { containers: {} } } } },
      'object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
  ];
  for (const [value, tail] of cases) assert.equal(refusal(JSON.stringify(value), deployment), `${head} ${tail}`);
});

test('decodeJson() tells a value that its own type refuses', () => {
  const limits = (memory: unknown) =>
    JSON.stringify({ spec: { containers: [{ name: 'a', resources: { limits: { memory } } }] } });
  assert.match(
    refusal(limits('1Gb')),
    /cannot be handled as a Pod: quantities must match the regular expression '.*'$/,
  );
  assert.match(refusal(limits('lots')), /quantities must match the regular expression/);
  assert.match(
    refusal('{"metadata":{"creationTimestamp":"yesterday"}}'),
    /parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"$/,
  );
  assert.match(refusal('{"metadata":{"creationTimestamp":"2024-02-30T00:00:00Z"}}'), /day out of range$/);
  assert.match(refusal('{"data":{"a":"%%"}}', schema('Secret')), /illegal base64 data at input byte 0$/);
});

test('decodeJson() tells where text stops being JSON', () => {
  const head =
    "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error:";
  assert.equal(
    refusal('{"a":1,}'),
    `${head} invalid character '}' looking for beginning of object key string ({"a":1,})`,
  );
  assert.equal(refusal('{"a"'), `${head} unexpected end of JSON input ({"a")`);
  assert.equal(refusal(''), `${head} unexpected end of JSON input (<empty>)`);
  assert.equal(refusal('nope'), `${head} invalid character 'o' in literal null (expecting 'u') (6e6f7065)`);
});

test('decodeJson() writes fields in order, drops zero values and fills the structs that upstream writes', () => {
  const object = decode({
    spec: { hostNetwork: false, containers: [{ image: 'x', name: 'a', ports: [] }] },
    metadata: { name: 'p' },
  });
  assert.equal(
    JSON.stringify(object),
    '{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"x","resources":{}}]},"status":{}}',
  );
});

test('decodeJson() takes null for absent, and for the zero value within lists and maps', () => {
  const object = decode({ metadata: { labels: { a: null }, annotations: null }, spec: { containers: [null] } });
  assert.deepEqual(object.metadata, { labels: { a: '' } });
  assert.deepEqual(object.spec.containers, [{ name: '', resources: {} }]);
});

test('decodeJson() makes quantities and times canonical', () => {
  const requests = { cpu: 0.5, memory: '1024Mi', storage: '1000m' };
  const object = decode({
    metadata: { creationTimestamp: '2024-01-01T02:00:00.5+02:00' },
    spec: { containers: [{ name: 'a', resources: { requests } }] },
  });
  assert.deepEqual(object.spec.containers[0]?.resources?.requests, { cpu: '500m', memory: '1Gi', storage: '1' });
  assert.equal(object.metadata.creationTimestamp, '2024-01-01T00:00:00Z');
});

test('decodeJson() keeps __proto__ an ordinary key', () => {
  const { object } = decodeJson<Pod>('{"__proto__":{"x":1},"metadata":{"labels":{"__proto__":"a","b":null}}}', pod);
  assert.deepEqual(Object.entries(object.metadata.labels ?? {}), [
    ['__proto__', 'a'],
    ['b', ''],
  ]);
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
  assert.equal((object as unknown as Record<string, unknown>)['x'], undefined);
});

test('decodeJson() refuses depth that no object has', () => {
  const deep = `{"metadata":{},"foo":${'['.repeat(5000)}${']'.repeat(5000)}}`;
  assert.match(refusal(deep), /exceeded max depth$/);
});

test('decodeJson() leaves the inside of JSON schemas to itself', () => {
  const crd = schema('CustomResourceDefinition', 'apiextensions.k8s.io');
  const text = JSON.stringify({
    spec: {
      versions: [
        {
          name: 'v1',
          schema: {
            openAPIV3Schema: { additionalProperties: { type: 'object', odd: 1 }, properties: { a: { odd: 1 } } },
          },
        },
      ],
    },
  });
  const { problems } = decodeJson(text, crd, { fieldValidation: 'Warn' });
  assert.deepEqual(problems, ['unknown field "spec.versions[0].schema.openAPIV3Schema.properties.a.odd"']);
});

test('normalize() takes undefined for absent, as objects made in code have it', () => {
  const made = {
    metadata: { name: 'a', labels: { x: undefined, b: 'c' }, namespace: undefined },
    spec: { containers: [], volumes: undefined },
  };
  assert.deepEqual(normalize(made, pod), {
    metadata: { name: 'a', labels: { b: 'c' } },
    spec: { containers: [] },
    status: {},
  });
});

test('duplicateFields() names every key that comes twice, known to a schema or not', () => {
  const text = '{"spec":{"a":1,"a":2,"list":[{"b":1,"b":{"c":1,"c":2}}]},"once":{}}';
  assert.deepEqual(duplicateFields(text), [
    'duplicate field "spec.a"',
    'duplicate field "spec.list[0].b"',
    'duplicate field "spec.list[0].b.c"',
  ]);
});
