import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeGroups } from './merge-groups.ts';
import { mergeOrders } from './merge-orders.ts';

test('mergeOrders() keeps the order of every list, and takes the alphabet where they say nothing', () => {
  assert.deepEqual(mergeOrders([['b', 'a'], ['b']]), ['b', 'a']);
  assert.deepEqual(
    mergeOrders([
      ['c', 'd'],
      ['c', 'b', 'd', 'a'],
    ]),
    ['c', 'b', 'd', 'a'],
  );
  assert.deepEqual(
    mergeOrders([
      ['x', 'b'],
      ['x', 'a'],
      ['m', 'a'],
    ]),
    ['m', 'x', 'a', 'b'],
  );
  assert.deepEqual(
    mergeOrders([
      ['b', 'a', 'x'],
      ['a', 'b', 'y'],
    ]),
    ['a', 'b', 'x', 'y'],
  );
  assert.deepEqual(mergeOrders([]), []);
});

const resource = (name: string, verbs: readonly string[] = ['get'], subresources: readonly string[] = []) => ({
  resource: name,
  verbs,
  ...(subresources.length === 0 ? {} : { subresources: subresources.map((subresource) => ({ subresource })) }),
});
const group = (name: string, versions: Readonly<Record<string, readonly ReturnType<typeof resource>[]>>) => ({
  metadata: { name },
  versions: Object.entries(versions).map(([version, resources]) => ({ version, resources, freshness: 'Current' })),
});

test('mergeGroups() shows every group, version and resource that any server has, the same from whichever server', () => {
  const old = [
    group('apps', { v1: [resource('deployments', ['get', 'list'], ['scale'])] }),
    group('batch', { v1: [] }),
  ];
  const young = [
    group('apps', { v1: [resource('deployments', ['get', 'watch'], ['status']), resource('things')], v1beta1: [] }),
    group('aaa', { v1: [] }),
    group('batch', { v1: [resource('jobs')] }),
  ];
  const merged = mergeGroups(
    new Map([
      ['old', old],
      ['young', young],
    ]),
  );
  assert.deepEqual(
    merged,
    mergeGroups(
      new Map([
        ['young', young],
        ['old', old],
      ]),
    ),
  );
  assert.deepEqual(
    merged.map(({ metadata }) => metadata.name),
    ['apps', 'aaa', 'batch'],
  );
  assert.deepEqual(merged[0]?.versions, [
    {
      version: 'v1',
      resources: [
        {
          resource: 'deployments',
          verbs: ['get', 'list', 'watch'],
          subresources: [{ subresource: 'scale' }, { subresource: 'status' }],
        },
        resource('things'),
      ],
      freshness: 'Current',
    },
    { version: 'v1beta1', resources: [], freshness: 'Current' },
  ]);
  assert.equal(mergeGroups(new Map([['old', old]])), old);
});
