import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IPAddress, Service, Status } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec },
});

async function startServer() {
  const api = await startTestServer({ extensions: {} });
  await api.server.ready;
  return api;
}
async function addressesOf(api: Awaited<ReturnType<typeof startServer>>): Promise<string[]> {
  const { body } = await api.send<{ readonly items: readonly IPAddress[] }>(
    'GET',
    '/apis/networking.k8s.io/v1/ipaddresses',
  );
  return body.items.map(({ metadata }) => metadata.name ?? '');
}

test('serviceAllocation() gives a new Service an address of the range and records it as an IPAddress', async () => {
  await using api = await startServer();
  const { body } = await api.send<Service>('POST', SERVICES, service('web', {}));
  assert.match(body.spec.clusterIP ?? '', /^10\.96\./);
  assert.deepEqual(body.spec.clusterIPs, [body.spec.clusterIP]);
  assert.deepEqual([body.spec.ipFamilies, body.spec.ipFamilyPolicy], [['IPv4'], 'SingleStack']);
  assert.deepEqual(await addressesOf(api), ['10.96.0.1', body.spec.clusterIP].toSorted());
});

test('serviceAllocation() refuses an address or port that another Service has', async () => {
  await using api = await startServer();
  await api.send(
    'POST',
    SERVICES,
    service('one', { type: 'NodePort', clusterIP: '10.96.0.10', ports: [{ port: 80, nodePort: 30080 }] }),
  );
  const address = await api.send<Status>('POST', SERVICES, service('two', { clusterIP: '10.96.0.10' }));
  assert.equal(
    address.body.details?.causes?.[0]?.message,
    'Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  );
  const port = await api.send<Status>(
    'POST',
    SERVICES,
    service('three', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
  );
  assert.equal(port.body.details?.causes?.[0]?.message, 'Invalid value: 30080: provided port is already allocated');
  assert.equal(port.body.details?.causes?.[0]?.field, 'spec.ports[0].nodePort');
  assert.deepEqual(await addressesOf(api), ['10.96.0.1', '10.96.0.10']);
});

test('serviceAllocation() names the range when an address or port lies outside', async () => {
  await using api = await startServer();
  const address = await api.send<Status>('POST', SERVICES, service('one', { clusterIP: '10.97.0.1' }));
  assert.match(
    address.body.message ?? '',
    /the provided IP \(10\.97\.0\.1\) is not in the valid range\. The range of valid IPs is 10\.96\.0\.0\/16$/,
  );
  const port = await api.send<Status>(
    'POST',
    SERVICES,
    service('two', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
  );
  assert.match(
    port.body.message ?? '',
    /provided port is not in the valid range\. The range of valid ports is 30000-32767$/,
  );
});

test('serviceAllocation() gives back what a refused, changed or deleted Service had', async () => {
  await using api = await startServer();
  const fixed = { type: 'NodePort', clusterIP: '10.96.0.20', ports: [{ port: 80, nodePort: 30090 }] };
  const refused = await api.send('POST', SERVICES, service('one', { ...fixed, sessionAffinity: 'Cookie' }));
  assert.equal(refused.status, 422);
  const made = await api.send<Service>('POST', SERVICES, service('one', fixed));
  assert.equal(made.status, 201);
  const changed = await api.send<Service>('PUT', `${SERVICES}/one`, {
    ...made.body,
    spec: { ...made.body.spec, type: 'ClusterIP' },
  });
  assert.equal(changed.body.spec.ports?.[0]?.nodePort, undefined);
  assert.equal(changed.body.spec.clusterIP, '10.96.0.20');
  await api.send('DELETE', `${SERVICES}/one`);
  assert.equal((await api.send('POST', SERVICES, service('two', fixed))).status, 201);
});

test('serviceAllocation() gives headless and external-name Services no address, and a dry run keeps none', async () => {
  await using api = await startServer();
  const headless = await api.send<Service>('POST', SERVICES, service('headless', { clusterIP: 'None' }));
  assert.deepEqual(headless.body.spec.clusterIPs, ['None']);
  const external = await api.send<Service>(
    'POST',
    SERVICES,
    service('external', { type: 'ExternalName', externalName: 'example.org', ports: null }),
  );
  assert.equal(external.body.spec.clusterIP, undefined);
  const dry = await api.send<Service>('POST', `${SERVICES}?dryRun=All`, service('dry', {}));
  assert.match(dry.body.spec.clusterIP ?? '', /^10\.96\./);
  assert.deepEqual(await addressesOf(api), ['10.96.0.1']);
});

test('serviceAllocation() gives fifty Services made at once fifty addresses', async () => {
  await using api = await startServer();
  const made = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      api.send<Service>('POST', SERVICES, service(`s${index}`, { type: 'NodePort' })),
    ),
  );
  assert.equal(new Set(made.map(({ body }) => body.spec.clusterIP)).size, 50);
  assert.equal(new Set(made.map(({ body }) => body.spec.ports?.[0]?.nodePort)).size, 50);
});
