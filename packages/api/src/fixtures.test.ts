import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type ApiError,
  decodeEnvelopedObject,
  decodeJson,
  decodeYaml,
  encodeEnvelope,
  type StructSchema,
  schemaFor,
  toYaml,
} from './index.ts';

/** Golden objects of upstream: every kind with every field set, as JSON, YAML and protobuf. */
const shared = process.env['STEERSMAN_SHARED'] ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const folders = ['api-roundtrip', 'apiextensions-roundtrip'].map((name) => `${shared}/fixtures/${name}`);
const absent = folders.every(existsSync) ? false : 'the shared fixtures are not beside the repository';
if (absent !== false && process.env['CI'] === 'true') throw new assert.AssertionError({ message: absent });

interface Golden {
  readonly name: string;
  readonly schema: StructSchema;
  readonly json: string;
  readonly yaml: string;
  readonly protobuf: Uint8Array;
}

function* goldens(): Generator<Golden> {
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
      const name = file.slice(0, -'.json'.length);
      const [, group = '', version = '', kind = ''] = /^(.*)\.(v[^.]+)\.([^.]+)$/.exec(name) ?? [];
      const schema = schemaFor({ group: group === 'core' ? '' : group, version, kind });
      assert.ok(schema, `${name} has no schema`);
      const read = (extension: string) => readFileSync(`${folder}/${name}.${extension}`);
      yield { name, schema, json: read('json').toString(), yaml: read('yaml').toString(), protobuf: read('pb') };
    }
  }
}

/** Go writes these characters escaped; JSON.stringify does not. */
const asGo = (json: string) => json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');

test('decodeJson() and encodeJson() give back the bytes of every golden file', { skip: absent }, () => {
  for (const { name, schema, json } of goldens()) {
    const { object } = decodeJson(json, schema, { fieldValidation: 'Strict' });
    assert.equal(asGo(JSON.stringify(object, null, 2)), json.trimEnd(), name);
  }
});

test('decodeYaml() and toYaml() give back the text of every golden file', { skip: absent }, () => {
  for (const { name, schema, json, yaml } of goldens()) {
    const { object } = decodeYaml(yaml, schema, { fieldValidation: 'Strict' });
    assert.deepEqual(object, decodeJson(json, schema).object, name);
    assert.equal(toYaml(object), yaml, name);
  }
});

test('decodeEnvelopedObject() and encodeEnvelope() give back the bytes of every golden file', { skip: absent }, () => {
  for (const { name, schema, json, protobuf } of goldens()) {
    const object = decodeEnvelopedObject(protobuf, schema);
    assert.deepEqual(object, decodeJson(json, schema).object, name);
    assert.ok(Buffer.from(encodeEnvelope(object, schema)).equals(protobuf), name);
  }
});

test('decodeEnvelopedObject() answers BadRequest for every truncation of a pod', { skip: absent }, () => {
  const pod = [...goldens()].find(({ name }) => name === 'core.v1.Pod');
  assert.ok(pod);
  for (let length = 0; length < pod.protobuf.length; length += 97) {
    try {
      decodeEnvelopedObject(pod.protobuf.subarray(0, length));
    } catch (error) {
      assert.equal((error as ApiError).code, 400);
    }
  }
});
