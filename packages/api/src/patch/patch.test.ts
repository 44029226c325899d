import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../errors.ts';
import { schemaFor } from '../schema/build.ts';
import { applyJsonPatch, jsonPatchProblems } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic.ts';

const schema = schemaFor({ group: '', version: 'v1', kind: 'Pod' });
assert.ok(schema);

const strategic = (object: unknown, patch: unknown) => applyStrategicMergePatch(object, patch, schema);
const code = (run: () => unknown): number => {
  try {
    run();
  } catch (error) {
    return error instanceof ApiError ? error.code : -1;
  }
  return 0;
};
const containers = (...list: readonly unknown[]) => ({ spec: { containers: list } });

test('applyJsonPatch() applies all operations or none, and changes no argument', () => {
  const object = { a: { b: [1] } };
  const operations = [
    { op: 'add', path: '/a/b/-', value: { c: 1 } },
    { op: 'test', path: '/a/b/0', value: 1 },
    { op: 'copy', from: '/a/b/1', path: '/d' },
    { op: 'replace', path: '/d/c', value: 2 },
    { op: 'remove', path: '/a/b/0' },
  ];
  const before = structuredClone(operations);
  assert.deepEqual(applyJsonPatch<unknown>(object, operations), { a: { b: [{ c: 1 }] }, d: { c: 2 } });
  assert.deepEqual(object, { a: { b: [1] } });
  assert.deepEqual(operations, before);
});

test('applyJsonPatch() answers 400, 413 or 422', () => {
  assert.equal(
    code(() => applyJsonPatch({}, {})),
    400,
  );
  assert.equal(
    code(() => applyJsonPatch({}, Array(10_001).fill({ op: 'test', path: '', value: {} }))),
    413,
  );
  assert.equal(
    code(() => applyJsonPatch({}, [{ op: 'remove', path: '/a' }])),
    422,
  );
  assert.equal(
    code(() => applyJsonPatch({}, [{ op: 'test', path: '/a', value: 1 }])),
    422,
  );
  assert.equal(
    code(() => applyJsonPatch({}, [{ op: 'add', path: '/__proto__/x', value: 1 }])),
    422,
  );
});

test('applyJsonPatch() stops copies that double without end', () => {
  const doubling = Array.from({ length: 60 }, (_, at) => ({ op: 'copy', from: '', path: `/k${at}` }));
  assert.equal(
    code(() => applyJsonPatch({ a: 'x'.repeat(100) }, doubling)),
    422,
  );
});

test('applyMergePatch() follows the examples of RFC 7396', () => {
  const cases: readonly (readonly [unknown, unknown, unknown])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ a: 'foo' }, { b: { c: null } }, { a: 'foo', b: {} }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [object, patch, expected] of cases) assert.deepEqual(applyMergePatch(object, patch), expected);
  assert.equal(
    code(() => applyMergePatch({}, [])),
    400,
  );
});

test('applyStrategicMergePatch() merges lists by key and puts new elements first, as upstream does', () => {
  const before = containers({ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }, { name: 'b', image: '1' });
  const after = strategic(before, containers({ name: 'c', image: '3' }, { name: 'b', image: '2' }));
  assert.deepEqual(
    after,
    containers(
      { name: 'c', image: '3' },
      { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: '2' },
    ),
  );
  assert.deepEqual(before.spec.containers.length, 2);
});

test('applyStrategicMergePatch() replaces lists without a merge strategy', () => {
  const before = containers({ name: 'a', args: ['1', '2'] });
  assert.deepEqual(strategic(before, containers({ name: 'a', args: ['3'] })), containers({ name: 'a', args: ['3'] }));
});

test('applyStrategicMergePatch() obeys $patch delete and replace', () => {
  const before = containers(
    { name: 'a', env: [{ name: 'X' }, { name: 'Y' }], resources: { limits: { cpu: '1' } } },
    { name: 'b' },
  );
  assert.deepEqual(
    strategic(
      before,
      containers({ name: 'b', $patch: 'delete' }, { name: 'a', env: [{ $patch: 'replace' }, { name: 'Z' }] }),
    ),
    containers({ name: 'a', env: [{ name: 'Z' }], resources: { limits: { cpu: '1' } } }),
  );
  const replaced = strategic(
    before,
    containers({ name: 'a', resources: { $patch: 'replace', requests: { cpu: '2' } } }),
  );
  const [first] = (replaced as { spec: { containers: { resources: unknown }[] } }).spec.containers;
  assert.deepEqual(first?.resources, { requests: { cpu: '2' } });
});

