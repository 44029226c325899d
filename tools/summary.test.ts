import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Outcome, parseOutcomes, summaryOf } from './summary.ts';

const counts = (tests: number, failed: number) => ({ tests, failed, passed: tests - failed, skipped: 0, suites: 1 });
const failure: Outcome = {
  kind: 'failed',
  name: 'suite > a test',
  place: 'packages/a.test.ts:7',
  message: 'Error: it is so\n    at TestContext.<anonymous> (file:///a.test.ts:8:1)\n    at run (node:internal/x:1:2)',
};

test('summaryOf() ends with what failed and why, and the sums of all processes', () => {
  const outcomes: Outcome[] = [
    { kind: 'totals', counts: counts(5, 0) },
    { kind: 'file', file: 'fast.test.ts', ms: 20 },
    { kind: 'file', file: 'slow.test.ts', ms: 2000 },
    { kind: 'totals', counts: counts(3, 1) },
    failure,
  ];
  assert.deepEqual(summaryOf(outcomes, [], false), [
    '# slowest files',
    '2.0 s slow.test.ts',
    '0.0 s fast.test.ts',
    '# failed tests',
    '✖ suite > a test (packages/a.test.ts:7)',
    '    Error: it is so',
    '        at TestContext.<anonymous> (file:///a.test.ts:8:1)',
    '# totals of all tests',
    'ℹ cancelled 0',
    'ℹ fail 1',
    'ℹ pass 7',
    'ℹ skipped 0',
    'ℹ suites 2',
    'ℹ tests 8',
    'ℹ todo 0',
  ]);
});

test('summaryOf() names every failure, explains the first ones, and says which process broke off', () => {
  const many = Array.from({ length: 30 }, (_, index): Outcome => ({ ...failure, name: `test ${index}` }));
  const lines = summaryOf(many, ['system tests'], true);
  assert.equal(lines.filter((line) => line.startsWith('✖ test ')).length, 30);
  assert.equal(lines.filter((line) => line.includes('Error: it is so')).length, 20);
  assert.ok(lines.includes('✖ the system tests ended before their time; see above'));
});

test('summaryOf() names all that was skipped with the reason, or of many for one reason only one', () => {
  const skipped = Array.from(
    { length: 5 },
    (_, index): Outcome => ({ kind: 'skipped', name: `s${index}`, reason: 'no root' }),
  );
  assert.equal(summaryOf(skipped, [], false)[0], 'skipped: s0; s1; s2; s3; s4 (no root)');
  assert.equal(summaryOf(skipped, [], true)[0], 'skipped: 5 tests, such as s0 (no root)');
  assert.equal(summaryOf([{ kind: 'skipped', name: 's' }], [], true)[0], 'skipped: s');
});

test('parseOutcomes() leaves out a line that was cut off', () => {
  assert.deepEqual(parseOutcomes(`${JSON.stringify(failure)}\n{"kind":"fai`), [failure]);
});
