import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, errors, type KubeObject, keyOf, type Pod, Resources } from '@steersman/api';
import { createClient, createFakeApi, createInformers } from '@steersman/client';
import { fakeEffects } from '@steersman/machinery';
import type { SchedulerConfig } from './config/contract.ts';
import { DEFAULT_CONFIG } from './config/defaults.ts';
import type { Plugin } from './contract.ts';
import { nodeOf, podOf } from './fake/objects.ts';
import { startScheduler } from './scheduler.ts';

interface SetUp {
  readonly config?: SchedulerConfig;
  readonly plugins?: readonly Plugin[];
  readonly intercept?: (request: { readonly method: string; readonly path: string }) => void;
}

/** A scheduler at work on a fake API server. */
async function setUp(options: SetUp = {}) {
  const effects = fakeEffects();
  const { intercept } = options;
  const api = createFakeApi({ effects, ...(intercept !== undefined && { intercept }) });
  const client = createClient(api.transport);
  const informers = createInformers({ client, effects });
  const abort = new AbortController();
  const { config, plugins } = options;
  const running = startScheduler({
    client,
    informers,
    effects,
    signal: abort.signal,
    ...(config !== undefined && { config }),
    ...(plugins !== undefined && { plugins }),
  });
  const pods = client.resource(Resources.pods);
  const settle = () => effects.clock.advance(100);
  await settle();
  return {
    effects,
    api,
    client,
    pods,
    settle,
    advance: (ms: number) => effects.clock.advance(ms),
    addNode: (...args: Parameters<typeof nodeOf>) => client.resource(Resources.nodes).create(nodeOf(...args)),
    addPod: (...args: Parameters<typeof podOf>) => pods.create(podOf(...args)),
    get: (name: string) => pods.get({ namespace: 'default', name }),
    nodesOf: async () =>
      Object.fromEntries((await pods.list()).items.map((pod) => [pod.metadata.name, pod.spec.nodeName ?? ''])),
    events: async () =>
      (await client.resource<KubeObject & Event>(Resources.events).list()).items.map(
        (event) => `${event.reason}: ${event.message}`,
      ),
    async stop() {
      abort.abort();
      await running;
    },
  };
}

const conditionOf = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');

test('startScheduler() binds pods where there is room and tells so in an event', async () => {
  const { addNode, addPod, settle, nodesOf, events, stop } = await setUp();
  await addNode('small', { cpu: '1' });
  await addNode('large', { cpu: '8' });
  await addPod('a', { requests: { cpu: '2' } });
  await settle();
  assert.deepEqual(await nodesOf(), { a: 'large' });
  assert.deepEqual(await events(), ['Scheduled: Successfully assigned default/a to large']);
  await stop();
});

test('startScheduler() spreads equal pods and counts those whose binding is under way', async () => {
  const { addNode, addPod, settle, nodesOf, stop } = await setUp();
  for (const name of ['a', 'b', 'c']) await addNode(name, { cpu: '2' });
  for (let pod = 0; pod < 6; pod += 1) await addPod(`p${pod}`, { requests: { cpu: '1' } });
  await settle();
  assert.deepEqual(Object.values(await nodesOf()).sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
  await stop();
});

test('startScheduler() says why a pod waits, and schedules it when a node comes that can have it', async () => {
  const { addNode, addPod, settle, advance, get, events, stop } = await setUp();
  await addNode('a', { cpu: '1', spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } });
  await addNode('b', { cpu: '1' });
  await addPod('p', { requests: { cpu: '2' } });
  await settle();
  const message =
    '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {k: v}. ' +
    'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';
  const { status, reason, message: told } = conditionOf(await get('p')) ?? {};
  assert.deepEqual([status, reason, told], ['False', 'Unschedulable', message]);
  assert.deepEqual(await events(), [`FailedScheduling: ${message}`]);
  await addNode('tiny', { cpu: '1' });
  await advance(20_000);
  assert.equal((await get('p')).spec.nodeName, undefined);
  await addNode('c', { cpu: '4' });
  await advance(10_000);
  assert.equal((await get('p')).spec.nodeName, 'c');
  await stop();
});

test('startScheduler() schedules a waiting pod when another makes room', async () => {
  const { addNode, addPod, pods, settle, advance, get, stop } = await setUp();
  await addNode('a', { cpu: '2' });
  await addPod('first', { requests: { cpu: '2' } });
  await settle();
  await addPod('second', { requests: { cpu: '2' } });
  await settle();
  assert.equal((await get('second')).spec.nodeName, undefined);
  await pods.delete({ namespace: 'default', name: 'first' }, { gracePeriodSeconds: 0 });
  await advance(2000);
  assert.equal((await get('second')).spec.nodeName, 'a');
  await stop();
});

test('startScheduler() gives room of finished pods to others', async () => {
  const { addNode, addPod, pods, settle, advance, get, stop } = await setUp();
  await addNode('a', { cpu: '2' });
  await addPod('job', { requests: { cpu: '2' } });
  await settle();
  await addPod('next', { requests: { cpu: '2' } });
  await settle();
  await pods.updateStatus({ ...(await get('job')), status: { phase: 'Succeeded' } });
  await advance(2000);
  assert.equal((await get('next')).spec.nodeName, 'a');
  await stop();
});

test('startScheduler() waits for nodes when there are none', async () => {
  const { addNode, addPod, settle, advance, get, stop } = await setUp();
  await addPod('p');
  await settle();
  assert.equal(conditionOf(await get('p'))?.message, 'no nodes available to schedule pods');
  await addNode('a');
  await advance(2000);
  assert.equal((await get('p')).spec.nodeName, 'a');
  await stop();
});

