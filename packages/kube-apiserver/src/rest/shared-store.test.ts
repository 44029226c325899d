/** What only happens when others write to the same store, and this server hears of it a little later. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEffects } from '@steersman/machinery';
import { createMemoryStorage, type EventBatch, type Storage } from '@steersman/storage';
import { startTestServer, type TestServer } from '../test-server.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

interface SharedStore extends Storage {
  /** Events are held back until `hear` is called. */
  deafen(): void;
  hear(): void;
  /** What happens while the server waits for the answer to its next question for the compacted revision. */
  beforeNextAnswer: () => Promise<void>;
}

function sharedStore(): SharedStore {
  const storage = createMemoryStorage({ clock: fakeEffects().clock });
  let held: (() => void)[] | undefined;
  return {
    ...storage,
    beforeNextAnswer: async () => {},
    deafen() {
      held = [];
    },
    hear() {
      const waiting = held ?? [];
      held = undefined;
      for (const tell of waiting) tell();
    },
    watch: (request, handler) =>
      storage.watch(request, (batch: EventBatch) =>
        held === undefined ? handler(batch) : held.push(() => handler(batch)),
      ),
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
