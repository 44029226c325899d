import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionPlugin } from '../admission/contract.ts';
import { startTestServer } from '../test-server.ts';

const path = '/api/v1/namespaces/default/configmaps';
const user = (name: string) => ({ name, groups: [] });

/** A server with one place for writes, which an admission plugin holds until told. */
async function setUp() {
  const open = Promise.withResolvers<void>();
  const seen: string[] = [];
  const gate: AdmissionPlugin = {
    name: 'Gate',
    handles: () => true,
    mutate: async ({ user: { name } }) => {
      seen.push(name);
      await open.promise;
    },
  };
  const extensions = { subresourceHandlers: () => [], admissionPlugins: () => [gate], postStartHooks: () => [] };
  const api = await startTestServer({
    extensions,
    enablePriorityAndFairness: false,
    maxMutatingRequestsInFlight: 1,
    authorizationModes: ['AlwaysAllow'],
  });
  const post = (name: string, who: string) => api.send('POST', path, { metadata: { name } }, {}, user(who));
  return { api, seen, post, open: () => open.resolve() };
}

test('maxInFlightStage lets writes beyond the bound wait, users in turn, instead of refusing them', async () => {
  const { api, seen, post, open } = await setUp();
  const answers = [post('a', 'ann'), post('b', 'ann'), post('c', 'ann'), post('d', 'bob')];
  await new Promise(setImmediate);
  assert.deepEqual(seen, ['ann']);
  open();
  assert.deepEqual(
    (await Promise.all(answers)).map(({ status }) => status),
    [201, 201, 201, 201],
  );
  assert.deepEqual(seen, ['ann', 'ann', 'bob', 'ann']);
  await api.server.close();
});

test('maxInFlightStage refuses with 429 and Retry-After who has waited too long, and never holds up system:masters', async () => {
  const { api, post, open } = await setUp();
  const first = post('a', 'ann');
  const late = post('b', 'bob');
  await new Promise(setImmediate);
  await api.effects.clock.advance(31_000);
  const refused = await late;
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '1']);
  const master = api.send('POST', path, { metadata: { name: 'm' } });
  open();
  assert.deepEqual([(await master).status, (await first).status], [201, 201]);
  await api.server.close();
});
