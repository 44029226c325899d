import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServicePort } from '../contract.ts';
import { servicePort } from '../fake/service-port.ts';
import { staleUdpFlows } from '../udp-flows.ts';
import { diffCommands } from './diff.ts';
import { nftablesFilter } from './filter.ts';
import { planRuleset } from './plan.ts';
import { emptyRuleset, IPV4 } from './ruleset.ts';

const one = { address: '10.244.0.2', port: 8080, local: true };
const two = { address: '10.244.1.2', port: 8080, local: false };
const port = (fields: Partial<ServicePort> = {}) =>
  servicePort({ endpoints: [one, two], localEndpoints: [one], ...fields });
const options = { family: IPV4, clusterRange: '10.244.0.0/16' };
/** Hashes in names are noise to a reader. */
const shown = (ports: readonly ServicePort[], from = emptyRuleset) =>
  diffCommands(from, planRuleset(ports, options), IPV4).map((line) =>
    line.replace(/-[0-9a-f]{8}-/g, '-#-').replace(/ip kube-proxy /, ''),
  );

test('planRuleset() spreads a cluster IP over its endpoints and masquerades outsiders and hairpins', () => {
  assert.deepEqual(shown([port()]), [
    'add chain svc-#-default/web/tcp/http',
    'add rule svc-#-default/web/tcp/http ip daddr 10.96.0.20 ip saddr != 10.244.0.0/16 jump mark-for-masquerade',
    'add rule svc-#-default/web/tcp/http meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.0.2 . 8080, 1 : 10.244.1.2 . 8080 }',
    'add element service-ips { 10.96.0.20 . tcp . 80 : goto svc-#-default/web/tcp/http }',
    'add element hairpin { 10.244.0.2 . 10.244.0.2, 10.244.1.2 . 10.244.1.2 }',
  ]);
});
test('planRuleset() refuses ports without endpoints', () => {
  assert.deepEqual(shown([port({ endpoints: [], localEndpoints: [], nodePort: 30080, externalIPs: ['192.0.2.9'] })]), [
    'add element no-endpoint-services { 192.0.2.9 . tcp . 80 : goto refuse }',
    'add element no-endpoint-nodeports { tcp . 30080 : goto refuse }',
  ]);
});
test('planRuleset() keeps external traffic on the node where the policy says so, but not that of pods', () => {
  const lines = shown([port({ nodePort: 30080, externalLocal: true })]);
  assert.deepEqual(
    lines.filter((line) => line.includes('ext-')),
    [
      'add chain ext-#-default/web/tcp/http',
      'add rule ext-#-default/web/tcp/http ip saddr 10.244.0.0/16 goto svc-#-default/web/tcp/http',
      'add rule ext-#-default/web/tcp/http fib saddr type local jump mark-for-masquerade',
      'add rule ext-#-default/web/tcp/http fib saddr type local goto svc-#-default/web/tcp/http',
      'add rule ext-#-default/web/tcp/http meta l4proto tcp dnat ip to 10.244.0.2:8080',
      'add element service-nodeports { tcp . 30080 : goto ext-#-default/web/tcp/http }',
    ],
  );
  const none = shown([port({ nodePort: 30080, externalLocal: true, localEndpoints: [] })]);
  assert.ok(none.includes('add rule ext-#-default/web/tcp/http drop'));
  const inside = shown([port({ internalLocal: true, localEndpoints: [] })]);
  assert.ok(inside.includes('add rule int-#-default/web/tcp/http drop'));
});
test('planRuleset() lets endpoints remember their clients for session affinity', () => {
  const lines = shown([port({ affinitySeconds: 60 })]);
  assert.deepEqual(
    lines.filter((line) => line.includes('aff-') || line.includes('vmap')),
    [
      'add set aff-#-default/web/tcp/http/10.244.0.2/8080/60 { type ipv4_addr ; flags dynamic,timeout ; timeout 60s ; }',
      'add set aff-#-default/web/tcp/http/10.244.1.2/8080/60 { type ipv4_addr ; flags dynamic,timeout ; timeout 60s ; }',
      'add rule ep-#-default/web/tcp/http/10.244.0.2/8080 update @aff-#-default/web/tcp/http/10.244.0.2/8080/60 { ip saddr }',
      'add rule ep-#-default/web/tcp/http/10.244.1.2/8080 update @aff-#-default/web/tcp/http/10.244.1.2/8080/60 { ip saddr }',
      'add rule svc-#-default/web/tcp/http ip saddr @aff-#-default/web/tcp/http/10.244.0.2/8080/60 goto ep-#-default/web/tcp/http/10.244.0.2/8080',
      'add rule svc-#-default/web/tcp/http ip saddr @aff-#-default/web/tcp/http/10.244.1.2/8080/60 goto ep-#-default/web/tcp/http/10.244.1.2/8080',
      'add rule svc-#-default/web/tcp/http numgen random mod 2 vmap { 0 : goto ep-#-default/web/tcp/http/10.244.0.2/8080, 1 : goto ep-#-default/web/tcp/http/10.244.1.2/8080 }',
    ],
  );
});
test('diffCommands() touches only what changed and deletes references first', () => {
  const before = planRuleset([port(), port({ key: 'default/api:', name: 'api', clusterIP: '10.96.0.21' })], options);
  assert.deepEqual(shown([port({ endpoints: [one] })], before), [
    'flush chain svc-#-default/web/tcp/http',
    'add rule svc-#-default/web/tcp/http ip daddr 10.96.0.20 ip saddr != 10.244.0.0/16 jump mark-for-masquerade',
    'add rule svc-#-default/web/tcp/http meta l4proto tcp dnat ip to 10.244.0.2:8080',
    'delete element service-ips { 10.96.0.21 . tcp . 80 }',
    'delete element hairpin { 10.244.1.2 . 10.244.1.2 }',
    'flush chain svc-#-default/api/tcp/http',
    'delete chain svc-#-default/api/tcp/http',
  ]);
});
test('nftablesFilter() sends differences only, nothing when nothing changed, everything after a failure', async () => {
  const sent: string[][] = [];
  let refuse = false;
  const run = async (commands: readonly string[]) => {
    if (refuse) return Promise.reject(new Error('refused'));
    sent.push([...commands]);
  };
  const filter = nftablesFilter(run, { ...options, serviceRange: '10.96.0.0/16' });
  await filter.apply([port()]);
  await filter.apply([port()]);
  assert.equal(sent.length, 1);
  await filter.apply([port({ endpoints: [one] })]);
  assert.ok(!sent[1]?.some((line) => line.startsWith('add table')));
  refuse = true;
  await assert.rejects(filter.apply([port()]));
  refuse = false;
  await filter.apply([port()]);
  assert.ok(sent[2]?.[0]?.startsWith('add table'));
});
test('staleUdpFlows() names flows to endpoints that have gone and to ports that were refused before', () => {
  const udp = (fields: Partial<ServicePort>) => port({ protocol: 'udp', ...fields });
  assert.deepEqual(staleUdpFlows([udp({})], [udp({ endpoints: [one] })]), [
    { address: '10.96.0.20', port: 80, endpoint: '10.244.1.2' },
  ]);
  assert.deepEqual(staleUdpFlows([udp({ endpoints: [] })], [udp({})]), [{ address: '10.96.0.20', port: 80 }]);
  assert.deepEqual(staleUdpFlows([port()], []), []);
});
