import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import { fakeClock } from '@steersman/machinery';
import type { ContainerRuntime, ImageInfo } from '../runtime/contract.ts';
import { RuntimeError } from '../runtime/error.ts';
import { registryOf } from './credentials.ts';
import { createImagePuller, ImageError, withTag } from './puller.ts';

const pod: Pod = { metadata: { name: 'p', uid: 'u' }, spec: { containers: [] } };

/** A runtime with a registry that has some images and is sometimes down. */
function registry(available: readonly string[]) {
  const clock = fakeClock();
  const present = new Map<string, ImageInfo>();
  const state = { down: false, pulls: 0, events: [] as string[] };
  const runtime = {
    imageStatus: async ({ image }: { image: string }) => present.get(image),
    async pullImage({ image }: { image: string }) {
      state.pulls += 1;
      if (state.down || !available.includes(image)) throw new RuntimeError('not-found', `${image}: not found`);
      present.set(image, { id: image, tags: [image], digests: [], sizeBytes: 7, pinned: false, username: '' });
      return image;
    },
  } as unknown as ContainerRuntime;
  const puller = createImagePuller({ runtime, clock, credentials: async () => [] });
  const ensure = (image: string, imagePullPolicy?: string) =>
    puller.ensure(
      pod,
      { name: 'c', image, ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }) },
      (_type, reason) => void state.events.push(reason),
      new AbortController().signal,
    );
  const failure = async (image: string, policy?: string) => {
    try {
      await ensure(image, policy);
    } catch (error) {
      if (error instanceof ImageError) return error;
      throw error;
    }
    return undefined;
  };
  return { clock, state, ensure, failure };
}

test('createImagePuller() pulls what is missing once and then uses it', async () => {
  const { ensure, state } = registry(['a:1']);
  await ensure('a:1');
  await ensure('a:1');
  assert.equal(state.pulls, 1);
  assert.deepEqual(state.events, ['Pulling', 'Pulled', 'Pulled']);
});

test('createImagePuller() pulls latest images every time', async () => {
  const { ensure, state } = registry(['a:latest']);
  await ensure('a');
  await ensure('a');
  assert.equal(state.pulls, 2);
});

test('createImagePuller() never pulls with the policy Never', async () => {
  const { failure, state } = registry(['a:1']);
  assert.equal((await failure('a:1', 'Never'))?.reason, 'ErrImageNeverPull');
  assert.equal(state.pulls, 0);
});

test('createImagePuller() refuses names that are none', async () => {
  const { failure, state } = registry([]);
  assert.equal((await failure('r.io/UPPER'))?.reason, 'InvalidImageName');
  assert.deepEqual(state, { down: false, pulls: 0, events: ['InspectFailed'] });
});

test('createImagePuller() backs off after a failure and tries again when the time is over', async () => {
  const { failure, state, clock, ensure } = registry(['a:1']);
  state.down = true;
  assert.equal((await failure('a:1'))?.reason, 'ErrImagePull');
  const waiting = await failure('a:1');
  assert.equal(waiting?.reason, 'ImagePullBackOff');
  assert.equal(waiting?.message, 'Back-off pulling image "a:1": ErrImagePull: a:1: not found');
  assert.equal(state.pulls, 1);
  state.down = false;
  await clock.advance(10_000);
  await ensure('a:1');
  assert.equal(state.pulls, 2);
});

test('withTag() adds latest to what has neither tag nor digest', () => {
  assert.deepEqual(['a', 'h:5000/a', 'a:1', 'a@sha256:0'].map(withTag), [
    'a:latest',
    'h:5000/a:latest',
    'a:1',
    'a@sha256:0',
  ]);
});

test('registryOf() finds the host of an image', () => {
  assert.deepEqual(
    ['nginx', 'library/nginx', 'docker.io/x/y', 'ghcr.io/x/y', 'localhost/x', 'r:5000/x'].map(registryOf),
    ['index.docker.io', 'index.docker.io', 'index.docker.io', 'ghcr.io', 'localhost', 'r:5000'],
  );
});
