/** For tests: runs an object through what a create or update does before it is stored, and lists the causes it gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyDeclaredDefaults,
  applyMergePatch,
  type Draft,
  declaredErrors,
  type FieldError,
  type KubeObject,
  type ResourceType,
  schemaFor,
  withDeclared,
} from '@steersman/api';
import type { RequestContext, Strategy } from '../registry/contract.ts';
import { validateMetadata, validateMetadataUpdate } from '../registry/metadata-validation.ts';

/** A sentence's end, a JSON merge patch that spoils the good object, and the causes: `Reason field: message`. */
export type BadObject = readonly [what: string, patch: object, causes: readonly string[]];

export interface Kind<T extends KubeObject> {
  /** The strategy's name, for the names of the tests. */
  readonly name: string;
  readonly type: ResourceType<T>;
  readonly strategy: Strategy<T>;
  readonly good: T;
}

/** Registers one test per bad object, and one that the good object is accepted. */
export function refusesToCreate<T extends KubeObject>(kind: Kind<T>, table: readonly BadObject[]): void {
  test(`${kind.name}.validate() accepts a good object`, () => assert.deepEqual(causesOfCreate(kind, {}), []));
  for (const [what, patch, causes] of table)
    test(`${kind.name}.validate() refuses ${what}`, () => assert.deepEqual(causesOfCreate(kind, patch), causes));
}

export function refusesToUpdate<T extends KubeObject>(kind: Kind<T>, table: readonly BadObject[]): void {
  test(`${kind.name}.validateUpdate() accepts an unchanged object`, () =>
    assert.deepEqual(causesOfUpdate(kind, {}), []));
  for (const [what, patch, causes] of table)
    test(`${kind.name}.validateUpdate() refuses ${what}`, () => assert.deepEqual(causesOfUpdate(kind, patch), causes));
}

function causesOfCreate<T extends KubeObject>(kind: Kind<T>, patch: object): string[] {
  const object = prepared(kind, applyMergePatch(kind.good, patch) as T);
  const { strategy, type } = kind;
  return texts([
    ...validateMetadata(object, type.namespaced, strategy.validateName),
    ...withDeclared(strategy.validate?.(object) ?? [], declared(kind, object)),
  ]);
}

export function causesOfUpdate<T extends KubeObject>(kind: Kind<T>, patch: object): string[] {
  const { strategy } = kind;
  const old = prepared(kind, kind.good);
  const draft = defaulted(kind, applyMergePatch(old, patch) as T);
  void strategy.prepareForUpdate?.(draft, old, testContext);
  const object = draft as unknown as T;
  const own = strategy.validateUpdate?.(object, old) ?? strategy.validate?.(object) ?? [];
  return texts([...validateMetadataUpdate(object, old), ...withDeclared(own, declared(kind, object, old))]);
}

function declared<T extends KubeObject>({ type, strategy }: Kind<T>, object: T, old?: T): readonly FieldError[] {
  const schema = schemaFor(type);
  return schema === undefined ? [] : declaredErrors(object, schema, { level: strategy.rules ?? 'enforced', old });
}

/** The good object as it would be stored. */
export function prepared<T extends KubeObject>(kind: Kind<T>, object: T): T {
  const draft = defaulted(kind, object);
  draft.metadata.uid ??= 'd0c7e7a4-0000-4000-8000-000000000001';
  void kind.strategy.prepareForCreate?.(draft, testContext);
  return draft as unknown as T;
}

function defaulted<T extends KubeObject>({ type, strategy }: Kind<T>, object: T): Draft<T> & Draft<KubeObject> {
  const draft = structuredClone(object) as unknown as Draft<T> & Draft<KubeObject>;
  const schema = schemaFor(type);
  assert.ok(schema, `no schema for ${type.kind}`);
  applyDeclaredDefaults(draft as never, schema);
  strategy.defaults?.(draft);
  return draft;
}

/** Preparation of these kinds asks only who is asking, and when. */
const testContext = {
  clock: { now: () => 0 },
  user: { name: 'tester', groups: ['system:authenticated'] },
  warn: () => undefined,
} as unknown as RequestContext;

function texts(errors: readonly FieldError[]): string[] {
  return errors.map(({ type, field, message }) => `${type.replace('FieldValue', '')} ${field}: ${message}`);
}
