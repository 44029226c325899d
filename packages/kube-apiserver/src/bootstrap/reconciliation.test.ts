import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole, ClusterRoleBinding, FlowSchema, PolicyRule } from '@steersman/api';
import { flowSchemas, reconciledFlowObject } from './flow-control.ts';
import { reconciledBinding, reconciledRole } from './rbac.ts';
import { aggregatedRole, clusterBinding, clusterRole, rule, user } from './role-notation.ts';

const wanted = clusterRole('system:x', [rule('get list', 'core', 'pods')]);
const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

test('reconciledRole() gives back missing rules one by one and keeps those that people added', () => {
  const own: PolicyRule = rule('watch', 'core', 'secrets');
  const existing: ClusterRole = { ...wanted, rules: [own, rule('get', 'core', 'pods')] };
  assert.deepEqual(reconciledRole(existing, wanted)?.rules, [...(existing.rules ?? []), rule('list', 'core', 'pods')]);
  assert.equal(reconciledRole({ ...wanted, rules: [rule('*', '*', '*')] }, wanted), undefined);
});

test('reconciledRole() gives back labels and annotations, and leaves alone what says autoupdate false', () => {
  const bare: ClusterRole = { ...wanted, metadata: { name: 'system:x', labels: { mine: 'yes' } } };
  const { labels, annotations } = reconciledRole(bare, wanted)?.metadata ?? {};
  assert.deepEqual(labels, { 'kubernetes.io/bootstrapping': 'rbac-defaults', mine: 'yes' });
  assert.deepEqual(annotations, { [AUTO_UPDATE]: 'true' });
  const left: ClusterRole = { metadata: { name: 'system:x', annotations: { [AUTO_UPDATE]: 'false' } } };
  assert.equal(reconciledRole(left, wanted), undefined);
});

test('reconciledRole() gives aggregated roles their selectors back and leaves their rules alone', () => {
  const edit: ClusterRole = { ...aggregatedRole('edit'), rules: [rule('get', 'core', 'pods')] };
  assert.equal(reconciledRole({ ...edit, rules: [] }, edit), undefined);
  const own = { matchLabels: { mine: 'yes' } };
  const existing: ClusterRole = { ...edit, aggregationRule: { clusterRoleSelectors: [own] } };
  assert.deepEqual(reconciledRole(existing, edit)?.aggregationRule?.clusterRoleSelectors, [
    own,
    ...(edit.aggregationRule?.clusterRoleSelectors ?? []),
  ]);
});

test('reconciledBinding() adds missing subjects, keeps others and turns back to the role it is for', () => {
  const binding = clusterBinding('b', [user('a')]);
  const existing: ClusterRoleBinding = { ...binding, subjects: [user('z')] };
  assert.deepEqual(reconciledBinding(existing, binding)?.subjects, [user('z'), user('a')]);
  const elsewhere = { ...binding, roleRef: { ...binding.roleRef, name: 'other' } };
  assert.equal(reconciledBinding(elsewhere, binding)?.roleRef.name, 'b');
  assert.equal(reconciledBinding(binding, binding), undefined);
});

const KEY = 'apf.kubernetes.io/autoupdate-spec';
const schemaOf = (name: string) => flowSchemas.find(({ metadata }) => metadata.name === name) as FlowSchema;
const changed = (name: string, metadata: FlowSchema['metadata']): FlowSchema => {
  const schema = schemaOf(name);
  return { ...schema, metadata: { name, ...metadata }, spec: { ...schema.spec, matchingPrecedence: 77 } } as FlowSchema;
};

test('reconciledFlowObject() follows the annotation for suggested objects', () => {
  const following = changed('global-default', { annotations: { [KEY]: 'true' } });
  assert.equal(reconciledFlowObject(following, schemaOf('global-default'))?.spec?.matchingPrecedence, 9900);
  const left = changed('global-default', { annotations: { [KEY]: 'false' } });
  assert.equal(reconciledFlowObject(left, schemaOf('global-default')), undefined);
});

test('reconciledFlowObject() without the annotation follows while the spec is the first one, and writes down which', () => {
  const fresh = reconciledFlowObject(changed('global-default', { generation: 1 }), schemaOf('global-default'));
  assert.deepEqual([fresh?.spec?.matchingPrecedence, fresh?.metadata.annotations?.[KEY]], [9900, 'true']);
  const edited = reconciledFlowObject(changed('global-default', { generation: 2 }), schemaOf('global-default'));
  assert.deepEqual([edited?.spec?.matchingPrecedence, edited?.metadata.annotations?.[KEY]], [77, 'false']);
});

test('reconciledFlowObject() turns mandatory objects back whatever they say', () => {
  const back = reconciledFlowObject(changed('catch-all', { annotations: { [KEY]: 'false' } }), schemaOf('catch-all'));
  assert.deepEqual([back?.spec?.matchingPrecedence, back?.metadata.annotations?.[KEY]], [10000, 'true']);
});
