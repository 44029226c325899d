import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../contract.ts';
import { ApiError } from '../errors.ts';
import type { Deployment } from '../generated/apps.ts';
import { normalize } from '../json/decode.ts';
import { schemaFor } from '../schema/build.ts';
import { semanticEqual } from '../schema/equal.ts';
import { applyServerSide, trackUpdate } from './apply.ts';
import {
  difference,
  EMPTY_SET,
  equalSets,
  type FieldSet,
  fromFieldsV1,
  intersection,
  nodeOf,
  pathsOf,
  toFieldsV1,
  union,
} from './field-set.ts';
import { decodePartial } from './partial.ts';

const schema = schemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' });
assert.ok(schema);
const apiVersion = 'apps/v1';
const now = '2024-01-01T00:00:00Z';
const later = '2024-01-01T00:01:00Z';

const deployment = (spec: unknown, metadata: object = {}) => ({
  kind: 'Deployment',
  apiVersion,
  metadata: { name: 'web', ...metadata },
  spec,
});
const podSpec = (...containers: readonly unknown[]) => ({ template: { spec: { containers } } });

function apply(live: Deployment | undefined, manager: string, document: unknown, force = false): Deployment {
  assert.ok(schema);
  return applyServerSide<Deployment>({
    live,
    applied: decodePartial(document, schema),
    schema,
    manager,
    apiVersion,
    force,
    now,
  });
}
function update(before: Deployment | undefined, after: unknown, manager: string, at = now): Deployment {
  assert.ok(schema);
  return trackUpdate<Deployment>({
    before,
    after: normalize<Deployment>(after, schema),
    schema,
    manager,
    apiVersion,
    now: at,
  });
}
function owned(object: KubeObject, manager: string): unknown {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
}
function refusal(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

test('applyServerSide() records the fields applied, by the keys of lists', () => {
  const made = apply(
    undefined,
    'me',
    deployment(
      { replicas: 2, ...podSpec({ name: 'a', image: 'x', ports: [{ containerPort: 80 }] }) },
      { labels: { a: 'b' } },
    ),
  );
  assert.deepEqual(owned(made, 'me'), {
    'f:metadata': { 'f:labels': { 'f:a': {} } },
    'f:spec': {
      'f:replicas': {},
      'f:template': {
        'f:spec': {
          'f:containers': {
            'k:{"name":"a"}': {
              '.': {},
              'f:image': {},
              'f:name': {},
              'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
            },
          },
        },
      },
    },
  });
  const [entry] = made.metadata.managedFields ?? [];
  assert.deepEqual(
    [entry?.operation, entry?.apiVersion, entry?.time, entry?.fieldsType],
    ['Apply', apiVersion, now, 'FieldsV1'],
  );
});

test('applyServerSide() removes what its manager no longer applies, and keeps what another owns', () => {
  const first = apply(
    undefined,
    'me',
    deployment(
      { replicas: 2, ...podSpec({ name: 'a', image: 'x' }, { name: 'b', image: 'y' }) },
      { labels: { a: '1', b: '1' } },
    ),
  );
  const shared = apply(first, 'you', deployment({}, { labels: { b: '1' } }));
  const last = apply(shared, 'me', deployment(podSpec({ name: 'b', image: 'y' })));
  assert.equal(last.spec.replicas, undefined);
  assert.deepEqual(last.metadata.labels, { b: '1' });
  assert.deepEqual(
    last.spec.template.spec?.containers.map(({ name }) => name),
    ['b'],
  );
});

test('applyServerSide() refuses to change what others own, in the words of upstream', () => {
  const live = update(undefined, deployment({ replicas: 2, ...podSpec({ name: 'a', image: 'x' }) }), 'kubectl');
  const one = refusal(() => apply(live, 'me', deployment({ replicas: 3 })));
  assert.equal(one.code, 409);
  assert.equal(one.message, 'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas');
  assert.deepEqual(one.status.details?.causes, [
    { reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using apps/v1', field: '.spec.replicas' },
  ]);
  const two = refusal(() => apply(live, 'me', deployment({ replicas: 3, ...podSpec({ name: 'a', image: 'y' }) })));
  assert.equal(
    two.message,
    'Apply failed with 2 conflicts: conflicts with "kubectl" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="a"].image',
  );
  assert.equal(apply(live, 'me', deployment({ replicas: 2 })).spec.replicas, 2);
});

test('applyServerSide() takes fields over when forced', () => {
  const live = update(undefined, deployment({ replicas: 2, paused: true }), 'kubectl');
  const taken = apply(live, 'me', deployment({ replicas: 3 }), true);
  assert.equal(taken.spec.replicas, 3);
  assert.equal(
    (owned(taken, 'kubectl') as Record<string, Record<string, unknown>>)['f:spec']?.['f:replicas'],
    undefined,
  );
  assert.deepEqual(owned(taken, 'me'), { 'f:spec': { 'f:replicas': {} } });
});

test('applyServerSide() gives what nobody was recorded for to before-first-apply', () => {
  assert.ok(schema);
  const live = normalize<Deployment>(deployment({ replicas: 2 }), schema);
  const error = refusal(() => apply(live, 'me', deployment({ replicas: 3 })));
  assert.match(error.message, /conflict with "before-first-apply" using apps\/v1: \.spec\.replicas$/);
});

test('applyServerSide() changes nothing when the same is applied again', () => {
  const document = deployment({ replicas: 2, ...podSpec({ name: 'a', image: 'x', env: [{ name: 'A', value: '1' }] }) });
  const first = apply(undefined, 'me', document);
  assert.equal(JSON.stringify(apply(first, 'me', document)), JSON.stringify(first));
});

test('trackUpdate() gives the updater what it changed and keeps the time of those who changed nothing', () => {
  const first = update(undefined, deployment({ replicas: 2, ...podSpec({ name: 'a', image: 'x' }) }), 'one');
  const second = update(first, { ...first, spec: { ...first.spec, replicas: 3 } }, 'two', later);
  assert.deepEqual(owned(second, 'two'), { 'f:spec': { 'f:replicas': {} } });
  assert.deepEqual(
    second.metadata.managedFields?.map(({ manager, time }) => [manager, time]),
    [
      ['one', now],
      ['two', later],
    ],
  );
  const same = update(second, second, 'three', later);
  assert.equal(JSON.stringify(same), JSON.stringify(second));
});

test('trackUpdate() forgets what is removed, resets on an empty entry and folds old managers into one', () => {
  const first = update(undefined, deployment({ replicas: 2, paused: true }), 'one');
  const { replicas: _, ...spec } = first.spec;
  const second = update(first, { ...first, spec }, 'two', later);
  assert.equal((owned(second, 'one') as Record<string, Record<string, unknown>>)['f:spec']?.['f:replicas'], undefined);
  const reset = update(second, { ...second, metadata: { ...second.metadata, managedFields: [{}] } }, 'two', later);
  assert.equal(reset.metadata.managedFields, undefined);
  let object = first;
  for (let at = 0; at < 20; at += 1)
    object = update(
      object,
      { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [`l${at}`]: '1' } } },
      `m${at}`,
    );
  assert.equal(object.metadata.managedFields?.length, 10);
  assert.ok(owned(object, 'ancient-changes') !== undefined);
});

