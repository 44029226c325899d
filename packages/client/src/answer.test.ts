import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAnswer } from './answer.ts';

test('parseAnswer() keeps integers of 64 bits digit for digit', () => {
  assert.deepEqual(parseAnswer('{"spec":{"large":9007199254740993,"small":7}}'), {
    spec: { large: 9_007_199_254_740_993n, small: 7 },
  });
  assert.throws(() => parseAnswer('<html>'), { code: 'BadResponse' });
});
