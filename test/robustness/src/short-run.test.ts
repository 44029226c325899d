/** What CI sees of the runs with faults: a minute on two stores, half of one on the etcd face. `npm run robustness` runs longer. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lacks, robustness } from './command-line.ts';

suite('a minute of faults', { concurrency: false }, () => {
  for (const [target, seed, minutes] of [
    ['lmdb', 1, 1],
    ['etcd', 2, 1],
    ['face', 3, 0.5],
    ['store', 4, 0.5],
  ] as const) {
    test(`${target} keeps every promise (seed ${seed})`, { skip: lacks[target] }, async ({ signal }) => {
      const { output, code } = await robustness(signal, `--target=${target}`, `--seed=${seed}`, `--minutes=${minutes}`);
      assert.equal(code, 0, output);
      const [, faults] = /, (\d+) faults/.exec(output) ?? [];
      assert.ok(Number(faults) > 3 * minutes, `hardly a fault was injected:\n${output}`);
    });
  }
});
