import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@steersman/api';
import { strategies } from '../resources/index.ts';
import { attributeReader, type Selectable } from './attributes.ts';

const selectables = [...strategies].flatMap(([name, { selectable }]) =>
  selectable === undefined ? [] : [{ name, selectable }],
);
/** What has to be a list to be read as one. */
const LISTS: Readonly<Record<string, unknown>> = { 'status.podIPs': [{ ip: 'x' }] };

/** An object that has the given fields, and the parts that every object has. */
function objectWith(paths: readonly string[]): KubeObject {
  const object: Record<string, Record<string, unknown>> = { metadata: {}, spec: {}, status: {} };
  for (const path of paths) {
    const [first = '', second] = path.split('.');
    if (second === undefined) Object.assign(object, { [first]: 'x' });
    else object[first] = { ...object[first], [second]: LISTS[path] ?? 'x' };
  }
  return object as unknown as KubeObject;
}

/** The object, telling every field that is read of it by its path. */
function watched<T extends object>(object: T, read: (path: string) => void, base = ''): T {
  return new Proxy(object, {
    get(target, name) {
      const path = `${base}${String(name)}`;
      read(path);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'object' && value !== null ? watched(value, read, `${path}.`) : value;
    },
  });
}

/** The declared fields, all and each one missing: what is not there leads the reader elsewhere. */
function samples({ reads }: Selectable): KubeObject[] {
  return [reads, [], ...reads.map((left) => reads.filter((path) => path !== left))].map(objectWith);
}

for (const { name, selectable } of selectables) {
  test(`selectable.fields of ${name} reads nothing but selectable.reads`, () => {
    const { reads } = selectable;
    const isDeclared = (path: string) =>
      reads.some((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`));
    for (const object of samples(selectable)) {
      // The parts are there whether or not any of them is read.
      const check = (path: string) => assert.ok(isDeclared(path) || path in object, `${path} is not declared`);
      selectable.fields(watched(object, check));
    }
  });

  test(`attributeReader() finds the same in the bytes of ${name} as in the object`, () => {
    const reader = attributeReader(selectable);
    for (const object of samples(selectable)) {
      const labelled = { ...object, metadata: { ...object.metadata, labels: { a: 'b' } } };
      for (const one of [object, labelled])
        assert.deepEqual(reader.ofBytes(Buffer.from(JSON.stringify(one))), reader.ofObject(one));
    }
  });
}

test('attributeReader() shares equal labels, whether they come from objects or from bytes', () => {
  const reader = attributeReader(undefined);
  const object = { metadata: { name: 'a', labels: { app: 'web' } } } as unknown as KubeObject;
  const read = () => reader.ofBytes(Buffer.from(JSON.stringify(object)))?.labels;
  assert.deepEqual(read(), { app: 'web' });
  assert.equal(read(), read());
  assert.equal(read(), reader.ofObject(object).labels);
});
