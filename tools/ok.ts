/**
 * The gate, the same locally and in CI: format and lint, the house rules, types, generated files, unit tests.
 * Every step runs even when an earlier one failed, so that one run shows everything that is wrong. `--without-tests` leaves
 * the unit tests to whoever runs all tests anyway.
 */
import { performance } from 'node:perf_hooks';
import { runs } from './run.ts';

const node = process.execPath;
const source = '--conditions=steersman-source';
const steps: readonly (readonly [string, string, readonly string[]])[] = [
  ['format and lint', 'node_modules/.bin/biome', ['ci', '--max-diagnostics=50', '.']],
  ['house rules', node, [source, 'tools/tidy.ts']],
  ['types', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json']],
  ['generated files', node, [source, 'tools/generate.ts', '--check']],
  ['unit tests', node, [source, 'tools/test.ts', '--unit']],
];

const failed: string[] = [];
const wanted = process.argv.includes('--without-tests') ? steps.slice(0, -1) : steps;
for (const [name, program, args] of wanted) {
  const started = performance.now();
  const passed = runs(program, args);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (!passed) failed.push(name);
}
if (failed.length > 0) {
  console.error(`npm run ok: failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
