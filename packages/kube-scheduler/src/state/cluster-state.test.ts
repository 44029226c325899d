import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSelectorMatcher } from '@steersman/api';
import { seededRandom } from '@steersman/machinery';
import { nodeOf, podOf } from '../fake/objects.ts';
import { createClusterState } from './cluster-state.ts';
import { spreadSelection } from './pod-counts.ts';
import { podInfoOf } from './pod-info.ts';
import { CPU } from './requests.ts';

test('createClusterState() keeps sums and counts that a recount confirms, over thousands of changes', () => {
  const random = seededRandom(9);
  const cluster = createClusterState();
  const selection = spreadSelection('default', labelSelectorMatcher({ matchLabels: { app: 'a1' } }));
  const where = new Map<string, string>();
  const apps = new Map<string, string>();
  const nodes = new Set<string>();
  cluster.count(selection);
  for (let step = 0; step < 4000; step += 1) {
    const node = `n${random.integer(100)}`;
    const pod = `p${random.integer(300)}`;
    const draw = random.float();
    if (draw < 0.1) {
      cluster.setNode(nodeOf(node));
      nodes.add(node);
    } else if (draw < 0.15) {
      cluster.removeNode(node);
      nodes.delete(node);
    } else if (draw < 0.7) {
      const app = `a${random.integer(3)}`;
      cluster.setPod(podInfoOf(podOf(pod, { labels: { app }, requests: { cpu: '100m' } })), node);
      where.set(pod, node);
      apps.set(pod, app);
    } else {
      cluster.removePod(`uid-${pod}`);
      where.delete(pod);
    }
  }
  assert.deepEqual(new Set(cluster.nodes.map(({ name }) => name)), nodes);
  const counts = cluster.count(selection);
  for (const { name, slot, pods } of cluster.nodes) {
    const here = [...where].filter(([, node]) => node === name).map(([pod]) => pod);
    assert.deepEqual(new Set([...pods.values()].map(({ pod }) => pod.metadata.name)), new Set(here));
    assert.equal(cluster.resources.requested[CPU]?.[slot], here.length * 100);
    assert.equal(counts.get(slot) ?? 0, here.filter((pod) => apps.get(pod) === 'a1').length);
  }
});

test('createClusterState() remembers pods of a node that it has not seen yet', () => {
  const cluster = createClusterState();
  cluster.setPod(podInfoOf(podOf('early', { requests: { cpu: '1' } })), 'late');
  assert.equal(cluster.node('late'), undefined);
  assert.equal(cluster.nodes.length, 0);
  cluster.setNode(nodeOf('late'));
  assert.equal(cluster.resources.requested[CPU]?.[cluster.node('late')?.slot ?? -1], 1000);
});
