import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole, EndpointSlice, Endpoints, KubeObject, Service } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { featureGatesOf } from '@steersman/server';
import { createMemoryStorage } from '@steersman/storage';
import { createApiServer } from '../api-server.ts';
import { startTestServer } from '../test-server.ts';
import { clusterRoles } from './cluster-roles.ts';
import { aggregatedRules, withAggregatedRules } from './role-aggregation.ts';

test('postStartHooks() make the namespaces, roles, classes and the kubernetes Service of a new cluster', async () => {
  await using api = await startTestServer({ extensions: {}, config: { advertiseAddress: '192.0.2.1' } });
  await api.server.ready;
  const names = async (path: string) =>
    (await api.send<{ readonly items: readonly KubeObject[] }>('GET', path)).body.items.map(
      ({ metadata }) => metadata.name,
    );
  assert.deepEqual(await names('/api/v1/namespaces'), ['default', 'kube-node-lease', 'kube-public', 'kube-system']);
  assert.deepEqual(await names('/apis/scheduling.k8s.io/v1/priorityclasses'), [
    'system-cluster-critical',
    'system-node-critical',
  ]);
  assert.equal((await names('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas')).length, 11);
  assert.equal((await names('/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations')).length, 8);
  const { body } = await api.send<Service>('GET', '/api/v1/namespaces/default/services/kubernetes');
  assert.equal(body.spec.clusterIP, '10.96.0.1');
  assert.deepEqual(await names('/api/v1/endpoints'), ['kubernetes']);
  assert.deepEqual(await names('/apis/discovery.k8s.io/v1/endpointslices'), ['kubernetes']);
});

test('postStartHooks() bring the kubernetes Service back when it is deleted', async () => {
  await using api = await startTestServer({ extensions: {}, config: { advertiseAddress: '192.0.2.1' } });
  await api.server.ready;
  const services = '/api/v1/namespaces/default/services';
  await api.send('DELETE', `${services}/kubernetes`);
  const { body } = await api.send<{ metadata: { resourceVersion: string } }>('GET', services);
  const frames = api.watch(`${services}?watch=true&resourceVersion=${body.metadata.resourceVersion}`);
  await api.effects.clock.advance(10_000);
  const { value } = await frames.next();
  assert.ok(value);
  assert.equal(value.type, 'ADDED');
  assert.equal((value.object as unknown as Service).spec.clusterIP, '10.96.0.1');
});

test('postStartHooks() bring the endpoints of the kubernetes Service back to what upstream writes', async () => {
  await using api = await startTestServer({ extensions: {}, config: { advertiseAddress: '192.0.2.1' } });
  await api.server.ready;
  const endpoints = '/api/v1/namespaces/default/endpoints/kubernetes';
  const slice = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';
  const shown = async () => {
    const [{ body: one }, { body: other }] = [
      await api.send<Endpoints>('GET', endpoints),
      await api.send<EndpointSlice>('GET', slice),
    ];
    const { addressType, ports, endpoints: listed } = other;
    return [one.metadata.labels, one.subsets, other.metadata.labels, { addressType, ports, endpoints: listed }];
  };
  const ports = [{ name: 'https', port: 6443, protocol: 'TCP' }];
  const wanted = [
    { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    [{ addresses: [{ ip: '192.0.2.1' }], ports }],
    { 'kubernetes.io/service-name': 'kubernetes' },
    { addressType: 'IPv4', ports, endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }] },
  ];
  assert.deepEqual(await shown(), wanted);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const spoilt = [{ addresses: [{ ip: '192.0.2.9' }], ports }];
  await api.send('PATCH', endpoints, { metadata: { labels: null }, subsets: spoilt }, merge);
  await api.send(
    'PATCH',
    slice,
    { metadata: { labels: { a: 'b', 'kubernetes.io/service-name': null } }, ports: [] },
    merge,
  );
  assert.notDeepEqual(await shown(), wanted);
  for (let seconds = 0; seconds < 20; seconds++) {
    await api.effects.clock.advance(1000);
    await api.effects.clock.settle();
  }
  assert.deepEqual(await shown(), wanted);
});

test('postStartHooks() write nothing when a server starts again on the same store', async () => {
  const featureGates = featureGatesOf(new Map([['APIServerIdentity', 'false']])); // Its Lease is renewed at every start.
  const effects = fakeEffects();
  const storage = createMemoryStorage({ clock: effects.clock });
  const start = async () => {
    const server = await createApiServer({ storage, effects, featureGates, streamHandlers: () => [] });
    await server.ready;
    await server.close();
    return storage.currentRevision();
  };
  const first = await start();
  assert.equal(await start(), first);
});

test('aggregatedRules() collects the rules of what a role selects, each once', () => {
  const label = { 'x/aggregate': 'true' };
  const get = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
  const target: ClusterRole = {
    metadata: { name: 'all' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: label }] },
  };
  const parts: ClusterRole[] = ['b', 'a'].map((name) => ({ metadata: { name, labels: label }, rules: [get] }));
  assert.deepEqual(aggregatedRules(target, [target, ...parts]), [get]);
});

test('withAggregatedRules() gives admin what edit and view have', () => {
  const filled = new Map(withAggregatedRules(clusterRoles).map((role) => [role.metadata.name, role.rules ?? []]));
  const texts = (name: string) => (filled.get(name) ?? []).map((rule) => JSON.stringify(rule));
  for (const rule of [...texts('view'), ...texts('edit')]) assert.ok(texts('admin').includes(rule), rule);
});
