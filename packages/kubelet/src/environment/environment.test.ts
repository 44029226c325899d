import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Service } from '@steersman/api';
import { parseResolvConf, podDns } from './dns.ts';
import { hostnameOf } from './environment.ts';
import { expand } from './expansion.ts';
import { fieldValue, resourceValue } from './field-ref.ts';
import { hostsFile } from './hosts-file.ts';
import { servicesFor, serviceVariables } from './service-env.ts';

const pod = (spec: object = {}): Pod => ({
  metadata: { name: 'p', namespace: 'ns', labels: { b: '2', a: '1' }, annotations: { 'x/y': 'z' } },
  spec: { containers: [], ...spec },
});
const fields = { pod: pod(), podIps: ['10.0.0.1'], hostIps: ['192.0.2.1'], allocatable: { cpu: '2', memory: '1Gi' } };

test('expand() replaces known names, keeps unknown ones and turns $$ into $', () => {
  const lookup = (name: string) => ({ A: '1', B: '$(A)' })[name];
  assert.equal(expand('$(A) $(B) $(C) $$(A) $ $A', lookup), '1 $(A) $(C) $(A) $ $A');
});

test('fieldValue() knows the fields of the downward API', () => {
  assert.equal(fieldValue("metadata.labels['a']", fields), '1');
  assert.equal(fieldValue("metadata.annotations['x/y']", fields), 'z');
  assert.equal(fieldValue('metadata.labels', fields), 'a="1"\nb="2"');
  assert.equal(fieldValue('status.podIP', fields), '10.0.0.1');
  assert.equal(fieldValue('spec.nope', fields), undefined);
});

test('resourceValue() divides and rounds up, and falls back to what the node has', () => {
  const container = { name: 'c', resources: { requests: { cpu: '250m' }, limits: { memory: '100Mi' } } };
  assert.equal(resourceValue({ resource: 'requests.cpu' }, container, fields), '1');
  assert.equal(resourceValue({ resource: 'requests.cpu', divisor: '1m' }, container, fields), '250');
  assert.equal(resourceValue({ resource: 'limits.memory', divisor: '1Mi' }, container, fields), '100');
  assert.equal(resourceValue({ resource: 'limits.cpu' }, container, fields), '2');
});

test('serviceVariables() names services as links did', () => {
  const service = (name: string, clusterIP: string, namespace = 'ns'): Service => ({
    metadata: { name, namespace },
    spec: { clusterIP, ports: [{ name: 'web', port: 80 }] },
  });
  const all = [
    service('my-db', '10.96.0.5'),
    service('headless', 'None'),
    service('kubernetes', '10.96.0.1', 'default'),
    service('far', '10.96.0.9', 'other'),
  ];
  const variables = serviceVariables(servicesFor(all, 'ns', true));
  assert.equal(variables.get('MY_DB_SERVICE_HOST'), '10.96.0.5');
  assert.equal(variables.get('MY_DB_SERVICE_PORT_WEB'), '80');
  assert.equal(variables.get('MY_DB_PORT_80_TCP'), 'tcp://10.96.0.5:80');
  assert.equal(variables.get('KUBERNETES_SERVICE_HOST'), '10.96.0.1');
  assert.equal(
    [...variables.keys()].some((name) => name.startsWith('HEADLESS') || name.startsWith('FAR')),
    false,
  );
  assert.equal(serviceVariables(servicesFor(all, 'ns', false)).has('MY_DB_SERVICE_HOST'), false);
});

test('podDns() follows the policy and adds the own settings of the pod', () => {
  const settings = {
    clusterServers: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    node: parseResolvConf('nameserver 9.9.9.9\nsearch example.com\noptions timeout:1 # x\n'),
  };
  assert.deepEqual(podDns(pod(), settings), {
    servers: ['10.96.0.10'],
    searches: ['ns.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com'],
    options: ['ndots:5'],
  });
  assert.deepEqual(podDns(pod({ dnsPolicy: 'Default' }), settings), settings.node);
  assert.deepEqual(podDns(pod({ hostNetwork: true }), settings).servers, ['9.9.9.9']);
  assert.deepEqual(podDns(pod({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }), settings).servers, [
    '10.96.0.10',
  ]);
  const own = {
    nameservers: ['1.1.1.1'],
    searches: ['x'],
    options: [{ name: 'ndots', value: '1' }, { name: 'edns0' }],
  };
  assert.deepEqual(podDns(pod({ dnsPolicy: 'None', dnsConfig: own }), settings), {
    servers: ['1.1.1.1'],
    searches: ['x'],
    options: ['ndots:1', 'edns0'],
  });
  assert.deepEqual(podDns(pod({ dnsConfig: own }), settings).options, ['ndots:1', 'edns0']);
});

test('hostsFile() lists the pod, its aliases and for host network what the node has', () => {
  const text = hostsFile({
    podIps: ['10.0.0.1'],
    hostname: 'p',
    fqdn: 'p.s.ns.svc.cluster.local',
    aliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }],
  });
  assert.match(text, /^10\.0\.0\.1\tp\.s\.ns\.svc\.cluster\.local\tp$/m);
  assert.match(text, /^1\.2\.3\.4\ta\tb$/m);
  assert.match(
    hostsFile({ podIps: [], hostname: 'p', aliases: [], nodeFile: '127.0.0.1 localhost me\n' }),
    /^127\.0\.0\.1 localhost me$/m,
  );
});

test('hostnameOf() cuts long names so that they do not end in a dash', () => {
  assert.equal(hostnameOf({ metadata: { name: `${'a'.repeat(62)}-b` }, spec: { containers: [] } }), 'a'.repeat(62));
  assert.equal(hostnameOf(pod({ hostname: 'h' })), 'h');
});
