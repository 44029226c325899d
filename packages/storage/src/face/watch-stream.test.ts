import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import type { EmbeddedStorage } from '../embedded.ts';
import { createMemoryStorage } from '../memory/engine.ts';
import type { Message, WatchCreateRequest } from './messages.ts';
import { WatchStream } from './watch-stream.ts';

const create = (request: Partial<WatchCreateRequest> = {}) => ({
  create_request: {
    key: Buffer.from('k'),
    range_end: Buffer.from('l'),
    start_revision: '0',
    progress_notify: false,
    filters: [],
    prev_kv: false,
    watch_id: '0',
    fragment: false,
    ...request,
  },
});

/** A client that takes what is sent only when it wants to. */
function streamOn(storage: EmbeddedStorage, clock = fakeClock()) {
  const responses: Message[] = [];
  const taken: (() => void)[] = [];
  const failures: unknown[] = [];
  const stream = new WatchStream({
    storage,
    clock,
    header: (revision) => ({ revision }),
    send(response, sent) {
      responses.push(response);
      taken.push(sent);
    },
    fail: (error) => failures.push(error),
    fragmentBytesMax: 1000,
    progressIntervalMs: 1000,
  });
  return {
    stream,
    responses,
    failures,
    clock,
    /** Lets everything happen that can. */
    async settle() {
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    },
    take: () => {
      for (const sent of taken.splice(0)) sent();
    },
    revisions: () =>
      responses.flatMap(({ events }) =>
        ((events ?? []) as { kv: { mod_revision: number } }[]).map(({ kv }) => kv.mod_revision),
      ),
  };
}

const put = (storage: EmbeddedStorage, key: string, bytes = 1) =>
  storage.decide(() => [{ kind: 'put', key, value: Buffer.alloc(bytes) }]);

test('WatchStream gathers nothing for a client that does not read, and goes on without a gap when it does', async () => {
  const storage = createMemoryStorage({ clock: fakeClock(), firstRevision: 1 });
  const { stream, responses, revisions, settle, take, failures } = streamOn(storage);
  stream.take(create());
  await settle();
  for (let round = 0; round < 40; round += 1) await put(storage, `k${round}`, 1024 * 1024);
  await settle();
  assert.ok(responses.length < 12, `${responses.length} responses wait for a client that does not read`);
  for (let round = 0; round < 40; round += 1) {
    take();
    await settle();
  }
  assert.deepEqual(
    revisions(),
    Array.from({ length: 40 }, (_, index) => index + 2),
  );
  assert.deepEqual(failures, []);
});

test('WatchStream promises progress only after the events before it, also to a client that lies behind', async () => {
  const storage = createMemoryStorage({ clock: fakeClock(), firstRevision: 1 });
  const { stream, responses, settle, take } = streamOn(storage);
  stream.take(create());
  stream.take(create({ watch_id: '5' }));
  await settle();
  for (let round = 0; round < 10; round += 1) await put(storage, `k${round}`, 1024 * 1024);
  stream.take({ progress_request: {} });
  await settle();
  const isProgress = ({ watch_id: id }: Message) => id === -1;
  assert.equal(responses.findIndex(isProgress), -1);
  for (let round = 0; round < 20; round += 1) {
    take();
    await settle();
  }
  const told = new Map<unknown, number>();
  for (const response of responses) {
    const { events, watch_id: id, header } = response as { events?: unknown[]; watch_id: number; header: unknown };
    if (events !== undefined) told.set(id, (told.get(id) ?? 0) + events.length);
    if (!isProgress(response)) continue;
    assert.deepEqual(header, { revision: 11 });
    assert.deepEqual([...told.values()], [10, 10]);
  }
  assert.ok(responses.some(isProgress));
});

test('WatchStream splits a revision for who asked for fragments, and for nobody else', async () => {
  const storage = createMemoryStorage({ clock: fakeClock(), firstRevision: 1 });
  const { stream, responses, settle } = streamOn(storage);
  stream.take(create({ watch_id: '1' }));
  stream.take(create({ watch_id: '2', fragment: true }));
  await settle();
  await storage.decide(() => ['k1', 'k2', 'k3'].map((key) => ({ kind: 'put', key, value: Buffer.alloc(600) })));
  await settle();
  const parts = responses.filter(({ events }) => events !== undefined);
  const shown = parts.map(({ watch_id: id, events, fragment }) => [id, (events as unknown[]).length, fragment]);
  assert.deepEqual(shown, [
    [1, 3, false],
    [2, 1, true],
    [2, 1, true],
    [2, 1, false],
  ]);
});

test('WatchStream tells idle watches that ask for it how far they are, and ends with the storage', async () => {
  const storage = createMemoryStorage({ clock: fakeClock(), firstRevision: 1 });
  const { stream, responses, settle, clock, failures } = streamOn(storage);
  stream.take(create({ watch_id: '1', progress_notify: true }));
  stream.take(create({ watch_id: '2' }));
  await settle();
  await put(storage, 'other');
  await clock.advance(1000);
  await settle();
  assert.deepEqual(responses.slice(2), [{ header: { revision: 2 }, watch_id: 1 }]);
  await storage.close();
  await settle();
  assert.equal(failures.length, 1);
});
