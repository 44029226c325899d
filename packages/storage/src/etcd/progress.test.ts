import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressIsSafe } from './progress.ts';

test('progressIsSafe() follows the releases that repaired progress notifications', () => {
  for (const version of ['3.4.31', '3.4.40', '3.5.13', '3.5.16', '3.6.0', '3.7.0-alpha.0', '4.0.0'])
    assert.equal(progressIsSafe(version), true, version);
  for (const version of ['3.4.30', '3.4.23', '3.5.0', '3.5.12', '3.3.99', '2.3.8', '', 'unknown'])
    assert.equal(progressIsSafe(version), false, version);
});
