import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MachineFacts, planCluster, reviseCluster } from './config.ts';

const machine: MachineFacts = { hostname: 'My_Laptop', containers: true, taken: ['192.0.2.0/24'] };

test('planCluster() puts the first node on the machine and the others in hosts', () => {
  const config = planCluster({ name: 'a', nodes: 2 }, machine);
  assert.equal(config.apiAddress, '10.245.0.1');
  assert.deepEqual(config.nodes, [
    { name: 'my-laptop', placement: 'machine', address: '10.245.0.1' },
    { name: 'node-2', placement: 'host', address: '10.245.0.3' },
  ]);
});

test('planCluster() puts every node in a host when asked to', () => {
  const config = planCluster({ name: 'a', nodes: 2, hosts: true }, machine);
  assert.deepEqual(
    config.nodes.map((node) => [node.name, node.placement, node.address]),
    [
      ['node-1', 'host', '10.245.0.2'],
      ['node-2', 'host', '10.245.0.3'],
    ],
  );
});

test('planCluster() takes another host network when one is in use', () => {
  assert.equal(planCluster({ name: 'a' }, { ...machine, taken: ['10.245.0.0/16'] }).hostCidr, '10.243.0.0/24');
});

test('planCluster() simulates nodes where containers cannot run', () => {
  const config = planCluster({ name: 'a', nodes: 3 }, { ...machine, containers: false });
  assert.equal(config.runtime, 'simulated');
  assert.equal(config.apiAddress, '127.0.0.1');
  assert.deepEqual(
    config.nodes.map((node) => node.name),
    ['node-1', 'node-2', 'node-3'],
  );
});

test('planCluster() refuses impossible node counts', () => {
  for (const nodes of [0, 1.5, 51])
    assert.throws(() => planCluster({ name: 'a', nodes }, machine), { code: 'invalid-option' });
});

test('reviseCluster() adds nodes and refuses what cannot change', () => {
  const config = planCluster({ name: 'a', nodes: 2 }, machine);
  const more = reviseCluster(config, { name: 'a', nodes: 3 });
  assert.deepEqual(more.nodes.slice(0, 2), config.nodes);
  assert.equal(more.nodes[2]?.name, 'node-3');
  assert.deepEqual(reviseCluster(config, { name: 'a' }), config);
  assert.throws(() => reviseCluster(config, { name: 'a', nodes: 1 }), { code: 'invalid-option' });
  assert.throws(() => reviseCluster(config, { name: 'a', podCidr: '10.1.0.0/16' }), {
    message: 'this cluster was made with --pod-cidr 10.244.0.0/16; to change it, first run: steersman down --purge',
  });
});