test('applyStrategicMergePatch() obeys $setElementOrder and $deleteFromPrimitiveList', () => {
  const before = {
    metadata: { finalizers: ['a', 'b', 'c'] },
    ...containers({ name: 'a' }, { name: 'server' }, { name: 'b' }),
  };
  const patch = {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] },
    spec: {
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
      containers: [{ name: 'c', image: 'x' }],
    },
  };
  const after = strategic(before, patch) as typeof before;
  assert.deepEqual(after.metadata.finalizers, ['a', 'c']);
  assert.deepEqual(
    after.spec.containers.map((container) => (container as { name: string }).name),
    ['server', 'b', 'c', 'a'],
  );
});

test('applyStrategicMergePatch() obeys $retainKeys', () => {
  const before = { spec: { volumes: [{ name: 'v', emptyDir: {} }] } };
  const patch = {
    spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' }, emptyDir: null }] },
  };
  assert.deepEqual(strategic(before, patch), { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } });
});

const nonsense: readonly (readonly [string, unknown, unknown, number, string])[] = [
  [
    'an element without its merge key',
    containers({ name: 'a' }),
    containers({ image: 'x', args: ['1', '2'] }),
    500,
    'map: map[args:[1 2] image:x] does not contain declared merge key: name',
  ],
  [
    'a directive that does not exist',
    containers({ name: 'a' }),
    containers({ name: 'a', $patch: 'mangle' }),
    500,
    'unknown patch type: mangle in map: map[$patch:mangle name:a]',
  ],
  [
    'a directive that is no string',
    { spec: {} },
    { spec: { $patch: 1 } },
    500,
    'unknown patch type: %!s(int64=1) in map: map[$patch:1]',
  ],
  [
    'a map that asks to be merged',
    { spec: {} },
    { spec: { $patch: 'merge' } },
    500,
    'unknown patch type: merge in map: map[$patch:merge]',
  ],
  [
    'a list that asks to be merged',
    containers({ name: 'a' }),
    containers({ $patch: 'merge' }),
    500,
    'merging lists cannot yet be specified in the patch',
  ],
  [
    'elements of several types',
    containers({ name: 'a' }),
    containers('a'),
    500,
    'list element types are not identical: [[map[name:a]] [a]]',
  ],
  [
    'a list of lists',
    { metadata: { finalizers: [] } },
    { metadata: { finalizers: [['a']] } },
    422,
    'the server rejected our request due to an error in our request',
  ],
  [
    'keys that are not retained',
    { spec: {} },
    { spec: { $retainKeys: ['a'], b: 1 } },
    400,
    'invalid patch format of retainKeys',
  ],
  [
    'another order than the one it sets',
    containers({ name: 'a' }),
    {
      spec: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
        containers: [{ name: 'a' }, { name: 'b' }],
      },
    },
    500,
    "The order in patch list:\n[map[name:a] map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:b] map[name:a]]\n",
  ],
  [
    'an order that is no list',
    containers({ name: 'a' }),
    { spec: { '$setElementOrder/containers': 'a' } },
    400,
    'invalid patch format of setElementOrder list',
  ],
  [
    'a deletion from a list that is no list',
    { metadata: { finalizers: ['a'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': 'a' } },
    400,
    'invalid patch format of primitive list',
  ],
];
for (const [what, object, patch, expected, message] of nonsense) {
  test(`applyStrategicMergePatch() refuses ${what}`, () => {
    assert.throws(
      () => strategic(object, patch),
      (error: ApiError) => error.code === expected && error.message === message,
    );
  });
}

test('applyJsonPatch() counts negative indices from the end of a list', () => {
  const patched = (op: string, path: string, value?: unknown) =>
    applyJsonPatch<unknown>({ a: [1, { b: 2 }, 3] }, [{ op, path, ...(value === undefined ? {} : { value }) }]);
  assert.deepEqual(patched('remove', '/a/-1'), { a: [1, { b: 2 }] });
  assert.deepEqual(patched('add', '/a/-1', 4), { a: [1, { b: 2 }, 3, 4] });
  assert.deepEqual(patched('replace', '/a/-3', 0), { a: [0, { b: 2 }, 3] });
  assert.deepEqual(patched('replace', '/a/-2/b', 5), { a: [1, { b: 5 }, 3] });
  assert.equal(
    code(() => patched('remove', '/a/-4')),
    422,
  );
});

test('jsonPatchProblems() tells members that no operation has, and members given twice', () => {
  const text = '[{"op":"add","op":"add","path":"/a","value":{"x":1,"y":2},"to":1}]';
  assert.deepEqual(jsonPatchProblems(JSON.parse(text), text), [
    'json patch unknown field "[0].to"',
    'json patch duplicate field "[0].op"',
  ]);
  assert.throws(() => jsonPatchProblems({}, '{}'), {
    message: 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
  });
  assert.throws(() => jsonPatchProblems([1], '[1]'), {
    message: 'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp',
  });
});

test('applyStrategicMergePatch() asks nothing of what the object does not have yet', () => {
  assert.deepEqual(strategic({}, { spec: { $retainKeys: ['a'], b: 1 } }), { spec: { b: 1 } });
});