test('decodePartial() refuses unknown fields and doubled elements', () => {
  assert.ok(schema);
  const text =
    'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema';
  assert.equal(refusal(() => decodePartial(deployment({ foo: 1 }), schema)).message, text);
  assert.match(
    refusal(() => decodePartial(deployment(podSpec({ name: 'a' }, { name: 'a' })), schema)).message,
    /\.spec\.template\.spec\.containers: duplicate entries for key \[name="a"\]$/,
  );
});

function sets(depth: number): fc.Arbitrary<FieldSet> {
  if (depth === 0) return fc.boolean().map((member) => nodeOf(member, new Map()));
  const child = fc.tuple(fc.constantFrom('f:a', 'f:b', 'v:"x"', 'k:{"name":"a"}'), sets(depth - 1));
  return fc
    .tuple(fc.boolean(), fc.array(child, { maxLength: 3 }))
    .map(([member, children]) =>
      nodeOf(member, new Map(children.filter(([, { member: own, children: below }]) => own || below.size > 0))),
    );
}
const rooted = sets(3).map((set) => nodeOf(false, set.children));

test('fromFieldsV1() of toFieldsV1() is the same set', () => {
  fc.assert(
    fc.property(rooted, (set) =>
      assert.ok(equalSets(fromFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(set)))) ?? EMPTY_SET, set)),
    ),
  );
});

test('difference(), union() and intersection() agree with sets of paths', () => {
  fc.assert(
    fc.property(rooted, rooted, (a, b) => {
      const [left, right] = [new Set(pathsOf(a)), new Set(pathsOf(b))];
      assert.deepEqual(new Set(pathsOf(union(a, b))), left.union(right));
      assert.deepEqual(new Set(pathsOf(difference(a, b))), left.difference(right));
      assert.deepEqual(new Set(pathsOf(intersection(a, b))), left.intersection(right));
    }),
  );
});

test('applyServerSide() of any labels by two managers keeps the last of each', () => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { noNullPrototype: true });
  fc.assert(
    fc.property(labels, labels, labels, (one, two, again) => {
      const first = apply(undefined, 'one', deployment({}, { labels: one }));
      const second = apply(first, 'two', deployment({}, { labels: two }), true);
      const third = apply(second, 'one', deployment({}, { labels: again }), true);
      assert.ok(semanticEqual(third.metadata.labels, { ...two, ...again }));
    }),
  );
});

test('applyServerSide() keeps live elements at their place among the applied ones', () => {
  const names = (live: readonly string[], applied: readonly string[]) => {
    const of = (list: readonly string[]) => deployment(podSpec(...list.map((name) => ({ name, image: 'x' }))));
    const made = apply(apply(undefined, 'first', of(live)), 'second', of(applied));
    const { spec } = made as unknown as { spec: { template: { spec: { containers: { name: string }[] } } } };
    return spec.template.spec.containers.map(({ name }) => name).join('');
  };
  assert.equal(names(['a'], ['b']), 'ab');
  assert.equal(names(['a', 's', 'c'], ['x', 's']), 'axsc');
  assert.equal(names(['s', 't', 'a'], ['t', 's']), 'tas');
});

test('applyServerSide() keeps the name when the last label that a manager applied goes', () => {
  const first = apply(undefined, 'kubectl', deployment({}, { labels: { app: 'web' } }));
  const second = apply(first, 'kubectl', deployment({}));
  assert.equal(second.metadata.name, 'web');
  assert.equal(second.metadata.labels, undefined);
});
