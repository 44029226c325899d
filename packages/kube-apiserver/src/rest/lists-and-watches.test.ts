import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer, type WatchFrame } from '../test-server.ts';

interface List {
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
  readonly message: string;
}
const configMaps = '/api/v1/namespaces/default/configmaps';

async function make(api: TestServer, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const labels = { parity: Number(name.slice(1)) % 2 === 0 ? 'even' : 'odd' };
    await api.send('POST', configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels } });
  }
}
const namesOf = ({ items }: List) => items.map(({ metadata }) => metadata.name);

async function take(frames: AsyncIterator<WatchFrame>, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const { value, done } = await frames.next();
    if (done === true) break;
    seen.push(`${value.type} ${value.object.metadata?.name ?? ''}`.trim());
  }
  return seen;
}

test('LIST pages through one snapshot, although objects come and go meanwhile', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2', 'c3', 'c4', 'c5');
  const first = (await api.send<List>('GET', `${configMaps}?limit=2`)).body;
  assert.deepEqual([namesOf(first), first.metadata.remainingItemCount], [['c1', 'c2'], 3]);
  await api.send('DELETE', `${configMaps}/c4`);
  await make(api, 'c6');
  const second = (await api.send<List>('GET', `${configMaps}?limit=2&continue=${first.metadata.continue}`)).body;
  assert.deepEqual([namesOf(second), second.metadata.resourceVersion], [['c3', 'c4'], first.metadata.resourceVersion]);
  const third = (await api.send<List>('GET', `${configMaps}?limit=2&continue=${second.metadata.continue}`)).body;
  assert.deepEqual([namesOf(third), third.metadata.continue], [['c5'], undefined]);
});

test('LIST at resourceVersion 0 gives everything whatever the limit, but events in pages', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2', 'c3');
  const all = (await api.send<List>('GET', `${configMaps}?limit=2&resourceVersion=0`)).body;
  assert.deepEqual([namesOf(all), all.metadata.continue], [['c1', 'c2', 'c3'], undefined]);
  const match = (
    await api.send<List>('GET', `${configMaps}?limit=2&resourceVersion=0&resourceVersionMatch=NotOlderThan`)
  ).body;
  assert.equal(match.items.length, 3);
  const events = '/api/v1/namespaces/default/events';
  for (const name of ['e1', 'e2', 'e3']) {
    const involvedObject = { kind: 'Pod', name: 'a', namespace: 'default' };
    const event = { metadata: { name, namespace: 'default' }, involvedObject, type: 'Normal', reason: 'R' };
    const { status } = await api.send('POST', events, { kind: 'Event', apiVersion: 'v1', ...event });
    assert.equal(status, 201);
  }
  const page = (await api.send<List>('GET', `${events}?limit=2&resourceVersion=0`)).body;
  assert.deepEqual([namesOf(page), page.metadata.remainingItemCount], [['e1', 'e2'], 1]);
});

test('LIST with a continue token older than the history answers Expired with a token to go on', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2', 'c3');
  const first = (await api.send<List>('GET', `${configMaps}?limit=1`)).body;
  await make(api, 'c4', 'c5');
  await api.storage.compact(await api.storage.currentRevision());
  const expired = await api.send<List>('GET', `${configMaps}?limit=1&continue=${first.metadata.continue}`);
  assert.equal(expired.status, 410);
  const more = (await api.send<List>('GET', `${configMaps}?continue=${expired.body.metadata.continue}`)).body;
  assert.deepEqual(namesOf(more), ['c2', 'c3', 'c4', 'c5']);
});

test('LIST with a token of a compacted revision answers Expired although nothing of the resource has changed', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2', 'c3');
  const first = (await api.send<List>('GET', `${configMaps}?limit=1`)).body;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other' } };
  await api.send('POST', '/api/v1/namespaces/default/secrets', secret);
  await api.storage.compact(await api.storage.currentRevision());
  const expired = await api.send<List>('GET', `${configMaps}?limit=1&continue=${first.metadata.continue}`);
  assert.equal(expired.status, 410);
});

