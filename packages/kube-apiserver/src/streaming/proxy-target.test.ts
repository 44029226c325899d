import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice, Pod, Service } from '@steersman/api';
import { nodeTarget, parseProxyName, podTarget, serviceTarget } from './proxy-target.ts';

test('parseProxyName() reads name, name:port and scheme:name:port', () => {
  assert.deepEqual(parseProxyName('web', 'pod'), { scheme: '', name: 'web', port: '' });
  assert.deepEqual(parseProxyName('web:80', 'pod'), { scheme: '', name: 'web', port: '80' });
  assert.deepEqual(parseProxyName('https:web:', 'pod'), { scheme: 'https', name: 'web', port: '' });
  assert.throws(() => parseProxyName('ftp:web:21', 'service'), { message: 'invalid service request "ftp:web:21"' });
  assert.throws(() => parseProxyName('a:b:c:d', 'pod'));
});

const pod = (podIP: string): Pod => ({
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'a' }, { name: 'b', ports: [{ containerPort: 8080 }] }] },
  status: { podIP },
});

test('podTarget() uses the first declared port unless one is asked for', () => {
  const target = (name: string) => podTarget(pod('10.244.0.5'), parseProxyName(name, 'pod')).authority;
  assert.equal(target('web'), '10.244.0.5:8080');
  assert.equal(target('web:9'), '10.244.0.5:9');
  assert.equal(podTarget(pod('fd00::5'), parseProxyName('web', 'pod')).authority, '[fd00::5]:8080');
});

test('podTarget() refuses addresses that lead back into this machine', () => {
  for (const ip of ['127.0.0.1', '::1', '169.254.169.254', '::ffff:127.0.0.1', ''])
    assert.throws(() => podTarget(pod(ip), parseProxyName('web', 'pod')), { message: 'address not allowed' });
});

const service: Service = {
  metadata: { name: 'web' },
  spec: {
    ports: [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'admin', port: 81 },
    ],
  },
};
const slice: EndpointSlice = {
  metadata: { name: 'web-1' },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080 }],
  endpoints: [
    { addresses: ['10.244.0.5'], conditions: { ready: false } },
    { addresses: ['10.244.0.6'], conditions: { ready: true } },
  ],
};
const toService = (name: string) => serviceTarget(service, [slice], parseProxyName(name, 'service'), () => 0);

test('serviceTarget() finds a ready endpoint by port name or number', () => {
  assert.equal(toService('web:http').authority, '10.244.0.6:8080');
  assert.equal(toService('https:web:80').scheme, 'https');
});

test('serviceTarget() says when there is no such port or no endpoint', () => {
  assert.throws(() => toService('web:99'), { message: 'no service port 99 found for service "web"' });
  assert.throws(() => toService('web:admin'), { message: 'no endpoints available for service "web"' });
});

test('nodeTarget() uses the kubelet client certificate only for the kubelet', () => {
  const kubelet = { host: '192.0.2.1', port: 10_250 };
  assert.equal(nodeTarget(parseProxyName('n', 'node'), kubelet).kubelet, true);
  assert.equal(nodeTarget(parseProxyName('n:10250', 'node'), kubelet).kubelet, true);
  const other = nodeTarget(parseProxyName('n:9100', 'node'), kubelet);
  assert.deepEqual(other, { scheme: 'http', authority: '192.0.2.1:9100', kubelet: false });
});
