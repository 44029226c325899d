import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errors, type Pod, Resources } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { createClient } from './client.ts';
import { createFakeApi, type FakeApiOptions } from './fake/fake-api.ts';
import { createInformers } from './informers.ts';

function setUp(options: Partial<FakeApiOptions> = {}) {
  const effects = fakeEffects();
  const api = createFakeApi({ effects, ...options });
  const client = createClient(api.transport);
  const stop = new AbortController();
  const informers = createInformers({ client, effects, freeze: true });
  const pod = (name: string, nodeName?: string): Pod => ({
    metadata: { name, namespace: 'default' },
    spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) },
  });
  return { effects, api, client, stop, informers, pods: client.resource(Resources.pods), pod };
}

for (const watchList of [true, false]) {
  const how = watchList ? 'by a watch-list' : 'by a paged list';
  test(`informer() fills its cache ${how} and follows changes`, async () => {
    const { effects, stop, informers, pods, pod } = setUp({ watchList });
    await pods.create(pod('a'));
    const informer = informers.informer(Resources.pods);
    const seen: string[] = [];
    informer.subscribe((change) =>
      seen.push(`${change.kind} ${(change.kind === 'deleted' ? change.last : change.object).metadata.name}`),
    );
    informers.start(stop.signal);
    await effects.clock.advance(60_000);
    await informers.untilSynced(stop.signal);
    assert.equal(informer.get('default/a')?.kind, 'Pod');
    await pods.create(pod('b'));
    await pods.delete({ namespace: 'default', name: 'a' });
    await effects.clock.settle();
    assert.deepEqual(seen, ['added a', 'added b', 'deleted a']);
    assert.deepEqual(
      informer.list('default').map(({ metadata }) => metadata.name),
      ['b'],
    );
    stop.abort();
  });
}

test('informer() lists again after 410 and reports what was missed', async () => {
  let expired = false;
  const { effects, api, stop, informers, pods, pod } = setUp({
    intercept: ({ path }) => {
      if (expired && path.includes('resourceVersion=')) throw errors.expired('too old resource version');
    },
  });
  await pods.create(pod('a'));
  const informer = informers.informer(Resources.pods);
  informers.start(stop.signal);
  await effects.clock.settle();
  const seen: string[] = [];
  informer.subscribe((change) => seen.push(change.kind));
  const create = async () => {
    expired = false;
    await pods.delete({ namespace: 'default', name: 'a' });
    await pods.create(pod('b'));
    expired = true;
  };
  const original = api.dropWatches;
  expired = true;
  original();
  await create();
  await effects.clock.advance(10_000);
  assert.deepEqual(
    informer.list().map(({ metadata }) => metadata.name),
    ['b'],
  );
  assert.deepEqual(seen.toSorted(), ['added', 'added', 'deleted']);
  stop.abort();
});

test('informer() keeps projections, finds by index, and freezes', async () => {
  const { effects, stop, informers, pods, pod } = setUp();
  await pods.create(pod('a', 'n1'));
  await pods.create(pod('b', 'n2'));
  const project = ({ metadata, spec }: Pod) => ({ metadata, nodeName: spec.nodeName ?? '' });
  const options = { project, indexes: { node: ({ nodeName }: { nodeName: string }) => [nodeName] } };
  const informer = informers.informer(Resources.pods, options);
  assert.equal(informers.informer(Resources.pods, options), informer);
  informers.start(stop.signal);
  await effects.clock.settle();
  assert.deepEqual(
    informer.byIndex('node', 'n2').map(({ metadata }) => metadata.name),
    ['b'],
  );
  assert.equal(Object.isFrozen(informer.get('default/a')), true);
  assert.deepEqual(Object.keys(informer.get('default/a') ?? {}), ['metadata', 'nodeName']);
  stop.abort();
});

test('untilSynced() rejects when the signal aborts first', async () => {
  const { stop, informers } = setUp();
  informers.informer(Resources.nodes);
  const waiting = informers.untilSynced(stop.signal);
  stop.abort();
  await assert.rejects(waiting);
});

test('informer() lists again when the store has gone back in time', async () => {
  const { effects, api, stop, informers, pods, pod } = setUp();
  await pods.create(pod('a'));
  const informer = informers.informer(Resources.pods);
  informers.start(stop.signal);
  await effects.clock.settle();
  const later = createFakeApi({ effects });
  await createClient(later.transport).resource(Resources.pods).create(pod('b'));
  for (let i = 0; i < 5; i += 1) await pods.create(pod(`c${i}`));
  await effects.clock.settle();
  Object.assign(api.transport, { request: later.transport.request });
  api.dropWatches();
  await effects.clock.advance(30_000);
  assert.deepEqual(
    informer.list().map(({ metadata }) => metadata.name),
    ['b'],
  );
  stop.abort();
});
