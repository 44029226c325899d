import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../contract.ts';
import { ApiError } from '../errors.ts';
import type { ManagedFieldsEntry } from '../generated/meta.ts';
import { normalize } from '../json/decode.ts';
import { schemaFor } from '../schema/build.ts';
import { applyServerSide, trackUpdate } from './apply.ts';
import { decodePartial } from './partial.ts';
import { type ResetFields, resetFields } from './reset-fields.ts';

interface Any extends KubeObject {
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}
const KINDS: Readonly<Record<string, { group: string; version: string }>> = {
  Deployment: { group: 'apps', version: 'v1' },
  Service: { group: '', version: 'v1' },
  ConfigMap: { group: '', version: 'v1' },
};
const [T0, T1, T2] = ['2024-01-01T00:00:00Z', '2024-01-01T00:01:00Z', '2024-01-01T00:02:00Z'];

function schemaOf(kind: string) {
  const schema = schemaFor({ group: '', version: '', ...KINDS[kind], kind });
  assert.ok(schema);
  return schema;
}
const apiVersionOf = (kind: string) => (KINDS[kind]?.group === '' ? 'v1' : `${KINDS[kind]?.group}/v1`);
const object = (kind: string, rest: object, metadata: object = {}): Any => ({
  kind,
  apiVersion: apiVersionOf(kind),
  metadata: { name: 'x', ...metadata },
  ...rest,
});

interface Options {
  readonly force?: boolean;
  readonly now?: string;
  readonly subresource?: string;
  readonly reset?: ResetFields;
}
function apply(live: Any | undefined, manager: string, document: Any, options: Options = {}): Any {
  const kind = document.kind ?? '';
  return applyServerSide<Any>({
    live,
    applied: decodePartial(document, schemaOf(kind)),
    schema: schemaOf(kind),
    manager,
    apiVersion: apiVersionOf(kind),
    force: options.force ?? false,
    now: options.now ?? T0,
    subresource: options.subresource ?? '',
    resetFields: options.reset,
  });
}
function update(before: Any | undefined, after: Any, manager: string, options: Options = {}): Any {
  const kind = after.kind ?? '';
  return trackUpdate<Any>({
    before,
    after: { ...normalize<Any>(after, schemaOf(kind)), metadata: after.metadata },
    schema: schemaOf(kind),
    manager,
    apiVersion: apiVersionOf(kind),
    now: options.now ?? T0,
    subresource: options.subresource ?? '',
    resetFields: options.reset,
  });
}
const entryOf = (of: Any, manager: string): ManagedFieldsEntry | undefined =>
  of.metadata.managedFields?.find((entry) => entry.manager === manager);
const fieldsOf = (of: Any, manager: string): unknown => entryOf(of, manager)?.fieldsV1;
const timesOf = (of: Any) => of.metadata.managedFields?.map(({ manager, time }) => [manager, time]);
const config = (data: Record<string, string>, metadata = {}) => object('ConfigMap', { data }, metadata);

function refusal(run: () => unknown): { code: number; message: string; causes: number } {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError)
      return { code: error.code, message: error.message, causes: error.status.details?.causes?.length ?? 0 };
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

test('trackUpdate() renews the time of a manager when it changes a value, though it owned the field before', () => {
  const first = update(undefined, config({ a: '1', b: '1' }), 'one');
  const second = update(first, config({ a: '2', b: '1' }), 'one', { now: T1 });
  assert.deepEqual(timesOf(second), [['one', T1]]);
  const third = update(second, config({ a: '2' }), 'one', { now: T2 });
  assert.deepEqual(timesOf(third), [['one', T1]], 'to remove is to write no field');
  assert.deepEqual(fieldsOf(third, 'one'), { 'f:data': { '.': {}, 'f:a': {} } });
});

test('applyServerSide() renews the time of an applier when the object changes, and gives who agrees none', () => {
  const first = apply(undefined, 'one', config({ a: '1' }));
  const agreed = apply(first, 'two', config({ a: '1' }), { now: T1 });
  assert.deepEqual(timesOf(agreed), [
    ['two', undefined],
    ['one', T0],
  ]);
  const changed = apply(agreed, 'one', config({ a: '2' }), { now: T2, force: true });
  assert.deepEqual(timesOf(changed), [['one', T2]]);
});

test('trackUpdate() takes an empty list, and one empty entry, for the wish to forget all owners', () => {
  const first = update(undefined, config({ a: '1' }), 'one');
  for (const managedFields of [[], [{}]]) {
    const forgotten = update(first, config({ a: '2' }, { managedFields }), 'two');
    assert.equal(forgotten.metadata.managedFields, undefined);
    const later = update(forgotten, config({ a: '3' }), 'two');
    assert.equal(later.metadata.managedFields, undefined, 'nothing is recorded until somebody applies');
    const applied = apply(later, 'three', config({ b: '1' }));
    assert.deepEqual(fieldsOf(applied, 'before-first-apply'), { 'f:data': { '.': {}, 'f:a': {} } });
  }
});

