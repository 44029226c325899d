import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planCluster, reviseCluster } from './config.ts';
import { layoutOf } from './layout.ts';
import { apiServerAddresses, partsOf } from './topology.ts';

const machine = { hostname: 'laptop', containers: true, taken: [] };
const layout = layoutOf('/data');

test('partsOf() is one process unless more is asked for', () => {
  const parts = partsOf(planCluster({ name: 'a', apiServers: 1, store: 'embedded' }, machine), layout);
  assert.deepEqual(parts, [
    {
      role: 'control-plane',
      name: 'control-plane',
      index: 0,
      pid: '/data/control-plane.pid',
      log: '/data/control-plane.log',
    },
  ]);
});

test('partsOf() gives every process of several API servers an address of its own', () => {
  const config = planCluster(
    { name: 'a', apiServers: 3, store: 'etcd', etcdMembers: 3, runtime: 'simulated' },
    machine,
  );
  const parts = partsOf(config, layout);
  assert.deepEqual(
    parts.map(({ name, address }) => [name, address]),
    [
      ['store-1', '127.0.0.21'],
      ['store-2', '127.0.0.22'],
      ['store-3', '127.0.0.23'],
      ['control-plane-1', '127.0.0.11'],
      ['control-plane-2', '127.0.0.12'],
      ['control-plane-3', '127.0.0.13'],
      ['load-balancer', '127.0.0.1'],
      ['simulated-nodes', '127.0.0.31'],
    ],
  );
  assert.equal(new Set(parts.map(({ pid }) => pid)).size, parts.length);
});

test('apiServerAddresses() are where nodes and pods reach them, beyond the nodes', () => {
  const config = planCluster({ name: 'a', apiServers: 2, nodes: 50 }, machine);
  assert.deepEqual(apiServerAddresses(config), ['10.245.0.241', '10.245.0.242']);
});

test('planCluster() refuses numbers of API servers and members that nobody runs, and members without etcd', () => {
  for (const request of [
    { apiServers: 0 },
    { apiServers: 6 },
    { store: 'etcd', etcdMembers: 2 },
    { etcdMembers: 3 },
  ] as const)
    assert.throws(() => planCluster({ name: 'a', ...request }, machine), { code: 'invalid-option' });
});

test('reviseCluster() changes the number of API servers, and never the store', () => {
  const one = planCluster({ name: 'a' }, machine);
  assert.equal(reviseCluster(one, { name: 'a', apiServers: 3 }).apiServers, 3);
  assert.equal(reviseCluster({ ...one, apiServers: 3 }, { name: 'a' }).apiServers, 3);
  assert.throws(() => reviseCluster(one, { name: 'a', store: 'etcd' }), { code: 'invalid-option' });
  const onEtcd = planCluster({ name: 'a', store: 'etcd' }, machine);
  for (const request of [{ store: 'embedded' }, { etcdMembers: 3 }, { apiPort: 7443 }] as const)
    assert.throws(() => reviseCluster(onEtcd, { name: 'a', ...request }), { code: 'invalid-option' });
  assert.deepEqual(reviseCluster(onEtcd, { name: 'a', store: 'etcd', etcdMembers: 1 }), onEtcd);
});
