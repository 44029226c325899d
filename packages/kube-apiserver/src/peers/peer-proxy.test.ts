import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import type { Lease } from '@steersman/api';
import { createClient } from '@steersman/client';
import { createMetrics } from '@steersman/machinery';
import { callInProcess, type HttpHandler, type UpgradeSocket } from '@steersman/server';
import { discoveryResponder } from '../discovery/stage.ts';
import { createPipeline } from '../pipeline/pipeline.ts';
import { sendPathNotFound } from '../pipeline/send-error.ts';
import { startTestServer, type TestServer } from '../test-server.ts';
import { fakePeers } from './fake-peers.ts';
import { renewedLease, serverIdOf } from './identity.ts';
import { ID_LABEL, leaseRecords, PEER_FOLDER } from './lease-records.ts';
import { createPeerProxy } from './peer-proxy.ts';

const USER = { name: 'jane', uid: '7', groups: ['devs', 'system:masters'], extra: { 'Example.com/Team': ['a', 'b'] } };
const ALPHA = '/apis/internal.apiserver.k8s.io/v1alpha1/storageversions';
const RESOURCE = 'internal.apiserver.k8s.io/v1alpha1/storageversions';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const THERE = '192.0.2.2:6443';
const PEER = serverIdOf('there');
const PATIENT = new AbortController().signal;

