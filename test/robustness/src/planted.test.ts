/** Every planted bug is seen, or the checkers are worth nothing. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { canIsolate } from './bounded.ts';
import { lacks, robustness } from './command-line.ts';
import { evidence, plants } from './plants.ts';

suite('planted bugs', { concurrency: canIsolate ? 2 : false }, () => {
  for (const plant of plants()) {
    const { name, target, breaks, tests } = plant;
    test(`${name} is seen to break ${breaks}`, { skip: tests.length === 0 && lacks[target] }, async ({ signal }) => {
      const { output, code } = await robustness(signal, `--plant=${name}`, '--seed=11');
      assert.equal(code, 1, output);
      for (const one of tests.length === 0 ? [undefined] : tests) assert.match(output, evidence(plant, one));
    });
  }
});
