import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, PodSpec } from '@steersman/api';
import { admitPod } from './admission.ts';
import { podRequests } from './pod-requests.ts';

const node: Node = {
  metadata: { name: 'n', labels: { zone: 'a' } },
  spec: { taints: [{ key: 'gone', effect: 'NoExecute' }] },
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3' } },
};
const pod = (spec: Partial<PodSpec>): Pod => ({
  metadata: { name: 'p' },
  spec: { tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c' }], ...spec },
});
const asking = (cpu: string): Pod => pod({ containers: [{ name: 'c', resources: { requests: { cpu } } }] });

test('admitPod() takes what fits and names the resource that is short', () => {
  assert.equal(admitPod(asking('1'), [asking('1')], node), undefined);
  assert.deepEqual(admitPod(asking('1500m'), [asking('1')], node), {
    reason: 'OutOfcpu',
    message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
  });
  assert.equal(admitPod(pod({}), [pod({}), pod({}), pod({})], node)?.reason, 'OutOfpods');
});

test('admitPod() refuses wrong nodes, taken ports and untolerated taints', () => {
  assert.equal(admitPod(pod({ nodeSelector: { zone: 'b' } }), [], node)?.reason, 'NodeAffinity');
  const port = (hostPort: number, hostIP?: string) =>
    pod({
      containers: [
        { name: 'c', ports: [{ containerPort: 80, hostPort, ...(hostIP === undefined ? {} : { hostIP }) }] },
      ],
    });
  assert.equal(admitPod(port(80), [port(80, '10.0.0.1')], node)?.reason, 'NodePorts');
  assert.equal(admitPod(port(80, '10.0.0.2'), [port(80, '10.0.0.1')], node), undefined);
  assert.equal(admitPod(pod({ tolerations: [] }), [], node)?.reason, 'TaintToleration');
});

test('podRequests() is the larger of init and running containers, sidecars counted in both', () => {
  const resources = (cpu: string) => ({ resources: { requests: { cpu } } });
  const asked = podRequests(
    pod({
      initContainers: [
        { name: 's', restartPolicy: 'Always', ...resources('1') },
        { name: 'i', ...resources('3') },
      ],
      containers: [{ name: 'c', ...resources('2') }],
      overhead: { cpu: '100m' },
    }),
  );
  assert.equal(asked.get('cpu')?.toString(), '4100m');
});
