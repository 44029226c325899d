import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeCbor,
  decodeEnvelopedObject,
  decodeJson,
  decodeYaml,
  encodeCbor,
  encodeEnvelope,
  formatMicroTime,
  formatTime,
  normalize,
  resourceTable,
  type ScalarSchema,
  type Schema,
  type StructSchema,
  schemaFor,
  semanticEqual,
  toYaml,
} from './index.ts';

/** As decoders give it: a number where that is exact. */
const narrow = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const DEPTH_MAX = 6; // Deep enough for a container's probe, shallow enough to be quick.

function arbitraryScalar(schema: ScalarSchema): fc.Arbitrary<unknown> {
  const date = fc.integer({ min: 0, max: 4e12 });
  switch (schema.type) {
    case 'bool':
      return fc.boolean();
    case 'int32':
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    case 'int64':
      return fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(narrow));
    case 'float64':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
    case 'bytes':
      return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'time':
      return date.map(formatTime);
    case 'microTime':
      return date.map(formatMicroTime);
    case 'duration':
      return fc.constantFrom('0s', '30s', '1m0s', '1h2m3.5s', '150ms');
    case 'quantity':
      return fc.constantFrom('0', '1', '250m', '1Gi', '1500Mi', '3914648Ki', '1.5G', '1e3');
    case 'intOrString':
      return fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.string({ minLength: 1, unit: 'binary' }));
    case 'rawExtension':
    case 'object':
    case 'fieldsV1':
    case 'json':
    case 'any':
      return fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
        minKeys: 1,
        maxKeys: 3,
        noNullPrototype: true,
      });
    case 'schemaOrBool':
      return fc.boolean();
    case 'schemaOrArray':
      return fc.constantFrom([], [{ type: 'string' }]);
    case 'schemaOrStringArray':
      return fc.array(fc.string());
    default:
      return fc.string({ unit: 'binary', maxLength: 12 });
  }
}

function arbitrary(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.kind === 'scalar') return arbitraryScalar(schema);
  if (schema.kind === 'list') return fc.array(arbitrary(schema.element, depth + 1), { maxLength: 2 });
  if (schema.kind === 'map')
    return fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), arbitrary(schema.element, depth + 1), {
      maxKeys: 2,
      noNullPrototype: true,
    });
  return arbitraryStruct(schema, depth);
}

function arbitraryStruct(schema: StructSchema, depth: number): fc.Arbitrary<unknown> {
  if (depth > DEPTH_MAX || schema.fields.length === 0) return fc.constant({});
  return fc.uniqueArray(fc.constantFrom(...schema.fields), { maxLength: 4 }).chain((fields) => {
    const chosen = fields.filter(({ name }) => name !== 'kind' && name !== 'apiVersion');
    return fc.record(Object.fromEntries(chosen.map((field) => [field.name, arbitrary(field.schema, depth + 1)])), {
      noNullPrototype: true,
    });
  });
}

const kinds = [
  ['', 'v1', 'Pod'],
  ['', 'v1', 'Node'],
  ['', 'v1', 'Service'],
  ['', 'v1', 'Secret'],
  ['apps', 'v1', 'Deployment'],
  ['coordination.k8s.io', 'v1', 'Lease'],
  ['discovery.k8s.io', 'v1', 'EndpointSlice'],
  ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'],
] as const;

for (const [group, version, kind] of kinds) {
  const schema = schemaFor({ group, version, kind });
  assert.ok(schema);
  const objects = arbitraryStruct(schema, 0).map((value) =>
    normalize<Record<string, unknown>>(
      { ...(value as object), kind, apiVersion: group === '' ? version : `${group}/${version}` },
      schema,
    ),
  );

  test(`decodeJson() of the JSON of any ${kind} is that ${kind}`, () => {
    fc.assert(
      fc.property(objects, (object) => {
        const decoded = decodeJson(JSON.stringify(object), schema, { fieldValidation: 'Strict' }).object;
        assert.equal(JSON.stringify(decoded), JSON.stringify(object));
        assert.ok(semanticEqual(decoded, object));
      }),
    );
  });

  test(`decodeYaml() of the YAML of any ${kind} is that ${kind}`, () => {
    fc.assert(
      fc.property(objects, (object) => {
        assert.deepEqual(decodeYaml(toYaml(object), schema, { fieldValidation: 'Strict' }).object, object);
      }),
      { numRuns: 50 },
    );
  });

  test(`decodeEnvelopedObject() of the protobuf of any ${kind} is that ${kind}`, () => {
    fc.assert(
      fc.property(objects, (object) => {
        const decoded = decodeEnvelopedObject(encodeEnvelope(object, schema));
        assert.deepEqual(decoded, object);
      }),
    );
  });
}

/** Every registered kind that is an object with metadata; a few random objects each keep this within seconds. */
const RUNS_PER_KIND = 3;

test('decoding what any codec made of a random object of any registered kind gives that object', () => {
  for (const { group, version, kind } of resourceTable) {
    const schema = schemaFor({ group, version, kind });
    assert.ok(schema, `${group}/${version} ${kind}`);
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const objects = arbitraryStruct(schema, 0).map((value) =>
      normalize({ ...(value as object), kind, apiVersion }, schema),
    );
    const property = fc.property(objects, (object) => {
      assert.deepEqual(decodeJson(JSON.stringify(object), schema).object, object, 'JSON');
      assert.deepEqual(decodeYaml(toYaml(object), schema).object, object, 'YAML');
      assert.deepEqual(decodeEnvelopedObject(encodeEnvelope(object, schema)), object, 'protobuf');
      assert.deepEqual(decodeCbor(encodeCbor(object), schema).object, object, 'CBOR');
    });
    fc.assert(property, { numRuns: RUNS_PER_KIND, seed: 20_260_722 });
  }
});

test('decodeEnvelopedObject() answers any bytes with an object or an ApiError', () => {
  const magic = Buffer.from('k8s\0\n\t\n\x02v1\x12\x03Pod\x12', 'latin1');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeEnvelopedObject(Buffer.concat([magic, Buffer.from([bytes.length]), bytes]));
      } catch (error) {
        assert.equal((error as Error).name, 'ApiError');
      }
    }),
    { numRuns: 2000 },
  );
});