test('startScheduler() leaves pods of other schedulers and gated pods alone', async () => {
  const { addNode, addPod, pods, settle, get, nodesOf, stop } = await setUp();
  await addNode('a');
  await addPod('foreign', { spec: { schedulerName: 'other' } });
  await addPod('gated', { spec: { schedulingGates: [{ name: 'x' }] } });
  await settle();
  assert.deepEqual(await nodesOf(), { foreign: '', gated: '' });
  await pods.patch(
    { namespace: 'default', name: 'gated' },
    { type: 'merge', body: { spec: { schedulingGates: null } } },
  );
  await settle();
  assert.equal((await get('gated')).spec.nodeName, 'a');
  await stop();
});

test('startScheduler() takes a failed binding back and tries again', async () => {
  let failures = 2;
  const { addNode, addPod, settle, advance, get, effects, stop } = await setUp({
    intercept({ method, path }) {
      if (method === 'POST' && path.endsWith('/binding') && failures-- > 0) throw errors.internal('the store is busy');
    },
  });
  await addNode('a', { cpu: '2' });
  await addPod('p', { requests: { cpu: '2' } });
  await settle();
  assert.equal(conditionOf(await get('p'))?.reason, 'SchedulerError');
  await advance(5000);
  assert.equal((await get('p')).spec.nodeName, 'a');
  assert.match(
    await effects.metrics.expose(),
    /scheduler_schedule_attempts_total\{result="error",profile="default-scheduler"\} 2/,
  );
  await stop();
});

test('startScheduler() serves several profiles, each by its scheduler name', async () => {
  const packed = {
    schedulerName: 'packed',
    args: {
      ...DEFAULT_CONFIG.profiles[0]!.args,
      scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'cpu', weight: 1 }] },
    },
    plugins: { score: { disabled: [{ name: '*' }], enabled: [{ name: 'NodeResourcesFit' }] } },
  } as const;
  const config = { ...DEFAULT_CONFIG, profiles: [...DEFAULT_CONFIG.profiles, packed] };
  const { addNode, addPod, settle, nodesOf, stop } = await setUp({ config });
  await addNode('a', { cpu: '10' });
  await addNode('b', { cpu: '10' });
  await addPod('first', { nodeName: 'a', requests: { cpu: '4' } });
  await settle();
  await addPod('packed', { requests: { cpu: '1' }, spec: { schedulerName: 'packed' } });
  await addPod('spread', { requests: { cpu: '1' } });
  await settle();
  assert.deepEqual(await nodesOf(), { first: 'a', packed: 'a', spread: 'b' });
  await stop();
});

test('startScheduler() calls the extension points of a plugin in order, and undoes a reservation that was refused', async () => {
  const calls: string[] = [];
  let refuse = true;
  const plugin: Plugin = {
    name: 'Custom',
    reserve: ({ pod }) => void calls.push(`reserve ${keyOf(pod.pod)}`) as undefined,
    unreserve: () => void calls.push('unreserve'),
    async permit() {
      calls.push('permit');
      return refuse ? { code: 'unschedulable', reasons: ['not yet'] } : undefined;
    },
    async preBind() {
      calls.push('preBind');
    },
    postBind: () => void calls.push('postBind'),
    events: { 'Node/Add': () => true },
  };
  const [profile] = DEFAULT_CONFIG.profiles;
  const config = {
    ...DEFAULT_CONFIG,
    profiles: [{ ...profile!, plugins: { multiPoint: { enabled: [{ name: 'Custom' }] } } }],
  };
  const { addNode, addPod, settle, advance, get, stop } = await setUp({ config, plugins: [plugin] });
  await addNode('a');
  await addPod('p');
  await settle();
  assert.deepEqual(calls.splice(0), ['reserve default/p', 'permit', 'unreserve']);
  assert.equal(
    conditionOf(await get('p'))?.message,
    '0/1 nodes are available: 1 not yet. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  );
  refuse = false;
  await addNode('b');
  await advance(2000);
  assert.deepEqual(calls, ['reserve default/p', 'permit', 'preBind', 'postBind']);
  await stop();
});

test('startScheduler() removes a less important pod for one that fits nowhere, and keeps its room for it', async () => {
  const { addNode, addPod, settle, advance, get, pods, nodesOf, events, stop } = await setUp();
  await addNode('a', { cpu: '2' });
  await addNode('b', { cpu: '2' });
  await addPod('low', { requests: { cpu: '2' }, spec: { priority: 1 } });
  await addPod('middle', { requests: { cpu: '2' }, spec: { priority: 5 } });
  await settle();
  const { low: nodeOfLow } = await nodesOf();
  await addPod('high', { requests: { cpu: '2' }, spec: { priority: 10 } });
  await settle();
  const names = async () =>
    (await pods.list()).items
      .filter((pod) => pod.metadata.deletionTimestamp === undefined)
      .map((pod) => pod.metadata.name);
  assert.deepEqual((await names()).sort(), ['high', 'middle']);
  assert.equal((await get('high')).status?.nominatedNodeName, nodeOfLow);
  assert.ok(
    (await events()).includes(`Preempted: Preempted by pod ${(await get('high')).metadata.uid} on node ${nodeOfLow}`),
  );
  await addPod('thief', { requests: { cpu: '1' }, spec: { priority: 2 } });
  await settle();
  await pods.delete({ namespace: 'default', name: 'low' }, { gracePeriodSeconds: 0 }).catch(() => {});
  await advance(3000);
  assert.equal((await get('high')).spec.nodeName, nodeOfLow);
  assert.equal((await get('thief')).spec.nodeName, undefined);
  await stop();
});
