import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FactRule } from '../facts.ts';
import type { FieldError } from '../field-errors.ts';
import { schemaFor } from '../schema/build.ts';
import type { Field, ScalarSchema, Schema, StructSchema } from '../schema/schema.ts';
import { declaredErrors, type RuleOptions, withDeclared } from './declared.ts';
import { hasRules } from './plan.ts';

const texts = (errors: readonly FieldError[]) =>
  errors.map(({ type, field, message }) => `${type.replace('FieldValue', '')} ${field}: ${message}`);
const scalar = (type: ScalarSchema['type'], extra: Partial<ScalarSchema> = {}): ScalarSchema => ({
  kind: 'scalar',
  type,
  name: '',
  values: [],
  closed: false,
  schema: undefined,
  ...extra,
});

/** A struct of the given fields; only what the rules look at is filled in. */
function struct(fields: Readonly<Record<string, readonly [Schema, ...FactRule[]]>>, union?: string): StructSchema {
  const list = Object.entries(fields).map(
    ([name, [schema, ...rules]], index) =>
      ({ name, index, schema, rules, pointer: name.startsWith('p') }) as unknown as Field,
  );
  const unions = union === undefined ? [] : [{ discriminator: union, members: new Map() }];
  return { kind: 'struct', fields: list, unions } as unknown as StructSchema;
}
function causes(value: object, schema: StructSchema, options: Partial<RuleOptions> = {}): string[] {
  return texts(declaredErrors(value, schema, { level: 'enforced', ...options }));
}

const list = (element: Schema): Schema => ({ kind: 'list', element, topology: 'atomic', keys: [], wrapped: undefined });
const map = (element: Schema): Schema => ({ kind: 'map', element, atomic: false });
const text = scalar('string');
const number = scalar('int32');

const CASES: readonly (readonly [string, readonly [Schema, ...FactRule[]], unknown, readonly string[]])[] = [
  ['a missing text', [text, { rule: 'required' }], '', ['Required f: Required value']],
  ['a missing list', [list(text), { rule: 'required' }], [], ['Required f: Required value']],
  ['a forbidden value', [text, { rule: 'forbidden' }], 'x', ['Forbidden f: Forbidden']],
  [
    'a number too small',
    [number, { rule: 'minimum', value: 1 }],
    -1,
    ['Invalid f: Invalid value: -1: must be greater than or equal to 1'],
  ],
  [
    'a number too large',
    [number, { rule: 'maximum', value: 5 }],
    6,
    ['Invalid f: Invalid value: 6: must be less than or equal to 5'],
  ],
  [
    'a list too long',
    [list(text), { rule: 'maxItems', value: 1 }],
    ['a', 'b'],
    ['TooMany f: Too many: 2: must have at most 1 item'],
  ],
  [
    'a text of too many characters',
    [text, { rule: 'maxLength', value: 2 }],
    'äöü',
    ['TooLong f: Too long: may not be more than 2 characters'],
  ],
  [
    'a text of too many bytes',
    [text, { rule: 'maxBytes', value: 3 }],
    'äöü',
    ['TooLong f: Too long: may not be more than 3 bytes'],
  ],
  [
    'a UUID in capitals',
    [text, { rule: 'format', value: 'k8s-uuid' }],
    'A',
    ['Invalid f: Invalid value: "A": must be a lowercase UUID in 8-4-4-4-12 format'],
  ],
  [
    'a value outside a closed set',
    [scalar('string', { values: ['A', 'B'], rules: [{ rule: 'enum' }] })],
    'C',
    ['NotSupported f: Unsupported value: "C": supported values: "A", "B"'],
  ],
  [
    'a set with repetitions',
    [list(text), { rule: 'unique', value: 'set' }],
    ['a', 'a'],
    ['Duplicate f[1]: Duplicate value: "a"'],
  ],
  [
    'a list map with repeated keys',
    [list(struct({ name: [text] })), { rule: 'listType', value: 'map' }, { rule: 'listMapKey', value: 'name' }],
    [{ name: 'a' }, { name: 'b' }, { name: 'a' }],
    ['Duplicate f[2]: Duplicate value: {"name":"a"}'],
  ],
  [
    'a rule inside a map',
    [map(struct({ n: [number, { rule: 'minimum', value: 1 }] }))],
    { k: { n: -1 } },
    ['Invalid f[k].n: Invalid value: -1: must be greater than or equal to 1'],
  ],
  [
    'a key that is no label',
    [map(text), { rule: 'format', value: 'k8s-uuid', on: [{ eachKey: true }] }],
    { A: 'x' },
    ['Invalid f: Invalid value: "A": must be a lowercase UUID in 8-4-4-4-12 format'],
  ],
];
for (const [what, field, value, expected] of CASES) {
  test(`declaredErrors() refuses ${what}`, () =>
    assert.deepEqual(causes({ f: value }, struct({ f: field })), expected));
}

