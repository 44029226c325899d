import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '@steersman/api';
import type { FrameworkHandle } from '../contract.ts';
import { nodeOf, podOf } from '../fake/objects.ts';
import { unresolvable, unschedulable } from '../plugins/rejection.ts';
import { createClusterState } from '../state/cluster-state.ts';
import { type PodInfo, podInfoOf } from '../state/pod-info.ts';
import { CPU } from '../state/requests.ts';
import { planPreemption } from './plan.ts';
import { budgetsOf, selectVictims } from './victims.ts';

/** A framework whose only filter is CPU. */
function setUp(nodes: readonly Node[], pods: readonly Pod[]) {
  const cluster = createClusterState();
  for (const node of nodes) cluster.setNode(node);
  for (const pod of pods) cluster.setPod(podInfoOf(pod), pod.spec.nodeName ?? '');
  const framework: FrameworkHandle = {
    cluster,
    schedulerName: 'default-scheduler',
    rejectionOn(pod, { slot }) {
      const { requested, allocatable } = cluster.resources;
      const fits = requested[CPU]![slot]! + pod.requests.core[CPU] <= allocatable[CPU]![slot]!;
      return fits ? undefined : unschedulable('Insufficient cpu');
    },
  };
  const before = JSON.stringify(
    cluster.nodes.map(({ slot, pods: there }) => [cluster.resources.requested[CPU]?.[slot], [...there.keys()].sort()]),
  );
  const isUnchanged = () =>
    before ===
    JSON.stringify(
      cluster.nodes.map(({ slot, pods: there }) => [
        cluster.resources.requested[CPU]?.[slot],
        [...there.keys()].sort(),
      ]),
    );
  return { cluster, framework, isUnchanged };
}

const sized = (name: string, cpu: string, priority: number, nodeName?: string, app = name) =>
  podOf(name, { requests: { cpu }, labels: { app }, spec: { priority }, ...(nodeName !== undefined && { nodeName }) });
const namesOf = (pods: readonly PodInfo[]) => pods.map(({ pod }) => pod.metadata.name);
const budget = (app: string, disruptionsAllowed: number) => ({
  metadata: { name: app, namespace: 'default' },
  spec: { selector: { matchLabels: { app } } },
  status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
});

test('selectVictims() removes no more than needed, and the least important first', () => {
  const { cluster, framework, isUnchanged } = setUp(
    [nodeOf('a', { cpu: '4' })],
    [sized('low', '1', 1, 'a'), sized('mid', '1', 2, 'a'), sized('upper', '1', 3, 'a'), sized('equal', '1', 10, 'a')],
  );
  const result = selectVictims(framework, podInfoOf(sized('p', '2', 10)), cluster.node('a')!, []);
  assert.deepEqual('victims' in result && namesOf(result.victims), ['mid', 'low']);
  assert.ok(isUnchanged());
});

test('selectVictims() spares pods that a disruption budget protects, if it can', () => {
  const pods = [sized('protected', '1', 1, 'a'), sized('plain', '1', 2, 'a')];
  const { cluster, framework, isUnchanged } = setUp([nodeOf('a', { cpu: '2' })], pods);
  const budgets = budgetsOf([budget('protected', 0)]);
  const one = selectVictims(framework, podInfoOf(sized('p', '1', 10)), cluster.node('a')!, budgets);
  assert.deepEqual('victims' in one && [namesOf(one.victims), one.violations], [['plain'], 0]);
  const both = selectVictims(framework, podInfoOf(sized('p', '2', 10)), cluster.node('a')!, budgets);
  assert.deepEqual('victims' in both && [namesOf(both.victims), both.violations], [['plain', 'protected'], 1]);
  assert.ok(isUnchanged());
});

test('selectVictims() says what is still missing when nobody less important is in the way', () => {
  const { cluster, framework } = setUp(
    [nodeOf('a', { cpu: '2' })],
    [sized('equal', '1', 10, 'a'), sized('low', '1', 1, 'a')],
  );
  const node = cluster.node('a')!;
  assert.deepEqual(
    selectVictims(framework, podInfoOf(sized('p', '2', 10)), node, []),
    unschedulable('Insufficient cpu'),
  );
  assert.deepEqual(
    selectVictims(framework, podInfoOf(sized('p', '2', 1)), node, []),
    unresolvable('No preemption victims found for incoming pod'),
  );
});

test('planPreemption() takes the node whose loss hurts least', () => {
  const nodes = ['important', 'many', 'best', 'hopeless'].map((name) => nodeOf(name, { cpu: '2' }));
  const { framework } = setUp(nodes, [
    sized('i', '2', 8, 'important'),
    sized('m1', '1', 2, 'many'),
    sized('m2', '1', 2, 'many'),
    sized('b', '2', 2, 'best'),
  ]);
  const rejections = new Map(
    nodes.map(({ metadata: { name = '' } }) => {
      const rejection = name === 'hopeless' ? unresolvable('no') : unschedulable('Insufficient cpu');
      return [name, { ...rejection, plugin: 'Fit' }] as const;
    }),
  );
  const failed = { nodesInAll: 4, rejections };
  for (const offset of [0, 1, 2, 3]) {
    const plan = planPreemption(framework, podInfoOf(sized('p', '2', 10)), failed, [], offset);
    assert.equal(plan.kind === 'preempt' && plan.candidate.node.name, 'best');
  }
  const low = planPreemption(framework, podInfoOf(sized('p', '2', 0)), failed, [], 0);
  assert.deepEqual(low, {
    kind: 'wait',
    message:
      'preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.',
  });
  const meek = podOf('p', { spec: { priority: 10, preemptionPolicy: 'Never' } });
  const plan = planPreemption(framework, podInfoOf(meek), failed, [], 0);
  assert.deepEqual(plan, { kind: 'wait', message: 'preemption: not eligible due to preemptionPolicy=Never.' });
});
