import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import type { QueueingHint } from '../contract.ts';
import { type PodSketch, podOf } from '../fake/objects.ts';
import { schedulingGates } from '../plugins/scheduling-gates.ts';
import { podInfoOf } from '../state/pod-info.ts';
import { createSchedulingQueue } from './scheduling-queue.ts';

function setUp(hints: Readonly<Record<string, QueueingHint>> = {}) {
  const clock = fakeClock();
  const gates = schedulingGates();
  const queue = createSchedulingQueue({
    clock,
    compare: (a, b) => b.info.priority - a.info.priority || a.sinceMs - b.sinceMs,
    preEnqueue({ pod }) {
      const rejection = gates.preEnqueue?.(pod);
      return rejection && { ...rejection, plugin: gates.name };
    },
    hint: (plugin, kind) => hints[`${plugin}:${kind}`],
    backoffInitialMs: 1000,
    backoffMaxMs: 10_000,
    onReady: () => {},
  });
  const info = (name: string, sketch: PodSketch = {}) => podInfoOf(podOf(name, sketch));
  return {
    clock,
    queue,
    info,
    put: (name: string, sketch?: PodSketch) => queue.set(info(name, sketch)),
    pop: () => queue.pop()?.info.pod.metadata.name,
  };
}

test('createSchedulingQueue() gives out higher priority first, then who came first', () => {
  const { put, pop } = setUp();
  put('a');
  put('b', { spec: { priority: 5 } });
  put('c');
  put('d', { spec: { priority: 5 } });
  assert.deepEqual([pop(), pop(), pop(), pop(), pop()], ['b', 'd', 'a', 'c', undefined]);
});

test('createSchedulingQueue() doubles the backoff of a pod that fails, up to its bound', async () => {
  const { clock, queue, put, pop } = setUp();
  put('a');
  for (const delayMs of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
    const queued = queue.pop();
    assert.ok(queued !== undefined);
    queue.putBack(queued, new Set());
    await clock.advance(delayMs - 1);
    assert.equal(pop(), undefined);
    await clock.advance(1);
    assert.equal(queue.counts.active, 1);
  }
});

test('createSchedulingQueue() brings a rejected pod back only for events that its plugins care about', async () => {
  const { clock, queue, put, pop } = setUp({
    'Fit:Node/Add': () => true,
    'Fit:AssignedPod/Delete': (_pod, { other }) => other !== undefined,
    'Taints:Node/UpdateTaint': () => true,
  });
  put('a');
  queue.putBack(queue.pop()!, new Set(['Fit']));
  await clock.advance(2000);
  assert.equal(queue.counts.unschedulable, 1);
  queue.moveOn({ kind: 'Node/UpdateTaint' });
  queue.moveOn({ kind: 'AssignedPod/Delete' });
  assert.equal(pop(), undefined);
  queue.moveOn({ kind: 'Node/Add' });
  assert.equal(pop(), 'a');
});

test('createSchedulingQueue() makes a pod that an event brings back wait for the end of its backoff', async () => {
  const { clock, queue, put, pop } = setUp({ 'Fit:Node/Add': () => true });
  put('a');
  queue.putBack(queue.pop()!, new Set(['Fit']));
  queue.moveOn({ kind: 'Node/Add' });
  assert.deepEqual([pop(), queue.counts.backoff], [undefined, 1]);
  await clock.advance(1000);
  assert.equal(pop(), 'a');
});

test('createSchedulingQueue() tries every rejected pod again after five minutes', async () => {
  const { clock, queue, put, pop } = setUp();
  put('a');
  queue.putBack(queue.pop()!, new Set(['Fit']));
  await clock.advance(299_000);
  assert.equal(pop(), undefined);
  await clock.advance(31_000);
  assert.equal(pop(), 'a');
});

test('createSchedulingQueue() holds gated pods until the last gate is gone', () => {
  const { queue, put, pop } = setUp();
  const gates = (...names: string[]) => ({ spec: { schedulingGates: names.map((name) => ({ name })) } });
  put('a', gates('x', 'y'));
  put('a', gates('x'));
  assert.deepEqual([pop(), queue.counts.gated], [undefined, 1]);
  put('a');
  assert.deepEqual([pop(), queue.counts.gated], ['a', 0]);
});

test('createSchedulingQueue() tries a rejected pod again when its own spec changes, not when its status does', async () => {
  const { clock, queue, put, pop } = setUp();
  put('a');
  queue.putBack(queue.pop()!, new Set(['Fit']));
  await clock.advance(2000);
  put('a');
  assert.equal(pop(), undefined);
  put('a', { labels: { changed: 'yes' } });
  assert.equal(pop(), 'a');
});

test('createSchedulingQueue() forgets pods that are removed, wherever they are', async () => {
  const { clock, queue, put, pop } = setUp();
  for (const name of ['active', 'backoff', 'rejected', 'out']) put(name);
  const first = [queue.pop(), queue.pop(), queue.pop(), queue.pop()];
  queue.putBack(first[1]!, new Set());
  queue.putBack(first[2]!, new Set(['Fit']));
  put('active2');
  for (const name of ['active2', 'backoff', 'rejected', 'out']) queue.remove(`uid-${name}`);
  queue.putBack(first[3]!, new Set());
  await clock.advance(400_000);
  assert.equal(pop(), undefined);
  assert.deepEqual({ ...queue.counts, out: 0 }, { active: 0, backoff: 0, unschedulable: 0, gated: 0, out: 0 });
});

test('createSchedulingQueue() keeps its order when pods change while they wait', async () => {
  const { queue, put, pop, clock } = setUp();
  for (let pod = 0; pod < 50; pod += 1) put(`p${pod}`, { spec: { priority: pod % 7 } });
  for (let pod = 0; pod < 50; pod += 3) put(`p${pod}`, { spec: { priority: 100 - pod } });
  await clock.advance(1);
  const priorities: number[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) priorities.push(next.info.priority);
  assert.deepEqual(
    priorities,
    priorities.toSorted((a, b) => b - a),
  );
  assert.equal(priorities.length, 50);
  assert.equal(pop(), undefined);
});

test('createSchedulingQueue() hands out a pod as it was, and takes it back as it has become', () => {
  const { queue, put, info } = setUp();
  put('a');
  const queued = queue.pop()!;
  queue.refresh(info('a', { labels: { app: 'new' } }));
  queue.refresh(info('unknown'));
  assert.deepEqual(queued.info.labels, {});
  queue.putBack(queued, new Set(['Fit']));
  put('a', { labels: { app: 'newer' } });
  assert.equal(queue.counts.unschedulable + queue.counts.backoff, 1);
  assert.equal(queue.counts.active, 0);
});
