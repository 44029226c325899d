import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NodeFacts, nodeObject, nodeStatus } from './node-object.ts';

const facts = (more: Partial<NodeFacts> = {}): NodeFacts => ({
  options: {
    name: 'n1',
    addresses: ['192.0.2.1'],
    systemReserved: { cpu: '200m', memory: '100Mi' },
    taints: [{ key: 'k', effect: 'NoSchedule' }],
  },
  machine: {
    hostname: 'h',
    cpus: 2,
    memoryBytes: 1024 ** 3,
    swapBytes: 0,
    ephemeralStorageBytes: 1024 ** 2,
    machineId: '',
    systemUuid: '',
    bootId: '',
    kernelVersion: '6',
    osImage: '',
    operatingSystem: 'linux',
    architecture: 'amd64',
  },
  version: { name: 'containerd', version: '1.6', apiVersion: 'v1' },
  runtime: { conditions: [{ type: 'RuntimeReady', status: true, reason: '', message: '' }], handlers: [] },
  images: [],
  pressure: { memory: false, disk: true, pids: false },
  problems: [],
  kubeletVersion: 'v1.36.0',
  now: 0,
  ...more,
});
const condition = (given: NodeFacts, type: string) =>
  nodeStatus(given, undefined).conditions?.find((each) => each.type === type);

test('nodeObject() carries labels, taints and what is left after reservations', () => {
  const node = nodeObject(facts());
  assert.equal(node.metadata.labels?.['kubernetes.io/hostname'], 'n1');
  assert.deepEqual(node.spec?.taints, [{ key: 'k', effect: 'NoSchedule' }]);
  assert.equal(node.status?.capacity?.['memory'], '1048576Ki');
  assert.equal(node.status?.allocatable?.['memory'], `${(1024 - 200) * 1024}Ki`);
  assert.equal(node.status?.allocatable?.['cpu'], '1800m');
});

test('nodeStatus() says why a node is not ready and what it is short of', () => {
  assert.equal(condition(facts(), 'DiskPressure')?.reason, 'KubeletHasDiskPressure');
  assert.equal(condition(facts(), 'Ready')?.reason, 'KubeletReady');
  const broken = facts({
    runtime: {
      conditions: [{ type: 'NetworkReady', status: false, reason: 'NetworkPluginNotReady', message: 'no cni' }],
      handlers: [],
    },
  });
  assert.equal(
    condition(broken, 'Ready')?.message,
    'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:no cni',
  );
});

test('nodeStatus() keeps the transition time of a condition that stays', () => {
  const before = nodeStatus(facts(), undefined);
  const after = nodeStatus(facts({ now: 60_000 }), before);
  assert.equal(after.conditions?.[0]?.lastTransitionTime, '1970-01-01T00:00:00Z');
  assert.equal(after.conditions?.[0]?.lastHeartbeatTime, '1970-01-01T00:01:00Z');
});
