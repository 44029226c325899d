import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEffects } from '@steersman/machinery';
import packet, { type Packet } from 'dns-packet';
import type { ClusterView, ServiceView } from './contract.ts';
import { createForwarder, resolversOf } from './forward.ts';
import { createHandler } from './handler.ts';

const many = Array.from({ length: 200 }, (_, index) => `10.1.${index}.1`);
const service = (name: string, fields: Partial<ServiceView>): ServiceView => ({
  namespace: 'default',
  name,
  resourceVersion: '1',
  headless: false,
  clusterIPs: ['10.96.0.20'],
  publishNotReadyAddresses: false,
  ports: [],
  ...fields,
});
const services = [
  service('web', {}),
  service('many', { clusterIPs: many.slice(0, 30) }),
  service('toomany', { clusterIPs: many }),
  service('alias', { clusterIPs: [], externalName: 'web.default.svc.cluster.local' }),
  service('outside', { clusterIPs: [], externalName: 'example.org' }),
  service('loop', { clusterIPs: [], externalName: 'loop.default.svc.cluster.local' }),
];
const view: ClusterView = {
  service: (_namespace, name) => services.find((one) => one.name === name),
  slices: () => [],
  namespaceExists: () => true,
  serviceByAddress: () => undefined,
  slicesByAddress: () => [],
};
const question = (name: string, type: 'A' | 'AAAA' = 'A') =>
  packet.encode({ type: 'query', id: 99, flags: packet.RECURSION_DESIRED, questions: [{ name, type }] });

function setUp(answer: (asked: Packet) => Packet | undefined = () => undefined) {
  const effects = fakeEffects();
  const asked: string[] = [];
  const forwarder = createForwarder({
    servers: ['192.0.2.1', '192.0.2.2'],
    effects,
    exchange: async (server, message) => {
      const query = packet.decode(Buffer.from(message));
      asked.push(`${server} ${query.questions?.[0]?.name}`);
      const response = server === '192.0.2.1' ? undefined : answer(query);
      if (response === undefined) return Promise.reject(new Error('no answer'));
      return packet.encode({ ...response, id: query.id ?? 0, type: 'response', questions: query.questions ?? [] });
    },
  });
  const zone = { domain: 'cluster.local', address: '10.96.0.10', serial: () => 1 };
  const handle = createHandler({ view, zone, forwarder, effects });
  const ask = async (message: Uint8Array, transport: 'udp' | 'tcp' = 'udp') => {
    const bytes = await handle(message, transport);
    assert.ok(bytes);
    return { bytes, ...packet.decode(Buffer.from(bytes)) };
  };
  return { ask, handle, asked, effects };
}

test('createHandler() answers for Services with the id and question of the request', async () => {
  const { id, questions, answers, flag_aa, flag_ra } = await setUp().ask(question('web.default.svc.cluster.local'));
  assert.equal(id, 99);
  assert.deepEqual(questions, [{ name: 'web.default.svc.cluster.local', type: 'A', class: 'IN' }]);
  assert.deepEqual(
    answers?.map((record) => record.type === 'A' && record.data),
    ['10.96.0.20'],
  );
  assert.ok(flag_aa && flag_ra);
});
test('createHandler() fits thirty addresses into one packet by compression and truncates what is too much', async () => {
  const { ask } = setUp();
  const thirty = await ask(
    packet.encode({
      type: 'query',
      id: 1,
      questions: [{ name: 'many.default.svc.cluster.local', type: 'A' }],
      additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [] } as never],
    }),
  );
  assert.equal(thirty.answers?.length, 30);
  assert.ok(thirty.bytes.length <= 1232);
  const cut = await ask(question('toomany.default.svc.cluster.local'));
  assert.equal(cut.flag_tc, true);
  assert.equal(cut.answers?.length, 0);
  const overTcp = await ask(question('toomany.default.svc.cluster.local'), 'tcp');
  assert.equal(overTcp.answers?.length, 200);
});
test('createHandler() follows ExternalNames inside and outside of the cluster, and gives up on loops', async () => {
  const { ask } = setUp((asked) => ({
    answers: [{ type: 'A', name: asked.questions?.[0]?.name ?? '', ttl: 60, data: '192.0.2.80' }],
  }));
  const inside = await ask(question('alias.default.svc.cluster.local'));
  assert.deepEqual(
    inside.answers?.map((record) => record.type),
    ['CNAME', 'A'],
  );
  const outside = await ask(question('outside.default.svc.cluster.local'));
  assert.deepEqual(
    outside.answers?.map((record) => record.type),
    ['CNAME', 'A'],
  );
  const loop = await ask(question('loop.default.svc.cluster.local'));
  assert.ok((loop.answers?.length ?? 0) <= 9);
});
test('createHandler() forwards other names to the next resolver that answers and caches by time to live', async () => {
  const { ask, asked, effects } = setUp((query) => ({
    answers: [{ type: 'A', name: query.questions?.[0]?.name ?? '', ttl: 20, data: '192.0.2.80' }],
  }));
  await ask(question('example.org'));
  await effects.clock.advance(5000);
  const again = await ask(question('example.org'));
  assert.deepEqual(asked, ['192.0.2.1 example.org', '192.0.2.2 example.org']);
  assert.equal(again.id, 99);
  assert.deepEqual(
    again.answers?.map((record) => record.type === 'A' && record.ttl),
    [15],
  );
  await effects.clock.advance(16_000);
  await ask(question('example.org'));
  assert.equal(asked.length, 4);
});
test('createHandler() says SERVFAIL when no resolver answers', async () => {
  const { rcode } = (await setUp().ask(question('example.org'))) as { rcode?: string };
  assert.equal(rcode, 'SERVFAIL');
});
test('createHandler() survives malformed messages and never answers answers', async () => {
  const { handle } = setUp();
  assert.equal(await handle(new Uint8Array(3), 'udp'), undefined);
  assert.equal(await handle(packet.encode({ type: 'response', id: 1, questions: [] }), 'udp'), undefined);
  const looping = Buffer.from(question('web.default.svc.cluster.local'));
  looping[12] = 0xc0;
  looping[13] = 12;
  const answer = await handle(looping, 'udp');
  assert.equal((answer?.[3] ?? 0) & 15, 1);
});
test('resolversOf() leaves out loopback resolvers and ourselves', () => {
  const text = 'search x\nnameserver 127.0.0.53\nnameserver 10.96.0.10\nnameserver 192.0.2.1 # main\n';
  assert.deepEqual(resolversOf(text, ['10.96.0.10']), ['192.0.2.1']);
});