test('LIST filters by labels and fields, and refuses fields that are not selectable', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2', 'c3');
  assert.deepEqual(namesOf((await api.send<List>('GET', `${configMaps}?labelSelector=parity%3Dodd`)).body), [
    'c1',
    'c3',
  ]);
  assert.deepEqual(namesOf((await api.send<List>('GET', `${configMaps}?fieldSelector=metadata.name%3Dc2`)).body), [
    'c2',
  ]);
  assert.deepEqual(
    namesOf((await api.send<List>('GET', '/api/v1/configmaps?fieldSelector=metadata.namespace%3Dother')).body),
    [],
  );
  const refused = await api.send<List>('GET', `${configMaps}?fieldSelector=data.a%3Db`);
  assert.deepEqual(
    [refused.status, refused.body.message],
    [400, '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  );
});

test('LIST at an exact resourceVersion shows the past, and one from the future is refused', async () => {
  await using api = await startTestServer();
  await make(api, 'c1');
  const { resourceVersion } = (await api.send<List>('GET', configMaps)).body.metadata;
  await make(api, 'c2');
  const past = await api.send<List>(
    'GET',
    `${configMaps}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`,
  );
  assert.deepEqual(namesOf(past.body), ['c1']);
  const page = await api.send<List>('GET', `${configMaps}?resourceVersion=${resourceVersion}&limit=5`);
  assert.deepEqual(namesOf(page.body), ['c1']);
  const atLeast = await api.send<List>('GET', `${configMaps}?resourceVersion=${resourceVersion}`);
  assert.deepEqual(namesOf(atLeast.body), ['c1', 'c2']);
  const early = await api.send<List>('GET', `${configMaps}?resourceVersion=99999&resourceVersionMatch=Exact`);
  assert.equal(early.status, 504);
});

test('LIST as a Table and as metadata only', async () => {
  await using api = await startTestServer();
  await make(api, 'c1');
  const table = await api.send('GET', configMaps, undefined, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  });
  const { columnDefinitions, rows } = table.body as {
    columnDefinitions: { name: string }[];
    rows: { cells: unknown[]; object: { kind: string } }[];
  };
  assert.equal(columnDefinitions[0]?.name, 'Name');
  assert.deepEqual([rows[0]?.cells[0], rows[0]?.object.kind], ['c1', 'PartialObjectMetadata']);
  const partial = await api.send<List>('GET', configMaps, undefined, {
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  });
  assert.equal(partial.body.kind, 'PartialObjectMetadataList');
});

test('WATCH from a list tells every later change, with DELETED carrying the last object', async () => {
  await using api = await startTestServer();
  await make(api, 'c1');
  const { resourceVersion } = (await api.send<List>('GET', configMaps)).body.metadata;
  const frames = api.watch(`${configMaps}?watch=1&resourceVersion=${resourceVersion}`);
  const seen = take(frames, 3);
  await make(api, 'c2');
  await api.send('PATCH', `${configMaps}/c1`, { data: { a: 'b' } }, { 'content-type': 'application/merge-patch+json' });
  await api.send('DELETE', `${configMaps}/c1`);
  assert.deepEqual(await seen, ['ADDED c2', 'MODIFIED c1', 'DELETED c1']);
  await frames.return?.();
});

test('WATCH with a selector turns objects that leave it into DELETED and those that enter into ADDED', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2');
  const { resourceVersion } = (await api.send<List>('GET', configMaps)).body.metadata;
  const frames = api.watch(`${configMaps}?watch=1&labelSelector=parity%3Dodd&resourceVersion=${resourceVersion}`);
  const seen = take(frames, 2);
  const label = (name: string, parity: string) =>
    api.send(
      'PATCH',
      `${configMaps}/${name}`,
      { metadata: { labels: { parity } } },
      { 'content-type': 'application/merge-patch+json' },
    );
  await label('c1', 'even');
  await label('c2', 'odd');
  assert.deepEqual(await seen, ['DELETED c1', 'ADDED c2']);
  await label('c2', 'even');
  const { value } = (await frames.next()) as { value: WatchFrame };
  const now = await api.send<{ metadata: { resourceVersion: string } }>('GET', `${configMaps}/c2`);
  const { labels, resourceVersion: at } = value.object.metadata;
  assert.deepEqual([value.type, labels, at], ['DELETED', { parity: 'odd' }, now.body.metadata.resourceVersion]);
  await frames.return?.();
});

