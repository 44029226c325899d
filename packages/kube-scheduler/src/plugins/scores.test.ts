import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSelectorMatcher } from '@steersman/api';
import { placementsOf } from '../fake/decide.ts';
import { nodeOf, podOf } from '../fake/objects.ts';

const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
const web = { app: 'web' };

test('NodeResourcesFit gives more to nodes with more left, by default', () => {
  const nodes = [nodeOf('empty', { cpu: '4', memory: '4Gi' }), nodeOf('half', { cpu: '4', memory: '4Gi' })];
  const existing = [podOf('x', { nodeName: 'half', requests: { cpu: '2', memory: '2Gi' } })];
  const pod = podOf('p', { requests: { cpu: '1', memory: '1Gi' } });
  assert.deepEqual(placementsOf(nodes, existing, pod).scores('NodeResourcesFit'), { empty: 75, half: 25 });
  const resources = [{ name: 'cpu', weight: 1 }];
  const most = { args: { scoringStrategy: { type: 'MostAllocated', resources } } } as const;
  assert.deepEqual(placementsOf(nodes, existing, pod, most).scores('NodeResourcesFit'), { empty: 25, half: 75 });
  const shape = [
    { utilization: 0, score: 0 },
    { utilization: 100, score: 10 },
  ];
  const ratio = { args: { scoringStrategy: { type: 'RequestedToCapacityRatio', resources, shape } } } as const;
  assert.deepEqual(placementsOf(nodes, existing, pod, ratio).scores('NodeResourcesFit'), { empty: 25, half: 75 });
});

test('NodeResourcesFit counts pods without requests as small ones', () => {
  const nodes = [nodeOf('a', { cpu: '1', memory: '2000Mi' }), nodeOf('b', { cpu: '1', memory: '2000Mi' })];
  const { scores } = placementsOf(nodes, [podOf('x', { nodeName: 'a' })], podOf('p'));
  assert.deepEqual(scores('NodeResourcesFit'), { a: 80, b: 90 });
});

test('NodeResourcesBalancedAllocation prefers even use', () => {
  const nodes = [nodeOf('a', { cpu: '4', memory: '4Gi' }), nodeOf('b', { cpu: '4', memory: '4Gi' })];
  const existing = [podOf('x', { nodeName: 'a', requests: { cpu: '2' } })];
  const { scores } = placementsOf(nodes, existing, podOf('p', { requests: { cpu: '1', memory: '1Gi' } }));
  assert.deepEqual(scores('NodeResourcesBalancedAllocation'), { a: 75, b: 100 });
});

test('TaintToleration gives less to nodes with soft taints', () => {
  const soft = { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } } as const;
  const nodes = [nodeOf('clean'), nodeOf('soft', soft)];
  assert.deepEqual(placementsOf(nodes, [], podOf('p')).scores('TaintToleration'), { clean: 300, soft: 0 });
});

test('NodeAffinity adds up the weights of preferred terms', () => {
  const term = (key: string, weight: number) => ({
    weight,
    preference: { matchExpressions: [{ key, operator: 'Exists' as const }] },
  });
  const nodes = [nodeOf('both', { labels: { a: '', b: '' } }), nodeOf('one', { labels: { a: '' } }), nodeOf('none')];
  const pod = podOf('p', {
    spec: {
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [term('a', 10), term('b', 30)] } },
    },
  });
  assert.deepEqual(placementsOf(nodes, [], pod).scores('NodeAffinity'), { both: 200, none: 0, one: 50 });
});

test('ImageLocality prefers nodes that hold large images which are widespread', () => {
  const images = [{ names: ['app:latest'], sizeBytes: 1000 * 1024 * 1024 }];
  const nodes = [nodeOf('a', { images }), nodeOf('b', { images }), nodeOf('c'), nodeOf('d')];
  const { scores } = placementsOf(nodes, [], podOf('p'));
  assert.deepEqual(scores('ImageLocality'), { a: 48, b: 48, c: 0, d: 0 });
});

test('PodTopologySpread prefers emptier domains, also by default for pods of one selector', () => {
  const nodes = [nodeOf('a', { labels: zone('z1') }), nodeOf('b', { labels: zone('z2') })];
  const existing = [podOf('x', { nodeName: 'a', labels: web }), podOf('y', { nodeName: 'a', labels: web })];
  const constraint = {
    maxSkew: 1,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: web },
  } as const;
  const wished = podOf('p', { labels: web, spec: { topologySpreadConstraints: [constraint] } });
  assert.deepEqual(placementsOf(nodes, existing, wished).scores('PodTopologySpread'), { a: 0, b: 200 });
  const plain = podOf('p', { labels: web });
  const byDefault = placementsOf(nodes, existing, plain, {
    defaultSelector: () => labelSelectorMatcher({ matchLabels: web }),
  });
  const scores = byDefault.scores('PodTopologySpread');
  assert.ok((scores['b'] ?? 0) > (scores['a'] ?? 0));
});

test('InterPodAffinity likes what the pod likes, and where pods like it', () => {
  const nodes = [
    nodeOf('a', { labels: zone('z1') }),
    nodeOf('b', { labels: zone('z2') }),
    nodeOf('c', { labels: zone('z3') }),
  ];
  const wish = (labels: Readonly<Record<string, string>>, weight: number) => [
    { weight, podAffinityTerm: { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: labels } } },
  ];
  const existing = [
    podOf('x', { nodeName: 'a', labels: web }),
    podOf('y', {
      nodeName: 'b',
      spec: {
        affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: wish({ app: 'p' }, 50) } },
      },
    }),
  ];
  const pod = podOf('p', {
    labels: { app: 'p' },
    spec: { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: wish(web, 50) } } },
  });
  assert.deepEqual(placementsOf(nodes, existing, pod).scores('InterPodAffinity'), { a: 200, b: 0, c: 100 });
});
