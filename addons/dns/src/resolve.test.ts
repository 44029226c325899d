import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterView, ServiceView, SliceView } from './contract.ts';
import { resolve } from './resolve.ts';

const service = (fields: Partial<ServiceView>): ServiceView => ({
  namespace: 'default',
  name: 'web',
  resourceVersion: '1',
  headless: false,
  clusterIPs: ['10.96.0.20'],
  publishNotReadyAddresses: false,
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
  ...fields,
});
const slice: SliceView = {
  namespace: 'default',
  name: 'db-1',
  service: 'db',
  resourceVersion: '1',
  endpoints: [
    { addresses: ['10.244.0.5'], hostname: 'db-0', ready: true },
    { addresses: ['10.244.0.6'], ready: true },
    { addresses: ['10.244.0.7'], hostname: 'db-2', ready: false },
  ],
  ports: [{ name: 'sql', protocol: 'TCP', port: 5432 }],
};
const services = new Map(
  [
    service({}),
    service({ name: 'db', headless: true, clusterIPs: [], ports: [{ name: 'sql', protocol: 'TCP', port: 5432 }] }),
    service({ name: 'all', headless: true, clusterIPs: [], publishNotReadyAddresses: true }),
    service({ name: 'outside', clusterIPs: [], externalName: 'example.org', ports: [] }),
    service({ name: 'six', clusterIPs: ['10.96.0.21', 'fd00::15'] }),
  ].map((one) => [`${one.namespace}/${one.name}`, one]),
);
const view: ClusterView = {
  service: (namespace, name) => services.get(`${namespace}/${name}`),
  slices: (_namespace, name) => (name === 'db' ? [slice] : name === 'all' ? [{ ...slice, service: 'all' }] : []),
  namespaceExists: (name) => name === 'default',
  serviceByAddress: (address) => [...services.values()].find(({ clusterIPs }) => clusterIPs.includes(address)),
  slicesByAddress: (address) => (slice.endpoints.some(({ addresses }) => addresses.includes(address)) ? [slice] : []),
};
const zone = { domain: 'cluster.local', address: '10.96.0.10', serial: () => 7 };

function ask(name: string, type: string): string {
  const answer = resolve({ name, type }, view, zone);
  if (answer === 'forward') return 'forward';
  const shown = answer.answers.map((record) => {
    if ('address' in record) return `${record.type} ${record.address}`;
    if (record.type === 'SRV') return `SRV ${record.weight} ${record.port} ${record.target}`;
    if (record.type === 'TXT') return `TXT ${record.text}`;
    return 'target' in record ? `${record.type} ${record.target}` : record.type;
  });
  assert.equal(answer.authorities.length, answer.answers.length === 0 ? 1 : 0, `${name} ${type}: SOA only when empty`);
  return `${answer.code}${shown.map((record) => ` | ${record}`).join('')}`;
}

test('resolve() answers by the Kubernetes DNS specification', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['web.default.svc.cluster.local', 'A', 'NOERROR | A 10.96.0.20'],
    ['WEB.Default.svc.CLUSTER.local', 'A', 'NOERROR | A 10.96.0.20'],
    ['web.default.svc.cluster.local', 'AAAA', 'NOERROR'],
    ['six.default.svc.cluster.local', 'AAAA', 'NOERROR | AAAA fd00::15'],
    ['db.default.svc.cluster.local', 'A', 'NOERROR | A 10.244.0.5 | A 10.244.0.6'],
    ['all.default.svc.cluster.local', 'A', 'NOERROR | A 10.244.0.5 | A 10.244.0.6 | A 10.244.0.7'],
    ['db-0.db.default.svc.cluster.local', 'A', 'NOERROR | A 10.244.0.5'],
    ['10-244-0-6.db.default.svc.cluster.local', 'A', 'NOERROR | A 10.244.0.6'],
    ['db-2.db.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['_http._tcp.web.default.svc.cluster.local', 'SRV', 'NOERROR | SRV 100 80 web.default.svc.cluster.local'],
    [
      '_sql._tcp.db.default.svc.cluster.local',
      'SRV',
      'NOERROR | SRV 50 5432 db-0.db.default.svc.cluster.local | SRV 50 5432 10-244-0-6.db.default.svc.cluster.local',
    ],
    ['_http._udp.web.default.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['_tcp.web.default.svc.cluster.local', 'A', 'NOERROR'],
    ['outside.default.svc.cluster.local', 'A', 'NOERROR | CNAME example.org'],
    ['nothing.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['default.svc.cluster.local', 'A', 'NOERROR'],
    ['absent.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['web.absent.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['svc.cluster.local', 'A', 'NOERROR'],
    ['cluster.local', 'SOA', 'NOERROR | SOA'],
    ['cluster.local', 'NS', 'NOERROR | NS ns.dns.cluster.local'],
    ['ns.dns.cluster.local', 'A', 'NOERROR | A 10.96.0.10'],
    ['dns-version.cluster.local', 'TXT', 'NOERROR | TXT 1.1.0'],
    ['10-244-0-5.default.pod.cluster.local', 'A', 'NOERROR | A 10.244.0.5'],
    ['10-244-0-5.absent.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['nonsense.default.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['other.cluster.local', 'A', 'NXDOMAIN'],
    ['20.0.96.10.in-addr.arpa', 'PTR', 'NOERROR | PTR web.default.svc.cluster.local'],
    ['5.0.244.10.in-addr.arpa', 'PTR', 'NOERROR | PTR db-0.db.default.svc.cluster.local'],
    ['6.0.244.10.in-addr.arpa', 'PTR', 'NOERROR | PTR 10-244-0-6.db.default.svc.cluster.local'],
    ['1.2.0.192.in-addr.arpa', 'PTR', 'forward'],
    ['example.org', 'A', 'forward'],
    ['notcluster.local', 'A', 'forward'],
  ];
  for (const [name, type, expected] of cases) assert.equal(ask(name, type), expected, `${name} ${type}`);
});

test('resolve() puts the addresses of SRV targets beside them', () => {
  const answer = resolve({ name: '_sql._tcp.db.default.svc.cluster.local', type: 'SRV' }, view, zone);
  assert.ok(answer !== 'forward');
  assert.deepEqual(
    answer.additionals.map((record) => [record.name, record.type === 'A' ? record.address : '']),
    [
      ['db-0.db.default.svc.cluster.local', '10.244.0.5'],
      ['10-244-0-6.db.default.svc.cluster.local', '10.244.0.6'],
    ],
  );
});
