import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkBuffers } from './chunk-buffers.ts';

test('ChunkBuffers.take gives a returned buffer again instead of making one', () => {
  const buffers = new ChunkBuffers();
  const first = buffers.take();
  const second = buffers.take();
  assert.notEqual(first, second);
  buffers.give(first);
  assert.equal(buffers.take(), first);
  assert.equal(buffers.made, 2);
});

test('ChunkBuffers.take makes a larger buffer for a larger object, which is not kept', () => {
  const buffers = new ChunkBuffers();
  const large = buffers.take(1024 * 1024);
  assert.equal(large.length, 1024 * 1024);
  buffers.give(large);
  assert.notEqual(buffers.take(), large);
});
