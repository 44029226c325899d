import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servicePort } from './fake/service-port.ts';
import { healthAnswer, healthByPort } from './health-check-ports.ts';

const port = (localEndpoints: readonly string[], healthCheckPort?: number) =>
  servicePort({
    externalLocal: true,
    localEndpoints: localEndpoints.map((address) => ({ address, port: 8080, local: true })),
    healthCheckPort,
  });

test('healthByPort() counts the endpoints of all ports of a Service once', () => {
  const found = healthByPort([port(['10.0.0.1', '10.0.0.2'], 30_001), port(['10.0.0.1'], 30_001), port(['10.0.0.9'])]);
  assert.deepEqual([...found], [[30_001, { namespace: 'default', name: 'web', localEndpoints: 2 }]]);
});

test('healthAnswer() is 503 on a node without endpoints', () => {
  assert.equal(healthAnswer({ namespace: 'default', name: 'web', localEndpoints: 0 }).status, 503);
  assert.equal(healthAnswer({ namespace: 'default', name: 'web', localEndpoints: 1 }).status, 200);
});
