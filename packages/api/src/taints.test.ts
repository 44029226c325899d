import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Taint, Toleration } from './generated/core.ts';
import { tolerates, untoleratedTaint } from './taints.ts';

const taint: Taint = { key: 'gpu', value: '4', effect: 'NoSchedule' };
const cases: readonly [what: string, toleration: Toleration, covered: boolean][] = [
  ['the same key, value and effect', { key: 'gpu', value: '4', effect: 'NoSchedule' }, true],
  ['any effect', { key: 'gpu', value: '4' }, true],
  ['another effect', { key: 'gpu', value: '4', effect: 'NoExecute' }, false],
  ['another value', { key: 'gpu', value: '5' }, false],
  ['any value', { key: 'gpu', operator: 'Exists' }, true],
  ['every taint', { operator: 'Exists' }, true],
  ['no key without Exists', { value: '4' }, false],
  ['a smaller number', { key: 'gpu', operator: 'Gt', value: '3' }, true],
  ['the number itself as bound', { key: 'gpu', operator: 'Lt', value: '4' }, false],
  ['what is no number', { key: 'gpu', operator: 'Gt', value: 'many' }, false],
];

test('tolerates() compares key, effect and value as the operator says', () => {
  for (const [what, toleration, covered] of cases) assert.equal(tolerates(toleration, taint), covered, what);
});

test('untoleratedTaint() finds the first taint that counts and is not covered', () => {
  const soft: Taint = { key: 'slow', effect: 'PreferNoSchedule' };
  const other: Taint = { key: 'other', effect: 'NoSchedule' };
  const hard = ({ effect }: Taint) => effect === 'NoSchedule';
  assert.equal(untoleratedTaint([soft, taint, other], [{ key: 'gpu', operator: 'Exists' }], hard), other);
  assert.equal(untoleratedTaint([soft], undefined, hard), undefined);
  assert.equal(untoleratedTaint(undefined, undefined, hard), undefined);
});
