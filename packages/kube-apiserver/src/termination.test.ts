import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEffects } from '@steersman/machinery';
import { createApiServer } from './api-server.ts';
import type { Exchange } from './pipeline/exchange.ts';
import { createTermination } from './termination.ts';
import { startTestServer } from './test-server.ts';

const request = (verb: string, path = '/api/v1/pods', subresource = '') => {
  const sent: { status?: number; headers: Record<string, unknown> } = { headers: {} };
  const exchange = {
    info: { verb, subresource },
    request: { path, headers: {}, peer: { scheme: 'https' } },
    response: {
      setHeader: (name: string, value: unknown) => Object.assign(sent.headers, { [name]: value }),
      send: (status: number) => Object.assign(sent, { status }),
    },
    finished: [] as (() => void)[],
  };
  return { exchange: exchange as unknown as Exchange, sent, finish: () => exchange.finished[0]?.() };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('createTermination() waits for requests under way and not for watches and streams', async () => {
  const steps: string[] = [];
  const termination = createTermination({ effects: fakeEffects() });
  const [get, watch, log] = [request('get'), request('watch'), request('get', '/x', 'log')];
  for (const { exchange } of [get, watch, log]) assert.equal(termination.stage(exchange), 'next');
  const listener = { stopAccepting: () => void steps.push('stop') } as never;
  const running = termination
    .run({ listeners: [listener], fanouts: [{ end: () => void steps.push('watches') }] })
    .then(() => steps.push('over'));
  await settled();
  assert.deepEqual(steps, ['stop', 'watches']);
  get.finish();
  await running;
  assert.equal(steps.at(-1), 'over');
});

test('createTermination() waits for the requests of connections that were just opened, and then for their answers', async () => {
  const steps: string[] = [];
  const termination = createTermination({ effects: fakeEffects() });
  const arrived = Promise.withResolvers<void>();
  const listener = { stopAccepting: () => arrived.promise } as never;
  void termination.run({ listeners: [listener], fanouts: [] }).then(() => steps.push('over'));
  await settled();
  const late = request('create');
  assert.equal(termination.stage(late.exchange), 'next');
  arrived.resolve();
  await settled();
  assert.deepEqual(steps, []);
  late.finish();
  await settled();
  assert.deepEqual(steps, ['over']);
});

test('createTermination() says goodbye and answers for the delay before anything closes', async () => {
  const steps: string[] = [];
  const effects = fakeEffects();
  const termination = createTermination({ effects, shutdownDelayMs: 10_000 });
  termination.beforeShutdown(async () => void steps.push('farewell'));
  termination.beforeShutdown(() => Promise.reject(new TypeError('no store')));
  assert.equal(termination.begun, false);
  const running = termination.run({
    listeners: [{ stopAccepting: () => void steps.push('stop') } as never],
    fanouts: [],
  });
  await settled();
  assert.equal(termination.begun, true);
  assert.deepEqual(steps, ['farewell']);
  await effects.clock.advance(10_000);
  await running;
  assert.deepEqual(steps.slice(0, 2), ['farewell', 'stop']);
});

test('createTermination() answers 429 with Retry-After when asked to, but goes on telling its health', async () => {
  const termination = createTermination({ effects: fakeEffects(), shutdownSendRetryAfter: true });
  const before = request('get');
  assert.equal(termination.stage(before.exchange), 'next');
  const running = termination.run({ listeners: [], fanouts: [] });
  await settled();
  const late = request('create');
  assert.equal(termination.stage(late.exchange), 'answered');
  assert.deepEqual(late.sent, { status: 429, headers: { 'retry-after': '5', connection: 'close' } });
  const probe = request('get', '/readyz');
  assert.equal(termination.stage(probe.exchange), 'next');
  before.finish();
  probe.finish();
  await running;
});

test('close() fails readyz first and ends watches as they end by themselves', async () => {
  const effects = fakeEffects();
  await using api = await startTestServer({ effects, shutdownDelayMs: 5000 });
  await api.server.ready;
  const frames = api.watch('/api/v1/pods?watch=true');
  const closing = api.server.close();
  const { status, body } = await api.send<string>('GET', '/readyz?verbose');
  assert.equal(status, 500);
  assert.match(body, /\[-\]shutdown failed: reason withheld/);
  assert.equal((await api.send('GET', '/livez')).status, 200);
  const pod = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'late' } };
  assert.equal((await api.send('POST', '/api/v1/namespaces/default/configmaps', pod)).status, 201);
  const end = frames.next();
  await effects.clock.advance(5000);
  assert.equal((await end).done, true);
  await closing;
});

test('close() takes the address of the server out of the endpoints while it still answers', async () => {
  const effects = fakeEffects();
  await using first = await startTestServer({ effects, extensions: {}, config: { advertiseAddress: '192.0.2.1' } });
  await first.server.ready;
  const second = await createApiServer({
    storage: first.storage,
    effects,
    streamHandlers: () => [],
    config: { advertiseAddress: '192.0.2.2', hostname: 'second' },
  });
  await second.ready;
  const path = '/api/v1/namespaces/default/endpoints/kubernetes';
  const addresses = async () => {
    const { body } = await first.send<{ subsets: { addresses: { ip: string }[] }[] }>('GET', path);
    return body.subsets[0]?.addresses.map(({ ip }) => ip);
  };
  assert.deepEqual(await addresses(), ['192.0.2.1', '192.0.2.2']);
  await second.close();
  assert.deepEqual(await addresses(), ['192.0.2.1']);
});
