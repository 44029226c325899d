import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NextPass, WorkQueueOptions } from './contract.ts';
import { fakeEffects } from './fake/effects.ts';
import { createWorkQueue } from './work-queue.ts';

/** A queue under test whose passes are recorded and, with `hold`, end only when released. */
function setUp(options: Partial<WorkQueueOptions> & { hold?: boolean } = {}) {
  const effects = fakeEffects();
  const passes: { key: string; atMs: number }[] = [];
  const held: (() => void)[] = [];
  let answer: (key: string) => NextPass = () => 'on-change';
  const queue = createWorkQueue({
    name: 'test',
    effects,
    async reconcile(key) {
      passes.push({ key, atMs: effects.clock.monotonic() });
      if (options.hold) await new Promise<void>((resolve) => held.push(resolve));
      return answer(key);
    },
    ...options,
  });
  const abort = new AbortController();
  const ended = queue.run(abort.signal);
  return {
    effects,
    queue,
    passes,
    abort,
    ended,
    keys: () => passes.map((pass) => pass.key),
    times: () => passes.map((pass) => pass.atMs),
    release: () => held.shift()?.(),
    answers: (next: (key: string) => NextPass) => {
      answer = next;
    },
  };
}

test('createWorkQueue() makes one pass of keys added twice before it starts', async () => {
  const { queue, keys } = setUp();
  queue.add('a');
  queue.add('b');
  queue.add('a');
  await queue.idle();
  assert.deepEqual(keys(), ['a', 'b']);
});

test('createWorkQueue() never starts a pass inside the call to add', async () => {
  const { queue, keys } = setUp();
  queue.add('a');
  assert.deepEqual(keys(), []);
  await queue.idle();
  assert.deepEqual(keys(), ['a']);
});

test('createWorkQueue() makes another pass, afterwards, of a key added during its own pass', async () => {
  const { queue, keys, release, effects } = setUp({ hold: true });
  queue.add('a');
  await effects.clock.settle();
  queue.add('a');
  queue.add('a');
  await effects.clock.settle();
  assert.deepEqual(keys(), ['a'], 'never two passes of one key at once');
  release();
  await effects.clock.settle();
  assert.deepEqual(keys(), ['a', 'a']);
  release();
  await queue.idle();
  assert.equal(queue.depth, 0);
});

test('createWorkQueue() has at most concurrencyMax passes under way', async () => {
  const { queue, keys, release, effects } = setUp({ hold: true, concurrencyMax: 2 });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await effects.clock.settle();
  assert.deepEqual(keys(), ['a', 'b']);
  assert.equal(queue.depth, 3);
  release();
  await effects.clock.settle();
  assert.deepEqual(keys(), ['a', 'b', 'c']);
});

test('createWorkQueue() retries a failing key with doubling delays up to the bound, and starts over after success', async () => {
  const { queue, times, effects, answers } = setUp({ retryBaseMs: 10, retryMaxMs: 30 });
  let failing = true;
  answers(() => {
    if (failing) throw new TypeError('not yet');
    return 'on-change';
  });
  queue.add('a');
  await effects.clock.advance(100);
  assert.deepEqual(times(), [0, 10, 30, 60, 90]);
  failing = false;
  await effects.clock.advance(20);
  failing = true;
  queue.add('a');
  await effects.clock.advance(10);
  assert.deepEqual(times().slice(5), [120, 120, 130]);
});

test('createWorkQueue() keeps the earliest of several delayed adds of a key', async () => {
  const { queue, times, effects } = setUp();
  queue.addAfter('a', 50);
  queue.addAfter('a', 20);
  queue.addAfter('a', 70);
  await effects.clock.advance(100);
  assert.deepEqual(times(), [20]);
});

test('createWorkQueue() makes the next pass after the time that the pass asked for', async () => {
  const { queue, times, effects, answers } = setUp();
  answers(() => ({ afterMs: 40 }));
  queue.add('a');
  await effects.clock.advance(85);
  assert.deepEqual(times(), [0, 40, 80]);
});

test('createWorkQueue() takes keys added before run', async () => {
  const effects = fakeEffects();
  const seen: string[] = [];
  const reconcile = async (key: string): Promise<NextPass> => {
    seen.push(key);
    return 'on-change';
  };
  const queue = createWorkQueue({ name: 'early', effects, reconcile });
  queue.add('a');
  await effects.clock.settle();
  assert.deepEqual(seen, []);
  void queue.run(new AbortController().signal);
  await queue.idle();
  assert.deepEqual(seen, ['a']);
});

test('createWorkQueue().run resolves only when the last pass has ended after an abort, and starts nothing more', async () => {
  const { queue, keys, release, effects, abort, ended } = setUp({ hold: true, concurrencyMax: 1 });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 10);
  await effects.clock.settle();
  abort.abort();
  await effects.clock.advance(100);
  assert.equal(over, false);
  release();
  await ended;
  assert.deepEqual(keys(), ['a']);
  assert.equal(effects.clock.timers, 0);
});

test("createWorkQueue() reports upstream's metrics", async () => {
  const { queue, effects, answers } = setUp();
  let failures = 1;
  answers(() => {
    if (failures-- > 0) throw new TypeError('once');
    return 'on-change';
  });
  queue.add('a');
  await effects.clock.advance(1000);
  const text = await effects.metrics.expose();
  for (const line of [
    'workqueue_adds_total{name="test"} 2',
    'workqueue_retries_total{name="test"} 1',
    'workqueue_depth{name="test"} 0',
  ])
    assert.ok(text.includes(`${line}\n`), line);
  assert.match(text, /workqueue_work_duration_seconds_count\{name="test"\} 2/);
});
