import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServicePort } from './contract.ts';
import { healthAnswer, healthByPort } from './health-check-ports.ts';

const port = (localEndpoints: readonly string[], healthCheckPort?: number): ServicePort => ({
  key: 'ns/web:http',
  namespace: 'ns',
  name: 'web',
  portName: 'http',
  protocol: 'tcp',
  clusterIP: '10.96.0.20',
  port: 80,
  nodePort: undefined,
  externalIPs: [],
  loadBalancerIPs: [],
  sourceRanges: [],
  affinitySeconds: undefined,
  internalLocal: false,
  externalLocal: true,
  endpoints: [],
  localEndpoints: localEndpoints.map((address) => ({ address, port: 8080, local: true })),
  healthCheckPort,
});

test('healthByPort() counts the endpoints of all ports of a Service once', () => {
  const found = healthByPort([port(['10.0.0.1', '10.0.0.2'], 30_001), port(['10.0.0.1'], 30_001), port(['10.0.0.9'])]);
  assert.deepEqual([...found], [[30_001, { namespace: 'ns', name: 'web', localEndpoints: 2 }]]);
});

test('healthAnswer() is 503 on a node without endpoints', () => {
  assert.equal(healthAnswer({ namespace: 'ns', name: 'web', localEndpoints: 0 }).status, 503);
  assert.equal(healthAnswer({ namespace: 'ns', name: 'web', localEndpoints: 1 }).status, 200);
});
