import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cniConfigText, masqueradeRules, planNodeNetwork, routeBatch } from './plan.ts';

const nodes = [
  { name: 'b', podCidr: '10.244.1.0/24', address: '10.245.0.3' },
  { name: 'a', podCidr: '10.244.0.0/24', address: '10.245.0.2' },
  { name: 'c', podCidr: '10.244.2.0/24', address: '10.245.0.4' },
];

test('planNodeNetwork() routes to every other node and waits for its own range', () => {
  assert.deepEqual(planNodeNetwork('a', nodes), {
    podCidr: '10.244.0.0/24',
    routes: [
      { destination: '10.244.1.0/24', via: '10.245.0.3' },
      { destination: '10.244.2.0/24', via: '10.245.0.4' },
    ],
  });
  assert.equal(planNodeNetwork('d', nodes), undefined);
});

test('routeBatch() removes what is no longer wanted before it adds', () => {
  const before = [{ destination: '10.244.9.0/24', via: '10.245.0.9' }];
  const after = [{ destination: '10.244.1.0/24', via: '10.245.0.3' }];
  assert.equal(routeBatch(before, after), 'route del 10.244.9.0/24\nroute replace 10.244.1.0/24 via 10.245.0.3\n');
});

test('cniConfigText() gives pods of the range a default route', () => {
  const config = JSON.parse(cniConfigText('10.244.1.0/24'));
  assert.equal(config.plugins[0].ipam.ranges[0][0].subnet, '10.244.1.0/24');
  assert.deepEqual(config.plugins[0].ipam.routes, [{ dst: '0.0.0.0/0' }]);
});

test('masqueradeRules() leaves traffic within the cluster alone', () => {
  const rules = masqueradeRules({ table: 'st1', podCidr: '10.244.0.0/16', inside: ['10.244.0.0/16', '10.96.0.0/16'] });
  assert.match(rules, /ip saddr 10\.244\.0\.0\/16 ip daddr != \{ 10\.244\.0\.0\/16, 10\.96\.0\.0\/16 \} masquerade/);
});
