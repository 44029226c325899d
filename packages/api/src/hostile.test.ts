/** Bounded fuzzing of the decoders: fixed seeds, a fixed number of inputs, and for each an object or a 4xx. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ApiError,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  decodeCbor,
  decodeEnvelopedObject,
  decodeJson,
  decodeYaml,
  encodeCbor,
  encodeEnvelope,
  JSON_PATCH_OPERATIONS_MAX,
  normalize,
  schemaFor,
  toYaml,
} from './index.ts';

const SEED = 1936;
const RUNS = 600; // Some seconds for all of them together.
const schema = schemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' });
assert.ok(schema);

const deployment = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: { name: 'd', labels: { a: 'b' } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
  },
};

/** Every decoder answers with an object, or with an error that is the client's. */
function answers(what: string, decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    assert.ok(error instanceof ApiError && error.code >= 400 && error.code < 500, `${what}: ${String(error)}`);
  }
}
const decoders: readonly (readonly [string, (bytes: Uint8Array) => unknown])[] = [
  ['decodeJson', (bytes) => decodeJson(bytes, schema, { fieldValidation: 'Strict' })],
  ['decodeYaml', (bytes) => decodeYaml(bytes, schema, { fieldValidation: 'Strict' })],
  ['decodeCbor', (bytes) => decodeCbor(bytes, schema, { fieldValidation: 'Strict' })],
  ['decodeEnvelopedObject', (bytes) => decodeEnvelopedObject(bytes, schema)],
];
const good: readonly Uint8Array[] = [
  Buffer.from(JSON.stringify(deployment)),
  Buffer.from('kind: Deployment\nspec: &a\n  replicas: 1\n  template: {x: *a}\n'),
  encodeCbor(deployment),
  encodeEnvelope(deployment, schema),
];

for (const [name, decode] of decoders) {
  test(`${name}() answers damaged documents with an object or a 4xx`, () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.constantFrom(...good), damage, (document, edits) => {
        answers(name, () => decode(damaged(document, edits)));
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
  test(`${name}() answers random bytes with an object or a 4xx`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => answers(name, () => decode(bytes))),
      { seed: SEED, numRuns: RUNS },
    );
  });
}

/** Bytes changed, taken out or put in. */
function damaged(document: Uint8Array, edits: readonly (readonly [number, number, number])[]): Uint8Array {
  const bytes = [...document];
  for (const [position, byte, kind] of edits) {
    const at = position % bytes.length;
    if (kind === 0) bytes[at] = byte;
    else if (kind === 1) bytes.splice(at, 1);
    else bytes.splice(at, 0, byte);
  }
  return Uint8Array.from(bytes);
}

/** Each with a way back, and a document of its own format that damage leaves readable now and then. */
const codecs: readonly (readonly [
  string,
  (bytes: Uint8Array) => unknown,
  (object: never) => Uint8Array,
  Uint8Array,
])[] = [
  ['JSON', (bytes) => decodeJson(bytes, schema).object, (object) => Buffer.from(JSON.stringify(object)), full('JSON')],
  ['YAML', (bytes) => decodeYaml(bytes, schema).object, (object) => Buffer.from(toYaml(object)), full('YAML')],
  ['CBOR', (bytes) => decodeCbor(bytes, schema).object, (object) => encodeCbor(object), full('CBOR')],
  [
    'protobuf',
    (bytes) => decodeEnvelopedObject(bytes, schema),
    (object) => encodeEnvelope(object, schema),
    full('protobuf'),
  ],
];

/** A document with every sort of field: numbers, flags, times, quantities, ports, lists, maps. */
function full(format: string): Uint8Array {
  assert.ok(schema);
  const container = {
    name: 'c',
    image: 'i:1',
    resources: { limits: { cpu: '1500m', memory: '1Gi' } },
    ports: [{ containerPort: 80, protocol: 'TCP' }],
    livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
  };
  const object = normalize<typeof deployment>(
    {
      ...deployment,
      metadata: { ...deployment.metadata, creationTimestamp: '2024-01-01T00:00:00Z', generation: 7 },
      spec: {
        ...deployment.spec,
        paused: true,
        strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container], nodeSelector: { x: 'y' } } },
      },
    },
    schema,
  );
  if (format === 'JSON') return Buffer.from(JSON.stringify(object));
  if (format === 'YAML') return Buffer.from(toYaml(object));
  return format === 'CBOR' ? encodeCbor(object) : encodeEnvelope(object, schema);
}

