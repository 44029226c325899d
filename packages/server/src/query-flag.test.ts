import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryFlag } from './query-flag.ts';

test('queryFlag is set by everything but 0, false and absence', () => {
  for (const value of ['true', 'True', '1', '', 'yes']) assert.equal(queryFlag(value), true, value);
  for (const value of ['false', 'False', '0', null, undefined]) assert.equal(queryFlag(value), false, String(value));
});
