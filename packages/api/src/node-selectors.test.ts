import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeSelectorTerm } from './generated/core.ts';
import { nodeMatcherOf, nodeSelectorMatcher, nodeTermMatcher } from './node-selectors.ts';

const node = { name: 'n1', labels: { zone: 'a', cores: '8' } };
const expression = (key: string, operator: string, ...values: string[]): NodeSelectorTerm => ({
  matchExpressions: [{ key, operator, values }],
});
const required = (...nodeSelectorTerms: NodeSelectorTerm[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});

test('nodeTermMatcher() wants every requirement, of labels and of fields', () => {
  const byName = (name: string) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] });
  assert.ok(nodeTermMatcher({ ...expression('zone', 'In', 'a', 'b'), ...byName('n1') })(node));
  assert.ok(!nodeTermMatcher({ ...expression('zone', 'In', 'a', 'b'), ...byName('n2') })(node));
  assert.ok(nodeTermMatcher(expression('cores', 'Gt', '4'))(node));
  assert.ok(!nodeTermMatcher(expression('zone', 'Lt', '4'))(node), 'a label that is no number');
  assert.ok(nodeTermMatcher(expression('zone', 'NotIn', 'c'))(node));
});

test('nodeTermMatcher() matches nothing with an empty term', () => assert.ok(!nodeTermMatcher({})(node)));

test('nodeSelectorMatcher() wants one term', () => {
  const other = expression('zone', 'In', 'z');
  assert.ok(nodeSelectorMatcher({ nodeSelectorTerms: [other, expression('zone', 'Exists')] })(node));
  assert.ok(!nodeSelectorMatcher({ nodeSelectorTerms: [other, {}] })(node));
  assert.ok(!nodeSelectorMatcher({ nodeSelectorTerms: [] })(node));
});

test('nodeMatcherOf() is undefined for a pod that asks for no node in particular', () => {
  assert.equal(nodeMatcherOf({}), undefined);
  assert.equal(nodeMatcherOf({ nodeSelector: {} }), undefined);
});

test('nodeMatcherOf() wants nodeSelector and affinity', () => {
  const inZone = required(expression('zone', 'In', 'a'));
  assert.ok(nodeMatcherOf({ nodeSelector: { cores: '8' }, ...inZone })?.(node));
  assert.ok(!nodeMatcherOf({ nodeSelector: { cores: '9' }, ...inZone })?.(node));
  assert.ok(!nodeMatcherOf({ nodeSelector: { cores: '8' }, ...required({}) })?.(node));
});
