import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice, Service } from '@steersman/api';
import { servicePorts } from './services.ts';

const service = (name: string, spec: Service['spec'], more: Partial<Service> = {}): Service => ({
  metadata: { name, namespace: 'default', ...more.metadata },
  spec: {
    clusterIP: '10.96.0.20',
    clusterIPs: ['10.96.0.20'],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    ...spec,
  },
  ...(more.status === undefined ? {} : { status: more.status }),
});
const slice = (endpoints: EndpointSlice['endpoints'], port = 8080): EndpointSlice => ({
  metadata: { name: 'web-1', namespace: 'default' },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'http', port, protocol: 'TCP' }],
});
const ready = { ready: true, serving: true, terminating: false };
const terminating = { ready: false, serving: true, terminating: true };
const seen = (services: readonly Service[], slices: readonly EndpointSlice[]) =>
  servicePorts({ services, slicesOf: () => slices, nodeName: 'a', family: 'IPv4' });

test('servicePorts() leaves out what is not its to forward', () => {
  const headless = service('h', { clusterIP: 'None', clusterIPs: ['None'] });
  const named = service('e', { type: 'ExternalName', externalName: 'example.org', clusterIP: '' });
  const others = service(
    'o',
    {},
    { metadata: { name: 'o', namespace: 'default', labels: { 'service.kubernetes.io/service-proxy-name': 'x' } } },
  );
  assert.deepEqual(seen([headless, named, others], []), []);
});
test('servicePorts() uses ready endpoints, sorted and once each', () => {
  const endpoints = [
    { addresses: ['10.244.1.2'], conditions: ready, nodeName: 'b' },
    { addresses: ['10.244.0.2'], nodeName: 'a' },
    { addresses: ['10.244.0.3'], conditions: { ...ready, ready: false }, nodeName: 'a' },
  ];
  const [port] = seen([service('web', {})], [slice(endpoints), slice(endpoints)]);
  assert.deepEqual(port?.endpoints, [
    { address: '10.244.0.2', port: 8080, local: true },
    { address: '10.244.1.2', port: 8080, local: false },
  ]);
  assert.deepEqual(port?.localEndpoints, [{ address: '10.244.0.2', port: 8080, local: true }]);
});
test('servicePorts() falls back to terminating endpoints that still serve, for the node by itself too', () => {
  const endpoints = [
    { addresses: ['10.244.1.2'], conditions: ready, nodeName: 'b' },
    { addresses: ['10.244.0.2'], conditions: terminating, nodeName: 'a' },
  ];
  const [port] = seen([service('web', { externalTrafficPolicy: 'Local' })], [slice(endpoints)]);
  assert.deepEqual(
    port?.endpoints.map(({ address }) => address),
    ['10.244.1.2'],
  );
  assert.deepEqual(
    port?.localEndpoints.map(({ address }) => address),
    ['10.244.0.2'],
  );
});
test('servicePorts() takes affinity, policies and addresses from the Service', () => {
  const [port] = seen(
    [
      service(
        'web',
        {
          type: 'LoadBalancer',
          sessionAffinity: 'ClientIP',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
          loadBalancerSourceRanges: [' 192.0.2.0/24 '],
          externalIPs: ['192.0.2.9', '2001:db8::9'],
          ports: [{ name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' }],
        },
        {
          status: {
            loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2', ipMode: 'Proxy' }, { hostname: 'x' }] },
          },
        },
      ),
    ],
    [],
  );
  assert.equal(port?.affinitySeconds, 60);
  assert.equal(port?.nodePort, 30080);
  assert.deepEqual(port?.externalIPs, ['192.0.2.9']);
  assert.deepEqual(port?.loadBalancerIPs, ['192.0.2.1']);
  assert.deepEqual(port?.sourceRanges, ['192.0.2.0/24']);
});
test('servicePorts() follows hints for its node, then its zone, and only when every endpoint has them', () => {
  const hint = (address: string, forZones: string[], forNodes?: string[]) => ({
    addresses: [address],
    conditions: ready,
    nodeName: 'b',
    hints: {
      forZones: forZones.map((name) => ({ name })),
      ...(forNodes === undefined ? {} : { forNodes: forNodes.map((name) => ({ name })) }),
    },
  });
  const used = (endpoints: EndpointSlice['endpoints'], zone?: string) =>
    servicePorts({
      services: [service('web', {})],
      slicesOf: () => [slice(endpoints)],
      nodeName: 'a',
      zone,
      family: 'IPv4',
    })[0]?.endpoints.map(({ address }) => address);
  const zoned = [hint('10.244.0.2', ['east']), hint('10.244.1.2', ['west'])];
  assert.deepEqual(used(zoned, 'west'), ['10.244.1.2']);
  assert.deepEqual(used(zoned, 'north'), ['10.244.0.2', '10.244.1.2'], 'nobody is meant for this zone');
  assert.deepEqual(used(zoned), ['10.244.0.2', '10.244.1.2'], 'the zone is not known');
  const unhinted = { addresses: ['10.244.2.2'], conditions: ready };
  assert.deepEqual(used([...zoned, unhinted], 'west')?.length, 3);
  assert.deepEqual(used([hint('10.244.0.2', ['east'], ['a']), hint('10.244.1.2', ['west'], ['c'])], 'west'), [
    '10.244.0.2',
  ]);
});
