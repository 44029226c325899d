import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchFrames } from './watch-frames.ts';

/** Whether the events are whole after each of the chunks. */
function wholeAfter(contentType: string, chunks: readonly (string | number[])[]): boolean[] {
  const frames = watchFrames(contentType);
  return chunks.map((chunk) => {
    frames.take(Buffer.from(chunk as string));
    return frames.whole;
  });
}

test('watchFrames() finds the ends of lines of JSON', () => {
  assert.equal(watchFrames('application/json').whole, true);
  assert.deepEqual(wholeAfter('application/json', ['{"type"', ':"ADDED"}\n', '{}\n{', '}\n', '']), [
    false,
    true,
    false,
    true,
    true,
  ]);
});

test('watchFrames() counts the bytes of frames of protobuf, however they are cut', () => {
  const type = 'application/vnd.kubernetes.protobuf;stream=watch';
  assert.deepEqual(wholeAfter(type, [[0, 0, 0, 2, 10, 10]]), [true]);
  assert.deepEqual(wholeAfter(type, [[0, 0], [0, 2, 10], [10, 0], [0, 1, 0], Array(256).fill(10)]), [
    false,
    false,
    false,
    false,
    true,
  ]);
});
