import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageInfo, RuntimeContainer } from '../runtime/contract.ts';
import { labels } from '../runtime/labels.ts';
import { superfluous } from './containers.ts';
import { evictionOrder } from './eviction.ts';
import { removableImages } from './images.ts';

const container = (id: string, name: string, state: RuntimeContainer['state'], createdAt: number): RuntimeContainer =>
  ({
    id,
    name,
    state,
    createdAt,
    labels: { [labels.podUid]: 'u' },
    image: 'used:1',
    imageId: 'sha256:used',
  }) as unknown as RuntimeContainer;

test('superfluous() keeps the last dead one of every container', () => {
  const all = [
    container('1', 'a', 'exited', 1),
    container('2', 'a', 'exited', 2),
    container('3', 'a', 'running', 3),
    container('4', 'b', 'exited', 1),
  ];
  assert.deepEqual(
    superfluous(all).map(({ id }) => id),
    ['1'],
  );
});

test('removableImages() spares what is used, pinned or from no registry, and takes the largest first', () => {
  const image = (id: string, sizeBytes: number, more: Partial<ImageInfo> = {}): ImageInfo => ({
    id,
    tags: [`${id}:1`],
    digests: [`${id}@sha256:0`],
    sizeBytes,
    pinned: false,
    username: '',
    ...more,
  });
  const all = [
    image('small', 1),
    image('large', 9),
    image('used', 5),
    image('pinned', 5, { pinned: true }),
    image('imported', 5, { digests: [] }),
  ];
  assert.deepEqual(
    removableImages(all, [container('1', 'a', 'running', 1)]).map(({ id }) => id),
    ['large', 'small'],
  );
});

test('evictionOrder() takes those above their request first and never critical pods', () => {
  const candidate = (uid: string, usedBytes: number, memory?: string, priority = 0) => ({
    uid,
    usedBytes,
    pod: {
      metadata: {},
      spec: {
        priority,
        containers: [{ name: 'c', ...(memory === undefined ? {} : { resources: { requests: { memory } } }) }],
      },
    },
  });
  const all = [
    candidate('within', 50, '100'),
    candidate('above', 150, '100'),
    candidate('far', 500),
    candidate('important', 900, undefined, 1000),
    candidate('critical', 9999, undefined, 2_000_000_000),
  ];
  assert.deepEqual(
    evictionOrder(all).map(({ uid }) => uid),
    ['far', 'above', 'important', 'within'],
  );
});
