import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAlreadyExists, isConflict, isNotFound, type Pod, Resources } from '@steersman/api';
import { createClient } from './client.ts';
import type { Transport, WatchEvent } from './contract.ts';

const podNamed = (name: string, labels: Record<string, string> = {}): Pod => ({
  metadata: { name, namespace: 'default', labels },
  spec: { containers: [{ name: 'main', image: 'demo' }] },
});

async function take<T>(events: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

/** What every transport must do, asked through the typed client of a server with an empty `default` namespace. */
export function testTransport(
  name: string,
  open: () => Promise<{ readonly transport: Transport; close(): Promise<void> }>,
): void {
  const withPods = (
    title: string,
    body: (pods: ReturnType<ReturnType<typeof createClient>['resource']>, transport: Transport) => Promise<void>,
  ) =>
    test(`${name}: ${title}`, async () => {
      const { transport, close } = await open();
      try {
        await body(createClient(transport).resource(Resources.pods) as never, transport);
      } finally {
        await close();
      }
    });

  withPods('create() answers with the stored object', async (pods) => {
    const created = await pods.create(podNamed('a'));
    assert.equal(created.metadata.name, 'a');
    assert.notEqual(created.metadata.uid, undefined);
    assert.deepEqual(await pods.get({ namespace: 'default', name: 'a' }), created);
  });

  withPods('errors carry the Status of the server', async (pods) => {
    await pods.create(podNamed('a'));
    await assert.rejects(pods.create(podNamed('a')), isAlreadyExists);
    await assert.rejects(pods.get({ namespace: 'default', name: 'b' }), isNotFound);
    assert.equal(await pods.find({ namespace: 'default', name: 'b' }), undefined);
  });

  withPods('update() with an old resourceVersion is a conflict', async (pods) => {
    const created = await pods.create(podNamed('a'));
    await pods.update({ ...created, metadata: { ...created.metadata, labels: { x: '1' } } });
    await assert.rejects(
      pods.update({ ...created, metadata: { ...created.metadata, labels: { x: '2' } } }),
      isConflict,
    );
  });

  withPods('list() selects and pages, and names the kind of every item', async (pods) => {
    for (const suffix of ['a', 'b', 'c']) await pods.create(podNamed(suffix, { odd: suffix === 'b' ? 'no' : 'yes' }));
    const selected = await pods.list({ namespace: 'default', labelSelector: 'odd=yes' });
    assert.deepEqual(
      selected.items.map(({ kind, apiVersion, metadata }) => [kind, apiVersion, metadata.name]),
      [
        ['Pod', 'v1', 'a'],
        ['Pod', 'v1', 'c'],
      ],
    );
    const first = await pods.list({ namespace: 'default', limit: 2 });
    const second = await pods.list({
      namespace: 'default',
      limit: 2,
      ...(first.continue === undefined ? {} : { continue: first.continue }),
    });
    assert.deepEqual([first.items.length, second.items.length, second.continue], [2, 1, undefined]);
  });

  withPods('watch() tells changes in order and ends when the reader leaves', async (pods) => {
    const { resourceVersion } = await pods.list({ namespace: 'default' });
    await pods.create(podNamed('a'));
    await pods.patch(
      { namespace: 'default', name: 'a' },
      { type: 'merge', body: { metadata: { labels: { x: '1' } } } },
    );
    await pods.delete({ namespace: 'default', name: 'a' });
    const events = await take(pods.watch({ namespace: 'default', resourceVersion }), 3);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'MODIFIED', 'DELETED'],
    );
  });

  withPods('watch() with sendInitialEvents marks their end', async (pods) => {
    await pods.create(podNamed('a'));
    const options = {
      namespace: 'default',
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    } as const;
    const [first, second] = (await take(pods.watch(options), 2)) as WatchEvent<Pod>[];
    assert.equal(first?.type, 'ADDED');
    assert.deepEqual(second?.type === 'BOOKMARK' && second.initialEventsEnd, true);
  });

  withPods('a request with an aborted signal rejects', async (pods) => {
    const stop = new AbortController();
    const events = take(pods.watch({ namespace: 'default', signal: stop.signal }), 1);
    stop.abort();
    await events.then(
      (seen) => assert.deepEqual(seen, []),
      (error: unknown) => assert.equal(stop.signal.aborted, true, String(error)),
    );
    await assert.rejects(pods.list({ signal: stop.signal }));
  });
}