for (const [format, decode, encode, document] of codecs) {
  test(`what is still readable of a damaged ${format} document is written and read as the same`, () => {
    let readable = 0;
    const edit = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        answers(format, () => {
          const object = decode(damaged(document, edits));
          readable += 1;
          assert.deepEqual(decode(encode(object as never)), object);
        });
      }),
      { seed: SEED, numRuns: RUNS },
    );
    assert.ok(
      readable > RUNS / 20,
      `only ${readable} of ${RUNS} documents could be read: too much damage to learn from`,
    );
  });
}

const DEEP = 20_000;
const hostile: readonly (readonly [string, string])[] = [
  ['lists nested deeply', '['.repeat(DEEP) + ']'.repeat(DEEP)],
  [
    'objects nested deeply',
    `{"metadata":{"managedFields":[{"fieldsV1":${'{"f:a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}]}}`,
  ],
  ['deep nesting with a large number', `{"spec":${'['.repeat(DEEP)}1234567890123456789${']'.repeat(DEEP)}}`],
  ['a giant integer', `{"spec":{"replicas":${'9'.repeat(100_000)}}}`],
  ['a giant exponent', '{"spec":{"replicas":1e999999999}}'],
  ['a giant quantity', `{"spec":{"template":{"spec":{"overhead":{"cpu":"${'9'.repeat(100_000)}"}}}}}`],
  ['a quantity with a giant exponent', '{"spec":{"template":{"spec":{"overhead":{"cpu":"1e999999999"}}}}}'],
  [
    'an alias bomb',
    [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...[...'bcdefghi'].map(
        (key, index) => `${key}: &${key} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[index]}`).join(',')}]`,
      ),
    ].join('\n'),
  ],
  [
    'merge keys upon merge keys',
    Array.from(
      { length: 200 },
      (_, index) =>
        `k${index}: &k${index}\n  <<: [${Array.from({ length: Math.min(index, 50) }, (_, earlier) => `*k${earlier}`).join(',')}]\n  v${index}: 1`,
    ).join('\n'),
  ],
  ['a duplicate key', '{"kind":"Deployment","spec":{"replicas":1,"replicas":2}}'],
  ['broken UTF-16 escapes', '{"metadata":{"name":"\\ud800"}}'],
];
for (const [what, text] of hostile) {
  test(`decodeJson() and decodeYaml() answer ${what} with a 4xx or an object, and soon`, () => {
    answers('JSON', () => decodeJson(text, schema, { fieldValidation: 'Strict' }));
    answers('YAML', () => decodeYaml(text, schema, { fieldValidation: 'Strict' }));
  });
}

test('decodeJson() and decodeYaml() answer broken UTF-8 with a 4xx or an object', () => {
  const bytes = Buffer.concat([Buffer.from('{"metadata":{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')]);
  answers('JSON', () => decodeJson(bytes, schema));
  answers('YAML', () => decodeYaml(bytes, schema));
});

test('decodeJson() and the patches leave Object.prototype alone', () => {
  const evil = '{"metadata":{"labels":{"__proto__":"x"},"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}';
  decodeJson(evil, schema);
  decodeYaml(evil, schema);
  const patch: unknown = JSON.parse(evil);
  applyMergePatch(deployment, patch);
  answers('strategic', () => applyStrategicMergePatch(deployment, patch as never, schema));
  answers('JSON patch', () =>
    applyJsonPatch(deployment, [{ op: 'add', path: '/__proto__/polluted', value: 1 }] as never),
  );
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test('applyJsonPatch() refuses ten thousand and one operations before it starts', () => {
  const operations = Array.from({ length: JSON_PATCH_OPERATIONS_MAX + 1 }, () => ({
    op: 'test',
    path: '/kind',
    value: 'Deployment',
  }));
  assert.throws(
    () => applyJsonPatch(deployment, operations as never),
    (error) => error instanceof ApiError && error.code === 413,
  );
});

test('the patches answer any patch with an object or a 4xx', () => {
  const step = fc.constantFrom(
    '',
    '/spec',
    '/spec/replicas',
    '/spec/template/spec/containers/0',
    '/spec/template/spec/containers/-',
    '/~2',
    '/metadata/labels/a',
  );
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
    path: step,
    from: step,
    value: fc.jsonValue(),
  });
  const patches = fc.array(operation, { maxLength: 8 });
  fc.assert(
    fc.property(patches, fc.jsonValue(), (operations, merge) => {
      answers('JSON patch', () => applyJsonPatch(deployment, operations as never));
      answers('merge patch', () => applyMergePatch(deployment, { spec: merge }));
      answers('strategic merge patch', () => applyStrategicMergePatch(deployment, { spec: merge } as never, schema));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});