/** A server that serves nothing but discovery, and beside it a peer that serves an alpha group too. */
async function setUp(peer: TestServer) {
  const effects = { ...peer.effects, metrics: createMetrics() };
  const { storage } = peer;
  const peers = fakePeers();
  peers.servers.set(THERE, peer.server);
  const client = createClient(peer.server.transportFor({ name: 'self', groups: ['system:masters'] }));
  const proxy = createPeerProxy({
    storage,
    client,
    effects,
    serverId: 'here',
    connections: peers,
    isServed: () => false,
  });
  const { metrics, clock, log } = effects;
  const discovery = discoveryResponder({ resources: [], serverAddress: () => '', metrics, peers: proxy.directory });
  const handler = createPipeline({
    stages: [
      (exchange) => {
        exchange.user = USER;
        return 'next';
      },
      proxy.stage,
      (exchange) => discovery(exchange) ?? sendPathNotFound(exchange),
    ],
    clock,
    log,
  });
  const records = leaseRecords(storage, PEER_FOLDER);
  const subsets = [{ addresses: [{ ip: '192.0.2.2' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] }];
  const appear = () => records.renew({ name: PEER, labels: { [ID_LABEL]: PEER }, subsets });
  await appear();
  await proxy.directory.look(PATIENT);
  return { peers, proxy, handler, records, appear, metrics };
}

async function get(handler: HttpHandler, path: string, headers: Record<string, string> = {}) {
  const peer = { remoteAddress: '127.0.0.1', scheme: 'process' } as const;
  const answer = await callInProcess(handler, peer, { method: 'GET', path, headers });
  const text = (await Array.fromAsync(answer.body)).map((chunk) => Buffer.from(chunk).toString()).join('');
  return { status: answer.status, headers: answer.headers, text };
}
const startPeer = () => startTestServer({ runtimeConfig: new Map([['internal.apiserver.k8s.io/v1alpha1', 'true']]) });

test('createPeerProxy() passes a request on as its user, and only once', async () => {
  await using peer = await startPeer();
  const { peers, handler, metrics } = await setUp(peer);
  const { status, text } = await get(handler, `${ALPHA}?limit=5`, {
    authorization: 'Bearer x',
    'x-remote-user': 'root',
    'impersonate-user': 'jane',
    'impersonate-extra-a': 'b',
    'x-forwarded-for': '192.0.2.7',
  });
  assert.equal(status, 200);
  assert.equal(JSON.parse(text).kind, 'StorageVersionList');
  const { path, headers } = peers.calls.at(-1)!;
  assert.equal(path, `${ALPHA}?limit=5`);
  assert.deepEqual(headers, {
    'x-forwarded-for': '192.0.2.7, 127.0.0.1',
    'x-remote-user': 'jane',
    'x-remote-uid': '7',
    'x-remote-group': ['devs', 'system:masters'],
    'x-remote-extra-example.com%2fteam': ['a', 'b'],
    'x-kubernetes-peer-proxied': 'true',
  });
  const again = await get(handler, ALPHA, { 'x-kubernetes-peer-proxied': 'true' });
  assert.equal(again.status, 404);
  assert.match(
    await metrics.expose(),
    /apiserver_rerouted_request_total\{code="200",group="internal.apiserver.k8s.io",version="v1alpha1",resource="storageversions"\} 1/,
  );
  assert.match(
    await metrics.expose(),
    /apiserver_rerouted_request_total\{code="200",group="",version="",resource=""\} 2/,
  );
});

test('createPeerProxy() answers 404 for what nobody serves, and 503 while who serves it cannot be reached', async () => {
  await using peer = await startPeer();
  const { peers, proxy, handler, records, appear } = await setUp(peer);
  assert.equal((await get(handler, '/apis/example.com/v1/things')).status, 404);
  peers.servers.delete(THERE);
  const refused = await get(handler, ALPHA);
  assert.deepEqual(
    [refused.status, refused.headers['content-type'], refused.text],
    [503, 'text/plain; charset=utf-8', 'dial tcp 192.0.2.2:6443: connect: connection refused\n'],
  );
  await records.remove(PEER);
  await proxy.directory.look(PATIENT);
  const gone = await get(handler, ALPHA);
  assert.equal(gone.status, 503);
  assert.equal(JSON.parse(gone.text).message, 'Error getting ip and port info of the remote server while proxying');
  await peer.effects.clock.advance(30_000);
  await proxy.directory.look(PATIENT);
  assert.equal((await get(handler, ALPHA)).status, 404);
  peers.servers.set(THERE, peer.server);
  await appear();
  await proxy.directory.look(PATIENT);
  assert.equal((await get(handler, ALPHA)).status, 200);
});

test('createPeerProxy() expects a server back whose identity lease lasts: discovery shows what it serves, and that is 503', async () => {
  await using peer = await startPeer();
  const { clock } = peer.effects;
  const lease = renewedLease(undefined, { hostname: 'there', holder: 'there_1' }, clock.now());
  assert.equal((await peer.send('POST', LEASES, lease)).status, 201);
  const { proxy, handler, records } = await setUp(peer);
  const shown = async () => (await get(handler, '/apis', { accept: AGGREGATED })).text.includes('storageversions');
  await records.remove(PEER);
  await clock.advance(3_600_000);
  await proxy.directory.look(PATIENT);
  assert.deepEqual([(await get(handler, ALPHA)).status, await shown()], [503, true]);
  await clock.advance(30_001);
  await proxy.directory.look(PATIENT);
  assert.deepEqual([(await get(handler, ALPHA)).status, await shown()], [404, false]);
});

test('createPeerProxy() looks at once for who came back before it answers 503', async () => {
  await using peer = await startPeer();
  const { proxy, handler, records, appear } = await setUp(peer);
  await records.remove(PEER);
  await proxy.directory.look(PATIENT);
  await peer.effects.clock.advance(200);
  await appear();
  assert.deepEqual(proxy.directory.serving(RESOURCE), []);
  assert.equal((await get(handler, ALPHA)).status, 200);
});

test('createPeerProxy() looks again at a server whose process is another one', async () => {
  await using peer = await startPeer();
  await using without = await startTestServer();
  const { clock } = peer.effects;
  const lease = renewedLease(undefined, { hostname: 'there', holder: 'there_1' }, clock.now());
  assert.equal((await peer.send('POST', LEASES, lease)).status, 201);
  const { peers, proxy, handler } = await setUp(peer);
  peers.servers.set(THERE, without.server);
  await proxy.directory.look(PATIENT);
  assert.deepEqual(proxy.directory.serving(RESOURCE), [THERE]);
  const { body } = await peer.send<Lease>('GET', `${LEASES}/${PEER}`);
  const next = renewedLease(body, { hostname: 'there', holder: 'there_2' }, clock.now());
  assert.equal((await peer.send('PUT', `${LEASES}/${PEER}`, next)).status, 200);
  await proxy.directory.look(PATIENT);
  assert.deepEqual([proxy.directory.serving(RESOURCE), (await get(handler, ALPHA)).status], [[], 404]);
});

test('createPeerProxy() asks again who answers at an address that two servers say is theirs', async () => {
  await using peer = await startPeer();
  await using without = await startTestServer();
  const { peers, proxy, records } = await setUp(peer);
  peers.servers.set(THERE, without.server);
  const id = serverIdOf('successor');
  const subsets = [{ addresses: [{ ip: '192.0.2.2' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] }];
  await proxy.directory.look(PATIENT);
  assert.deepEqual(proxy.directory.serving(RESOURCE), [THERE]);
  await records.renew({ name: id, labels: { [ID_LABEL]: id }, subsets });
  await proxy.directory.look(PATIENT);
  assert.deepEqual(proxy.directory.serving(RESOURCE), []);
});

test('createPeerProxy() passes upgrades on, without the credentials that a websocket has in its protocols', async () => {
  await using peer = await startPeer();
  const { peers, handler } = await setUp(peer);
  const upgrade: UpgradeSocket = { socket: new Duplex({ read() {}, write() {} }), head: new Uint8Array(0) };
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'k',
    'sec-websocket-protocol': 'base64url.bearer.authorization.k8s.io.c2VjcmV0, v5.channel.k8s.io',
  };
  const request = {
    method: 'GET',
    path: ALPHA,
    query: 'watch=true',
    headers,
    headerValues: () => [],
    peer: { remoteAddress: '127.0.0.1', scheme: 'process' as const },
    signal: PATIENT,
    body: async () => new Uint8Array(0),
    async *bodyStream() {},
  };
  const unused = () => assert.fail();
  const response = { started: false, status: 0, setHeader() {}, send: unused, stream: unused };
  await handler(request, response, upgrade);
  const passed = peers.tunnels[0];
  assert.equal(passed?.path, `${ALPHA}?watch=true`);
  assert.deepEqual(
    ['connection', 'upgrade', 'sec-websocket-protocol', 'x-remote-user'].map((name) => passed?.headers[name]),
    ['Upgrade', 'websocket', 'v5.channel.k8s.io', 'jane'],
  );
});

test('discoveryResponder() shows what all servers serve, and with profile=nopeer what this one does', async () => {
  await using peer = await startPeer();
  const { proxy, handler, records, metrics } = await setUp(peer);
  const groups = (text: string) =>
    (JSON.parse(text).items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
  const all = await get(handler, '/apis', { accept: AGGREGATED });
  assert.equal(groups(all.text).includes('internal.apiserver.k8s.io'), true);
  assert.equal(groups(all.text)[0], 'apiregistration.k8s.io');
  const etag = all.headers['etag']!;
  assert.equal((await get(handler, '/apis', { accept: AGGREGATED, 'if-none-match': etag })).status, 304);
  const own = await get(handler, '/apis', { accept: `${AGGREGATED};profile=nopeer` });
  assert.deepEqual(groups(own.text), []);
  assert.notEqual(own.headers['etag'], etag);
  assert.deepEqual(groups((await get(handler, '/api', { accept: AGGREGATED })).text), []);
  assert.equal(JSON.parse((await get(handler, '/apis')).text).groups.length, 0);
  await records.remove(PEER);
  await proxy.directory.look(PATIENT);
  assert.equal((await get(handler, '/apis', { accept: AGGREGATED, 'if-none-match': etag })).status, 304);
  await peer.effects.clock.advance(30_000);
  await proxy.directory.look(PATIENT);
  assert.deepEqual(groups((await get(handler, '/apis', { accept: AGGREGATED, 'if-none-match': etag })).text), []);
  const exposed = await metrics.expose();
  assert.match(exposed, /aggregator_discovery_peer_aggregated_cache_misses_total 2/);
  assert.match(exposed, /aggregator_discovery_peer_aggregated_cache_hits_total 2/);
  assert.match(exposed, /aggregator_discovery_nopeer_requests_total 1/);
});
