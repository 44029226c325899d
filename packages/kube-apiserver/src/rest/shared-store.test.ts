/** What only happens when others write to the same store, and this server hears of it a little later. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEffects } from '@steersman/machinery';
import { createMemoryStorage, type EventBatch, type Storage, StorageError } from '@steersman/storage';
import { startTestServer, type TestServer } from '../test-server.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

interface SharedStore extends Storage {
  /** Changes happen that nobody can be told of: the store ends its watch as etcd does after a compaction. */
  forgetHistory(): void;
  /** Events are held back until `hear` is called. */
  deafen(): void;
  hear(): void;
  /** What happens while the server waits for the answer to its next question for the compacted revision. */
  beforeNextAnswer: () => Promise<void>;
}

function sharedStore(): SharedStore {
  const storage = createMemoryStorage({ clock: fakeEffects().clock });
  let held: (() => void)[] | undefined;
  let lost: PromiseWithResolvers<void> | undefined;
  return {
    ...storage,
    beforeNextAnswer: async () => {},
    deafen() {
      held = [];
    },
    forgetHistory() {
      held = undefined;
      lost?.reject(new StorageError('compacted', 'revision 1 is compacted'));
    },
    hear() {
      const waiting = held ?? [];
      held = undefined;
      for (const tell of waiting) tell();
    },
    watch(request, handler) {
      const watch = storage.watch(request, (batch: EventBatch) => {
        if (held === undefined) handler(batch);
        else held.push(() => handler(batch));
      });
      lost = Promise.withResolvers<void>();
      lost.promise.catch(() => watch.close());
      return { close: watch.close, done: Promise.race([watch.done, lost.promise]) };
    },
    async compactedRevision() {
      const before = this.beforeNextAnswer;
      this.beforeNextAnswer = async () => {};
      await before();
      return storage.compactedRevision();
    },
  };
}

/** As another server would. */
async function writeElsewhere(storage: Storage, name: string): Promise<number> {
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'default' } };
  const key = `/registry/configmaps/default/${name}`;
  const value = Buffer.from(JSON.stringify(object));
  return (await storage.transact({ when: [], write: [{ kind: 'put', key, value }] })).revision;
}

const start = (storage: Storage): Promise<TestServer> => startTestServer({ storage, storageIsEmbedded: false });

test('LIST at an exact revision shows that one although another server writes while the store is asked', async () => {
  const storage = sharedStore();
  await using api = await start(storage);
  const revision = await writeElsewhere(storage, 'before');
  await api.send('GET', configMaps);
  storage.beforeNextAnswer = async () => void (await writeElsewhere(storage, 'meanwhile'));
  const { body } = await api.send<{ items: { metadata: { name: string } }[] }>(
    'GET',
    `${configMaps}?resourceVersion=${revision}&resourceVersionMatch=Exact`,
  );
  assert.deepEqual(
    body.items.map(({ metadata }) => metadata.name),
    ['before'],
  );
});

test('POST makes an object that another server has just deleted', async () => {
  const storage = sharedStore();
  await using api = await start(storage);
  const key = '/registry/configmaps/default/again';
  await writeElsewhere(storage, 'again');
  await api.send('GET', configMaps);
  storage.deafen();
  await storage.transact({ when: [], write: [{ kind: 'delete', key }] });
  const body = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'again' } };
  const made = api.send('POST', configMaps, body);
  // It may not be refused before this server has heard what there is.
  await new Promise((resolve) => setImmediate(resolve));
  storage.hear();
  assert.equal((await made).status, 201);
});

test('WATCH behind a revision that this server has not heard of begins after it', async () => {
  const storage = sharedStore();
  await using api = await start(storage);
  storage.deafen();
  await writeElsewhere(storage, 'known');
  const known = await writeElsewhere(storage, 'known-too');
  const frames = api.watch(`${configMaps}?watch=true&resourceVersion=${known}`);
  const first = frames.next();
  await writeElsewhere(storage, 'new');
  storage.hear();
  assert.equal((await first).value.object.metadata.name, 'new');
});

test('LIST and WATCH go on when the store gave up changes before this server heard of them', async () => {
  const storage = sharedStore();
  await using api = await start(storage);
  await writeElsewhere(storage, 'kept');
  const deleted = await writeElsewhere(storage, 'deleted');
  await api.send('GET', configMaps);
  const old = api.watch(`${configMaps}?watch=true&resourceVersion=${deleted}`);
  const ended = old.next();
  storage.deafen();
  await storage.transact({ when: [], write: [{ kind: 'delete', key: '/registry/configmaps/default/deleted' }] });
  const created = await writeElsewhere(storage, 'created');
  storage.forgetHistory();
  assert.equal((await ended).done, true, 'a watch that misses something ends');
  const names = async () => {
    const { body } = await api.send<{ items: { metadata: { name: string } }[] }>('GET', configMaps);
    return body.items.map(({ metadata }) => metadata.name);
  };
  assert.deepEqual(await names(), ['created', 'kept']);
  const resumed = await api.watch(`${configMaps}?watch=true&resourceVersion=${deleted}`).next();
  assert.deepEqual([resumed.value.type, resumed.value.object['code']], ['ERROR', 410]);
  const frames = api.watch(`${configMaps}?watch=true&resourceVersion=${created}`);
  const first = frames.next();
  await writeElsewhere(storage, 'later');
  assert.equal((await first).value.object.metadata.name, 'later');
});

test('LIST at an old revision answers ServiceUnavailable while the store does not answer', async () => {
  const memory = sharedStore();
  let silent = false;
  const unless = <T>(answer: () => Promise<T>): Promise<T> =>
    silent ? Promise.reject(new StorageError('unavailable', 'no answer in 5 s')) : answer();
  const storage: Storage = {
    ...memory,
    range: (request) => unless(() => memory.range(request)),
    compactedRevision: () => unless(() => memory.compactedRevision()),
  };
  await using api = await startTestServer({ storage });
  const old = await writeElsewhere(storage, 'c1');
  const newest = await writeElsewhere(storage, 'c2');
  silent = true;
  for (const revision of [old, newest]) {
    const path = `${configMaps}?resourceVersion=${revision}&resourceVersionMatch=Exact`;
    const { status, body } = await api.send<{ reason: string }>('GET', path);
    assert.deepEqual([status, body.reason], [503, 'ServiceUnavailable'], `at ${revision}`);
  }
});