const unreadable: readonly (readonly [string, ManagedFieldsEntry])[] = [
  ['another operation', { manager: 'm', operation: 'Create', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }],
  ['no version', { manager: 'm', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } }],
  ['no type of fields', { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:data': {} } }],
  [
    'another type of fields',
    { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV2', fieldsV1: { 'f:data': {} } },
  ],
  [
    'fields that are none',
    { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'x:data': {} } },
  ],
];
for (const [what, entry] of unreadable) {
  test(`trackUpdate() keeps the stored owners when a client sends an entry with ${what}`, () => {
    const first = update(undefined, config({ a: '1' }), 'one');
    const second = update(first, config({ a: '1' }, { managedFields: [entry] }), 'two');
    assert.deepEqual(second.metadata.managedFields, first.metadata.managedFields);
  });
}

test('trackUpdate() ignores the owners that are sent to a subresource', () => {
  const first = update(undefined, config({ a: '1' }), 'one');
  const sent = config({ a: '1', b: '1' }, { managedFields: [{}] });
  const second = update(first, sent, 'two', { subresource: 'status', now: T1 });
  assert.deepEqual(fieldsOf(second, 'one'), { 'f:data': { '.': {}, 'f:a': {} } });
  assert.deepEqual(entryOf(second, 'two')?.subresource, 'status');
});

test('trackUpdate() and applyServerSide() give nobody the fields that an endpoint does not write', () => {
  const reset = resetFields(['status'], ['metadata', 'labels']);
  const sent = object('Deployment', { spec: { replicas: 1 }, status: { replicas: 7 } }, { labels: { a: 'b' } });
  const made = update(undefined, sent, 'one', { reset });
  assert.equal((fieldsOf(made, 'one') as Record<string, unknown>)['f:status'], undefined);
  assert.equal((fieldsOf(made, 'one') as Record<string, unknown>)['f:metadata'], undefined);
  const changed = update(made, { ...sent, status: { replicas: 8 } } as Any, 'two', { reset, now: T1 });
  assert.deepEqual(timesOf(changed), [['one', T0]]);
  assert.deepEqual(fieldsOf(apply(undefined, 'three', sent, { reset }), 'three'), { 'f:spec': { 'f:replicas': {} } });
});

test('trackUpdate() folds the oldest managers into one per version when there are more than ten', () => {
  const entry = (at: number, apiVersion: string): ManagedFieldsEntry => ({
    manager: `m${String(at).padStart(2, '0')}`,
    operation: 'Update',
    apiVersion,
    time: `2020-01-01T00:00:${String(at).padStart(2, '0')}Z`,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': { [`f:k${at}`]: {} } },
  });
  const managedFields = Array.from({ length: 10 }, (_, at) => entry(at, at === 0 ? 'v2' : 'v1'));
  const data = Object.fromEntries(managedFields.map((_, at) => [`k${at}`, '1']));
  const before = config(data, { managedFields, uid: 'u' });
  const after = update(before, config({ ...data, new: '1' }), 'last', { now: T0 });
  assert.deepEqual(
    after.metadata.managedFields?.map(({ manager, apiVersion, time }) => [manager, apiVersion, time?.slice(17, 19)]),
    [
      ['m00', 'v2', '00'],
      ['ancient-changes', 'v1', '02'],
      ...['03', '04', '05', '06', '07', '08', '09'].map((at) => [`m${at}`, 'v1', at]),
      ['last', 'v1', '00'],
    ],
  );
  assert.deepEqual(fieldsOf(after, 'ancient-changes'), { 'f:data': { 'f:k1': {}, 'f:k2': {} } });
});

test('applyServerSide() removes with a struct that its applier drops what the server had filled in there', () => {
  const container = (resources?: object) =>
    object('Deployment', {
      spec: { template: { spec: { containers: [{ name: 'a', image: 'i', ...(resources && { resources }) }] } } },
    });
  const first = apply(undefined, 'me', container({ limits: { cpu: '1' } }));
  const defaulted = structuredClone(first) as unknown as {
    spec: { template: { spec: { containers: { resources: unknown }[] } } };
  };
  defaulted.spec.template.spec.containers[0]!.resources = { limits: { cpu: '1' }, requests: { cpu: '1' } };
  const last = apply(defaulted as unknown as Any, 'me', container()) as unknown as typeof defaulted;
  assert.deepEqual(last.spec.template.spec.containers[0]?.resources ?? {}, {});
});

test('applyServerSide() keeps what nobody owns beside what its applier drops', () => {
  const first = apply(undefined, 'me', object('Deployment', { spec: { replicas: 2, paused: true } }));
  const defaulted = { ...first, spec: { ...(first.spec as object), progressDeadlineSeconds: 600 } };
  const last = apply(defaulted, 'me', object('Deployment', { spec: { paused: true } }));
  const { replicas, progressDeadlineSeconds } = last.spec as Record<string, unknown>;
  assert.deepEqual([replicas, progressDeadlineSeconds], [undefined, 600]);
});

test('applyServerSide() leaves what another owns of a struct that its applier drops', () => {
  const strategy = (rollingUpdate: object) => object('Deployment', { spec: { strategy: { rollingUpdate } } });
  const first = apply(undefined, 'one', strategy({ maxSurge: 1 }));
  const second = apply(first, 'two', strategy({ maxUnavailable: 2 }));
  const last = apply(second, 'one', object('Deployment', { spec: { paused: true } }));
  assert.deepEqual((last.spec as { strategy: unknown }).strategy, { rollingUpdate: { maxUnavailable: 2 } });
});

test('applyServerSide() clears a value that is applied as null, and owns it', () => {
  const live = update(undefined, object('Deployment', { spec: { replicas: 2 } }), 'one');
  const nulled = object('Deployment', { spec: { replicas: null } });
  assert.match(
    refusal(() => apply(live, 'two', nulled)).message,
    /conflict with "one" using apps\/v1: \.spec\.replicas$/,
  );
  const taken = apply(live, 'two', nulled, { force: true });
  assert.equal((taken.spec as Record<string, unknown>)['replicas'], undefined);
  assert.deepEqual(fieldsOf(taken, 'two'), { 'f:spec': { 'f:replicas': {} } });
  const kept = apply(live, 'three', object('Deployment', { metadata: { name: 'x', labels: null } }));
  assert.deepEqual(fieldsOf(kept, 'three'), { 'f:metadata': { 'f:labels': {} } });
});

test('applyServerSide() tells keyed elements apart by the defaults of what they leave out', () => {
  const ports = (...list: readonly object[]) => object('Service', { spec: { ports: list } });
  const first = apply(undefined, 'one', ports({ port: 53, name: 'a' }));
  const second = apply(first, 'two', ports({ port: 53, protocol: 'UDP', name: 'b' }));
  assert.equal((second.spec as { ports: unknown[] }).ports.length, 2);
  const same = refusal(() => apply(first, 'two', ports({ port: 53, protocol: 'TCP', name: 'b' })));
  assert.match(same.message, /conflict with "one": \.spec\.ports\[port=53,protocol="TCP"\]\.name$/);
});

test('applyServerSide() counts a field once for each manager that owns it', () => {
  const live = apply(apply(undefined, 'one', config({ a: '1', b: '1' })), 'two', config({ a: '1' }));
  assert.deepEqual(
    refusal(() => apply(live, 'three', config({ a: '2', b: '2' }))),
    {
      code: 409,
      message:
        'Apply failed with 3 conflicts: conflicts with "one":\n- .data.a\n- .data.b\nconflicts with "two":\n- .data.a',
      causes: 3,
    },
  );
});

test('applyServerSide() names the subresource through which a field was taken', () => {
  const live = update(undefined, config({ a: '1' }), 'one', { subresource: 'status' });
  assert.match(
    refusal(() => apply(live, 'two', config({ a: '2' }))).message,
    /conflict with "one" with subresource "status" using v1: \.data\.a$/,
  );
});

const refused: readonly (readonly [string, unknown, string])[] = [
  [
    'several unknown fields',
    { spec: { foo: 1, bar: 2 } },
    'errors:\n  .spec.foo: field not declared in schema\n  .spec.bar: field not declared in schema',
  ],
  ['a text for a number', { spec: { replicas: 'x' } }, '.spec.replicas: expected numeric (int or float), got string'],
  [
    'a number for a text',
    { metadata: { name: 'x', labels: { a: 1 } } },
    '.metadata.labels.a: expected string, got &value.valueUnstructured{Value:1}',
  ],
  ['a text for a boolean', { spec: { paused: 'yes' } }, '.spec.paused: expected boolean, got &{yes}'],
  ['a text for a map', { spec: 'x' }, '.spec: expected map, got &{x}'],
  [
    'a map for a list',
    { spec: { template: { spec: { containers: { a: 1 } } } } },
    '.spec.template.spec.containers: expected list, got &{map[a:1]}',
  ],
  [
    'a map for a quantity or a port',
    { spec: { strategy: { rollingUpdate: { maxSurge: {} } } } },
    '.spec.strategy.rollingUpdate.maxSurge: expected any scalar, got &{map[]}',
  ],
  [
    'an element that is null',
    { spec: { template: { spec: { containers: [null] } } } },
    '.spec.template.spec.containers: element 0: associative list with keys may not have a null element',
  ],
  [
    'an element twice in a set',
    { metadata: { name: 'x', finalizers: ['a', 'a'] } },
    '.metadata.finalizers: duplicate entries for key [="a"]',
  ],
];
for (const [what, rest, problem] of refused) {
  test(`decodePartial() refuses ${what}`, () => {
    const document = { ...object('Deployment', {}), ...(rest as object) };
    const { code, message } = refusal(() => decodePartial(document, schemaOf('Deployment')));
    assert.equal(code, 500);
    assert.equal(message, `failed to create typed patch object (/x; apps/v1, Kind=Deployment): ${problem}`);
  });
}

test('decodePartial() names the namespace and the core group as upstream prints them', () => {
  const document = object('ConfigMap', { foo: 1 }, { namespace: 'ns' });
  assert.match(
    refusal(() => decodePartial(document, schemaOf('ConfigMap'))).message,
    /^failed to create typed patch object \(ns\/x; \/v1, Kind=ConfigMap\): \.foo: field not declared in schema$/,
  );
});
