import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaFor } from '../schema/build.ts';
import { decodeYaml, parseYamlDocuments, readYaml, toYaml, YamlError } from './yaml.ts';

test('parseYamlDocuments() reads plain scalars as go-yaml does', () => {
  const text = 'a: yes\nb: 0755\nc: 1:30\nd: 2020-01-01\ne: 0o17\nf: 1_000\ng: ~\nh: 1e3\ni: .5\nj: 0x1F\nk: "no"';
  assert.deepEqual(parseYamlDocuments(text), [
    { a: true, b: 493, c: '1:30', d: '2020-01-01', e: 15, f: 1000, g: null, h: 1000, i: 0.5, j: 31, k: 'no' },
  ]);
});

test('parseYamlDocuments() writes out aliases and merges, and skips empty documents', () => {
  const text = 'p: &a {q: 1}\nr:\n  <<: *a\n  z: *a\n---\n---\n# nothing\n';
  const [first, ...rest] = parseYamlDocuments(text) as { p: unknown; r: { z: unknown } }[];
  assert.deepEqual(first, { p: { q: 1 }, r: { q: 1, z: { q: 1 } } });
  assert.notEqual(first?.p, first?.r.z);
  assert.deepEqual(rest, []);
});

test('parseYamlDocuments() refuses a document that grows without end', () => {
  const letters = [...'abcdefghi'];
  const lines = letters.map(
    (letter, at) => `${letter}: &${letter} [${Array(9).fill(at === 0 ? 'x' : `*${letters[at - 1]}`)}]`,
  );
  assert.throws(() => parseYamlDocuments(lines.join('\n')), /excessive aliasing/);
  assert.throws(() => parseYamlDocuments('&a [*a]'), YamlError);
  assert.throws(() => parseYamlDocuments('a:\n\tb: 1'), /yaml: line 2: /);
});

test('decodeYaml() tells duplicate keys and unknown fields', () => {
  const schema = schemaFor({ group: '', version: 'v1', kind: 'ConfigMap' });
  assert.ok(schema);
  const { problems } = decodeYaml('kind: ConfigMap\ndata: {a: b}\ndata: {}\nfoo: 1\n', schema, {
    fieldValidation: 'Warn',
  });
  assert.deepEqual(problems, ['line 3: key "data" already set in map', 'unknown field "foo"']);
  const twice = 'kind: ConfigMap\ndata:\n  a: b\n  "a": c\nmetadata:\n- &x {n: 1}\n- {<<: *x, n: 2, n: 3}\nfoo: 1\n';
  assert.throws(() => decodeYaml(twice.replace(/metadata[\s\S]*foo/, 'foo'), schema, { fieldValidation: 'Strict' }), {
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 4: key "a" already set in map, unknown field "foo"',
  });
  assert.deepEqual(readYaml(twice).duplicates, [
    'line 4: key "a" already set in map',
    'line 7: key "n" already set in map',
  ]);
});

test('toYaml() quotes what would read as something else', () => {
  const value = {
    b: ['8080', 'true', '*', '', 'a: b', '2024-01-01T00:00:00Z', '22:22', 'plain text'],
    a: 'line\nline\n',
    c: 1.5,
    d: {},
    e: [],
  };
  assert.equal(
    toYaml(value),
    'a: |\n  line\n  line\nb:\n- "8080"\n- "true"\n- \'*\'\n- ""\n- \'a: b\'\n- "2024-01-01T00:00:00Z"\n- "22:22"\n- plain text\nc: 1.5\nd: {}\ne: []\n',
  );
});