test('declaredErrors() takes repeated keys of a list whose topology only the schema names', () => {
  const schema = struct({ f: [{ kind: 'list', element: text, topology: 'set', keys: [], wrapped: undefined }] });
  assert.deepEqual(causes({ f: ['a', 'a'] }, schema), []);
});

test('declaredErrors() reports one cause for a field that is missing, not those of its other rules', () => {
  const schema = struct({ f: [text, { rule: 'format', value: 'k8s-uuid' }, { rule: 'required' }] });
  assert.deepEqual(causes({}, schema), ['Required f: Required value']);
});

test('declaredErrors() runs alpha rules only when asked for what is declared', () => {
  const schema = struct({ f: [text, { rule: 'required', stage: 'alpha' }] });
  assert.equal(hasRules(schema, 'enforced'), false);
  assert.deepEqual(causes({}, schema), []);
  assert.deepEqual(causes({}, schema, { level: 'declared' }), ['Required f: Required value']);
  const beta = struct({ f: [text, { rule: 'required', stage: 'beta' }] });
  assert.deepEqual(causes({}, beta), ['Required f: Required value']);
});

test('declaredErrors() asks feature gates and discriminators', () => {
  const gated = struct({ f: [text, { rule: 'forbidden', on: [{ ifDisabled: 'G' }] }] });
  assert.deepEqual(causes({ f: 'x' }, gated), ['Forbidden f: Forbidden']);
  assert.deepEqual(causes({ f: 'x' }, gated, { gates: new Set(['G']) }), []);
  const union = struct({ type: [text], pA: [text, { rule: 'required', on: [{ member: 'A' }] }] }, 'type');
  assert.deepEqual(causes({ type: 'A' }, union), ['Required pA: Required value']);
  assert.deepEqual(causes({ type: 'B' }, union), []);
});

test('declaredErrors() wants exactly one member of a union', () => {
  const member = { rule: 'unionMember' };
  const schema = struct({ pa: [text, member], pb: [text, member] });
  const both = 'Invalid : Invalid value: "{`pa`, `pb`}": must specify exactly one of: `pa`, `pb`';
  assert.deepEqual(causes({ pa: 'x', pb: 'y' }, schema), [both]);
  assert.deepEqual(causes({}, schema), ['Invalid : Invalid value: "": must specify one of: `pa`, `pb`']);
  assert.deepEqual(causes({ pb: '' }, schema), []);
  assert.deepEqual(causes({ pa: 'z', pb: 'y' }, schema, { old: { pa: 'x', pb: 'y' } }), []);
});

test('declaredErrors() does not judge again what an update leaves unchanged', () => {
  const schema = struct({
    items: [
      list(struct({ name: [text], n: [number, { rule: 'minimum', value: 1 }] })),
      { rule: 'listType', value: 'map' },
      { rule: 'listMapKey', value: 'name' },
    ],
    fixed: [text, { rule: 'immutable' }],
  });
  const old = { items: [{ name: 'a', n: -1 }], fixed: 'x' };
  assert.deepEqual(
    causes(
      {
        items: [
          { name: 'b', n: 2 },
          { name: 'a', n: -1 },
        ],
        fixed: 'x',
      },
      schema,
      { old },
    ),
    [],
  );
  assert.deepEqual(causes({ items: [{ name: 'a', n: -2 }], fixed: 'y' }, schema, { old }), [
    'Invalid items[0].n: Invalid value: -2: must be greater than or equal to 1',
    'Invalid fixed: Invalid value: "y": field is immutable',
  ]);
});

test('withDeclared() keeps the hand-written cause where both name a field and a reason', () => {
  const own = [{ type: 'FieldValueInvalid', field: 'a', message: 'own' }] as const;
  const declared = [
    { type: 'FieldValueInvalid', field: 'a', message: 'declared' },
    { type: 'FieldValueInvalid', field: 'b', message: 'declared' },
  ] as const;
  assert.deepEqual(withDeclared(own, declared), [own[0], declared[1]]);
});

test('hasRules() is false for pods, so that writing one pays for no rule', () => {
  const schema = schemaFor({ group: '', version: 'v1', kind: 'Pod' });
  assert.ok(schema);
  assert.equal(hasRules(schema, 'declared'), false);
});

test('declaredErrors() enforces what v1.36 enforces on its own for PodGroups', () => {
  const schema = schemaFor({ group: 'scheduling.k8s.io', version: 'v1alpha2', kind: 'PodGroup' });
  assert.ok(schema);
  const found = causes({ spec: { schedulingPolicy: { basic: {}, gang: { minCount: 0 } }, priority: 5 } }, schema);
  assert.deepEqual(found.map((line) => line.split(':')[0]).sort(), [
    'Forbidden spec.priority',
    'Invalid spec.schedulingPolicy',
    'Required spec.schedulingPolicy.gang.minCount',
  ]);
});