test('WATCH with sendInitialEvents sends the state, then a bookmark that says so, then changes', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2');
  const frames = api.watch(
    `${configMaps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
  );
  assert.deepEqual(await take(frames, 2), ['ADDED c1', 'ADDED c2']);
  const { value } = (await frames.next()) as { value: WatchFrame };
  assert.equal(value.type, 'BOOKMARK');
  assert.equal(value.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
  await make(api, 'c3');
  assert.deepEqual(await take(frames, 1), ['ADDED c3']);
  await frames.return?.();
});

test('WATCH from before the history gets one ERROR event with code 410', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2');
  const restarted = await startTestServer({ storage: api.storage });
  const frames = restarted.watch(`${configMaps}?watch=1&resourceVersion=1`);
  const { value } = (await frames.next()) as { value: WatchFrame };
  assert.deepEqual([value.type, value.object['code'], value.object['reason']], ['ERROR', 410, 'Expired']);
  assert.equal((await frames.next()).done, true);
  await restarted.server.close();
});

test('WATCH ends after timeoutSeconds and sends bookmarks on the way', async () => {
  await using api = await startTestServer();
  const frames = api.watch(`${configMaps}?watch=1&timeoutSeconds=90&allowWatchBookmarks=true`);
  const first = frames.next();
  await new Promise(setImmediate);
  await api.effects.clock.advance(61_000);
  assert.equal(((await first) as { value: WatchFrame }).value.type, 'BOOKMARK');
  await api.effects.clock.advance(27_001);
  assert.equal(((await frames.next()) as { value: WatchFrame }).value.type, 'BOOKMARK');
  await api.effects.clock.advance(3000);
  assert.equal((await frames.next()).done, true);
});

test('WATCH gets a bookmark two seconds before its time is over, if it asked for bookmarks', async () => {
  await using api = await startTestServer();
  await make(api, 'c1');
  const { resourceVersion } = (await api.send<List>('GET', configMaps)).body.metadata;
  const query = `${configMaps}?watch=1&timeoutSeconds=10&resourceVersion=${resourceVersion}`;
  const [asked, silent] = [api.watch(`${query}&allowWatchBookmarks=true`), api.watch(query)];
  const first = Promise.all([asked.next(), silent.next()]);
  await new Promise(setImmediate);
  await api.effects.clock.advance(8001);
  await new Promise(setImmediate);
  await api.effects.clock.advance(2000);
  const [told, nothing] = await first;
  assert.deepEqual([(told.value as WatchFrame).type, nothing.done], ['BOOKMARK', true]);
  assert.equal((told.value as WatchFrame).object.metadata.resourceVersion, resourceVersion);
  assert.equal((await asked.next()).done, true);
});

test('WATCH of one name takes no field selector for another', async () => {
  await using api = await startTestServer();
  const path = '/api/v1/watch/namespaces/default/configmaps/c1';
  for (const selector of ['metadata.name%3Dc2', 'metadata.namespace%3Ddefault']) {
    const { status, body } = await api.send<List>('GET', `${path}?fieldSelector=${selector}`);
    assert.deepEqual([status, body.message], [400, "fieldSelector metadata.name doesn't match requested name"]);
  }
});

test('DELETE of a collection deletes what its selector finds', async () => {
  await using api = await startTestServer();
  await make(api, 'c1', 'c2', 'c3');
  await api.send('DELETE', `${configMaps}?labelSelector=parity%3Dodd`);
  assert.deepEqual(namesOf((await api.send<List>('GET', configMaps)).body), ['c2']);
});

const causesOf = (body: unknown) =>
  ((body as { details?: { causes?: { field: string; message: string }[] } }).details?.causes ?? []).map(
    ({ field, message }) => `${field}: ${message}`,
  );

test('LIST and WATCH refuse options that do not go together, all causes at once', async () => {
  await using api = await startTestServer();
  for (const [query, causes] of [
    [
      'resourceVersionMatch=Exact',
      ['resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'],
    ],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      ['resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
    ],
    [
      'resourceVersion=1&resourceVersionMatch=foo',
      ['resourceVersionMatch: Unsupported value: "foo": supported values: "Exact", "NotOlderThan", ""'],
    ],
    ['sendInitialEvents=true', ['sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list']],
    ['sendInitialEvents=false', ['sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list']],
    [
      'watch=1&sendInitialEvents=true',
      ['resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
    ],
    [
      'watch=1&resourceVersionMatch=NotOlderThan',
      [
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ],
    ],
    [
      'watch=1&sendInitialEvents=true&resourceVersionMatch=Exact&continue=abc',
      [
        'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        'resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"',
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
      ],
    ],
  ] as const) {
    const { status, body } = await api.send<List>('GET', `${configMaps}?${query}`);
    assert.deepEqual([status, causesOf(body)], [422, causes], query);
  }
});

test('LIST and GET at a revision of the future answer 504 with a cause that clients wait for', async () => {
  await using api = await startTestServer();
  await make(api, 'c1');
  const answer = api.send('GET', `${configMaps}?resourceVersion=99999`);
  await new Promise(setImmediate);
  await api.effects.clock.advance(3001);
  const { status, body } = await answer;
  const { details, reason, message } = body as {
    details: { causes: { reason: string }[]; retryAfterSeconds: number };
    reason: string;
    message: string;
  };
  assert.deepEqual(
    [status, reason, details.causes[0]?.reason, details.retryAfterSeconds],
    [504, 'Timeout', 'ResourceVersionTooLarge', 1],
  );
  assert.match(message, /^Timeout: Too large resource version: 99999, current: \d+$/);
});

test('WATCH of metadata only tells what a full watch tells, also of objects that leave its selection', async () => {
  await using api = await startTestServer();
  const accept = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
  const query = `${configMaps}?watch=1&labelSelector=parity%3Dodd`;
  const [full, partial] = [api.watch(query), api.watch(query, accept)];
  const collect = async (frames: AsyncIterator<WatchFrame>) => {
    const seen: unknown[] = [];
    while (seen.length < 3) {
      const { value } = (await frames.next()) as { value: WatchFrame };
      seen.push([value.type, value.object.metadata]);
      if (frames === partial) assert.deepEqual(Object.keys(value.object), ['kind', 'apiVersion', 'metadata']);
    }
    return seen;
  };
  const both = Promise.all([collect(full), collect(partial)]);
  await make(api, 'c1');
  const patch = { 'content-type': 'application/merge-patch+json' };
  const annotations = { text: 'a "brace" } and a \\ and ü' };
  await api.send('PATCH', `${configMaps}/c1`, { metadata: { annotations } }, patch);
  await api.send('PATCH', `${configMaps}/c1`, { metadata: { labels: { parity: 'even' } } }, patch);
  const [told, toldPartial] = await both;
  assert.deepEqual(toldPartial, told);
  await Promise.all([full.return?.(), partial.return?.()]);
});
