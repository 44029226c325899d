import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, ResourceRequirements } from '@steersman/api';
import type { LinuxResources } from '../runtime/config.ts';
import { annotations } from '../runtime/labels.ts';
import type { PodDependencies } from './dependencies.ts';
import { newRecord } from './record.ts';
import { type Resized, resizeContainer, resizeNeeded, resourcesInForce } from './resize.ts';

const sized = (cpu: string, memory: string): ResourceRequirements => ({ limits: { cpu, memory } });
const app = (resources: ResourceRequirements, resizePolicy: Container['resizePolicy'] = []): Container => ({
  name: 'app',
  image: 'a:1',
  resources,
  resizePolicy,
});

test('resourcesInForce() knows the last resize, else what the container was started with', () => {
  const status = { id: 'c1', annotations: { [annotations.resources]: JSON.stringify(sized('1', '1Gi')) } };
  const container = app(sized('2', '1Gi'));
  assert.deepEqual(resourcesInForce(container, status, new Map()), sized('1', '1Gi'));
  const resized: Resized = new Map([['c1', sized('2', '1Gi')]]);
  assert.deepEqual(resourcesInForce(container, status, resized), sized('2', '1Gi'));
  // Started by a kubelet that did not write it down: what is asked for is taken for granted.
  assert.deepEqual(resourcesInForce(container, { id: 'c1', annotations: {} }, new Map()), sized('2', '1Gi'));
});

test('resizeNeeded() compares amounts, not how they are written', () => {
  assert.equal(resizeNeeded(app(sized('1000m', '1024Mi')), sized('1', '1Gi')), 'no');
  assert.equal(resizeNeeded(app(sized('1', '2Gi')), sized('1', '1Gi')), 'in-place');
});

test('resizeNeeded() asks for a restart only where the policy of the changed resource does', () => {
  const policy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
  assert.equal(resizeNeeded(app(sized('2', '1Gi'), policy), sized('1', '1Gi')), 'in-place');
  assert.equal(resizeNeeded(app(sized('1', '2Gi'), policy), sized('1', '1Gi')), 'restart');
});

test('resizeContainer() updates the container between two looks at the cgroup of its pod', async () => {
  const container = app(sized('2', '1Gi'));
  const pod: Pod = { metadata: { uid: 'u' }, spec: { containers: [container] } };
  const record = newRecord(pod, 'u', 0);
  record.stale = false;
  const updated: [string, LinuxResources][] = [];
  const deps = {
    host: {
      // The pod's cgroup cannot shrink below a container that is still large.
      prepare: () => Promise.reject(new Error('EINVAL')),
      containerResources: () => ({ cpuQuota: 200_000 }),
    },
    runtime: { updateContainerResources: async (id: string, given: LinuxResources) => void updated.push([id, given]) },
  } as unknown as PodDependencies;
  await resizeContainer(record, { kind: 'resize-container', id: 'c1', container }, deps);
  assert.deepEqual(updated, [['c1', { cpuQuota: 200_000 }]]);
  assert.deepEqual(record.resized.get('c1'), container.resources);
  assert.equal(record.stale, true, 'the pod is prepared again, now that its container has shrunk');
});
