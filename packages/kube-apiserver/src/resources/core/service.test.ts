import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources, type Service } from '@steersman/api';
import { causesOfUpdate, type Kind, prepared, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { service } from './service.ts';

const kind: Kind<NonNullable<typeof Resources.services.object>> = {
  name: 'service',
  type: Resources.services,
  strategy: service,
  good: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name: 'web' },
    spec: { clusterIP: '10.96.0.7', selector: { app: 'web' }, ports: [{ port: 80 }] },
  },
};
const spec = (patch: object) => ({ spec: patch });
refusesToCreate(kind, [
  ['a service without ports', spec({ ports: [] }), ['Required spec.ports: Required value']],
  [
    'a port out of range',
    spec({ ports: [{ port: 0, targetPort: 80 }] }),
    ['Invalid spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ],
  [
    'several ports without names',
    spec({ ports: [{ port: 80 }, { port: 81 }] }),
    ['Required spec.ports[0].name: Required value', 'Required spec.ports[1].name: Required value'],
  ],
  [
    'two ports of one name',
    spec({
      ports: [
        { name: 'a', port: 80 },
        { name: 'a', port: 81 },
      ],
    }),
    ['Duplicate spec.ports[1].name: Duplicate value: "a"'],
  ],
  [
    'one port twice',
    spec({
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    }),
    [
      'Duplicate spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    'an unknown protocol',
    spec({ ports: [{ port: 80, protocol: 'ICMP' }] }),
    ['NotSupported spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
  ],
  [
    'a node port on a ClusterIP service',
    spec({ ports: [{ port: 80, nodePort: 30080 }] }),
    ["Forbidden spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    'an unknown type',
    spec({ type: 'Anycast' }),
    [
      'NotSupported spec.type: Unsupported value: "Anycast": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    'an external name without a name',
    spec({ type: 'ExternalName', clusterIP: null, ports: null }),
    ['Required spec.externalName: Required value'],
  ],
  [
    'an external name with an address',
    spec({ type: 'ExternalName', externalName: 'example.org' }),
    ['Forbidden spec.clusterIPs: Forbidden: may not be set for ExternalName services'],
  ],
  [
    'a headless load balancer',
    spec({ type: 'LoadBalancer', clusterIP: 'None' }),
    [`Invalid spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for LoadBalancer services`],
  ],
  [
    'an unknown session affinity',
    spec({ sessionAffinity: 'Cookie' }),
    ['NotSupported spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"'],
  ],
  [
    'a cluster IP that is none',
    spec({ clusterIP: '10.96.0.300' }),
    [
      'Invalid spec.clusterIPs[0]: Invalid value: "10.96.0.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'an external traffic policy on a ClusterIP service',
    spec({ externalTrafficPolicy: 'Local' }),
    ['Invalid spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
  ],
  [
    'a loopback external address',
    spec({ externalIPs: ['127.0.0.1'] }),
    [
      'Invalid spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
]);

refusesToUpdate(kind, [
  [
    'another cluster IP',
    spec({ clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.8'] }),
    ['Invalid spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set'],
  ],
  [
    'another cluster IP while the list still has the old one, as patches of old clients make it',
    spec({ clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.7'] }),
    ['Invalid spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set'],
  ],
]);

/** A balanced service that has everything it can be given. */
const balanced: Kind<Service> = {
  ...kind,
  good: {
    ...kind.good,
    spec: { ...kind.good.spec, type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30080 }], loadBalancerClass: 'a/b' },
  },
};

test('service.prepareForUpdate() takes back what only a load balancer has', () => {
  assert.deepEqual(causesOfUpdate(balanced, { spec: { type: 'ClusterIP' } }), []);
  assert.deepEqual(
    causesOfUpdate(balanced, {
      spec: { type: 'ClusterIP', loadBalancerClass: 'a/c', ports: [{ port: 80, nodePort: 30081 }] },
    }),
    [
      "Forbidden spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
      "Forbidden spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
      "Forbidden spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  );
});

test('service.validateUpdate() keeps the address, whichever field was changed', () => {
  const causes = ['Invalid spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set'];
  assert.deepEqual(causesOfUpdate(kind, { spec: { clusterIP: '10.96.0.8' } }), causes);
});

test('service.status.validateUpdate() judges what load balancers report', () => {
  const old = prepared(balanced, balanced.good);
  const ingress = [{ ip: '010.1.1.1' }, { hostname: '10.1.1.1', ipMode: 'VIP' }];
  const reported = { ...old, status: { loadBalancer: { ingress } } };
  assert.deepEqual(
    (service.status?.validateUpdate?.(reported, old) ?? []).map(({ field, message }) => `${field}: ${message}`),
    [
      'status.loadBalancer.ingress[0].ip: Invalid value: "010.1.1.1": must not have leading 0s',
      'status.loadBalancer.ingress[0].ipMode: Required value: must be specified when `ip` is set',
      'status.loadBalancer.ingress[1].ipMode: Forbidden: may not be specified when `ip` is not set',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.1.1.1": must be a DNS name, not an IP address',
    ],
  );
});

test('service.warnings() name what has no effect', () => {
  const headless = prepared(kind, {
    ...kind.good,
    spec: { clusterIP: 'None', sessionAffinity: 'ClientIP', externalName: 'a', trafficDistribution: 'PreferClose' },
  });
  assert.deepEqual(service.warnings?.(headless, undefined), [
    'spec.SessionAffinity is ignored for headless services',
    'spec.externalName is ignored when spec.type is not "ExternalName"',
    'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  ]);
});
