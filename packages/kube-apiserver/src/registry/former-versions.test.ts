import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeEnvelope,
  type KubeObject,
  normalize,
  type ResourceInfo,
  resourceTable,
  schemaFor,
} from '@steersman/api';
import { decodeStored } from './decode-stored.ts';
import { formerConversion } from './former-versions.ts';

function row(resource: string): ResourceInfo {
  return resourceTable.find(({ group, version, plural }) => `${group}/${version}/${plural}` === resource)!;
}

interface Pair {
  readonly former: string;
  readonly stored: string;
  readonly written: object;
  readonly read: object;
}

const topology = { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z', rack: 'r1' };
const MARK = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match';

/** What a release of that time stored, and what is read now. */
const PAIRS: readonly Pair[] = [
  {
    former: 'networking.k8s.io/v1beta1/ingresses',
    stored: 'networking.k8s.io/v1/ingresses',
    written: {
      spec: {
        backend: { serviceName: 'all', servicePort: 80 },
        rules: [
          {
            host: 'a.example',
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { serviceName: 'a', servicePort: 'http' } },
                {
                  path: '/f',
                  pathType: 'Exact',
                  backend: { resource: { apiGroup: 'x.io', kind: 'Bucket', name: 'b' }, servicePort: 0 },
                },
              ],
            },
          },
        ],
      },
    },
    read: {
      spec: {
        defaultBackend: { service: { name: 'all', port: { number: 80 } } },
        rules: [
          {
            host: 'a.example',
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { service: { name: 'a', port: { name: 'http' } } } },
                {
                  path: '/f',
                  pathType: 'Exact',
                  backend: { resource: { apiGroup: 'x.io', kind: 'Bucket', name: 'b' } },
                },
              ],
            },
          },
        ],
      },
    },
  },
  {
    former: 'discovery.k8s.io/v1beta1/endpointslices',
    stored: 'discovery.k8s.io/v1/endpointslices',
    written: {
      addressType: 'IPv4',
      ports: [{ port: 80, protocol: 'TCP', name: '' }],
      endpoints: [
        { addresses: ['10.0.0.1'], conditions: { ready: true }, topology },
        { addresses: ['10.0.0.2'], conditions: {}, nodeName: 'n2', topology: { 'kubernetes.io/hostname': 'n1' } },
        { addresses: ['10.0.0.3'], conditions: {} },
      ],
    },
    read: {
      addressType: 'IPv4',
      ports: [{ port: 80, protocol: 'TCP', name: '' }],
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          conditions: { ready: true },
          nodeName: 'n1',
          zone: 'z',
          deprecatedTopology: { rack: 'r1' },
        },
        {
          addresses: ['10.0.0.2'],
          conditions: {},
          nodeName: 'n2',
          deprecatedTopology: { 'kubernetes.io/hostname': 'n1' },
        },
        { addresses: ['10.0.0.3'], conditions: {} },
      ],
    },
  },
  {
    former: 'policy/v1beta1/poddisruptionbudgets',
    stored: 'policy/v1/poddisruptionbudgets',
    written: { spec: { minAvailable: 1, selector: {} } },
    read: { spec: { minAvailable: 1, selector: { matchExpressions: [{ key: MARK, operator: 'Exists' }] } } },
  },
  {
    former: 'policy/v1beta1/poddisruptionbudgets',
    stored: 'policy/v1/poddisruptionbudgets',
    written: { spec: { selector: { matchLabels: { app: 'web' } } } },
    read: { spec: { selector: { matchLabels: { app: 'web' } } } },
  },
  {
    former: 'flowcontrol.apiserver.k8s.io/v1beta2/prioritylevelconfigurations',
    stored: 'flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
    written: {
      spec: { type: 'Limited', limited: { assuredConcurrencyShares: 7, limitResponse: { type: 'Reject' } } },
    },
    read: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 7, limitResponse: { type: 'Reject' } } } },
  },
  {
    former: 'node.k8s.io/v1alpha1/runtimeclasses',
    stored: 'node.k8s.io/v1/runtimeclasses',
    written: { spec: { runtimeHandler: 'kata', overhead: { podFixed: { cpu: '250m' } } } },
    read: { handler: 'kata', overhead: { podFixed: { cpu: '250m' } } },
  },
];

function objectOf(resource: ResourceInfo, body: object): KubeObject {
  const head = { apiVersion: `${resource.group}/${resource.version}`, kind: resource.kind, metadata: { name: 'x' } };
  return normalize<KubeObject>({ ...head, ...body }, schemaFor(resource)!);
}

test('decodeStored reads what releases of the past stored, with the meaning it had', () => {
  for (const { former, stored, written, read } of PAIRS) {
    const [from, to] = [row(former), row(stored)];
    const value = encodeEnvelope(objectOf(from, written), schemaFor(from)!);
    assert.deepEqual(decodeStored(value, to), objectOf(to, read), former);
  }
});

test('formerConversion shows stored objects in the fields of the past, where managers of fields wrote these', () => {
  for (const { former, stored, written, read } of PAIRS) {
    const [from, to] = [row(former), row(stored)];
    const back = formerConversion(from, to)!.fromStored(objectOf(to, read));
    assert.deepEqual(formerConversion(from, to)!.toStored(back), objectOf(to, read), former);
    if (!former.startsWith('discovery')) assert.deepEqual(normalize(back, schemaFor(from)!), objectOf(from, written));
  }
});

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1beta1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
};
const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } };
const webhookClientConfig = { url: 'https://hooks.example/convert' };

function definition(spec: object): KubeObject {
  const stored = row('apiextensions.k8s.io/v1/customresourcedefinitions');
  return decodeStored(Buffer.from(JSON.stringify({ ...DEFINITION, spec })), stored);
}

test('decodeStored gives each version of a definition what all had in common', () => {
  const read = definition({
    group: 'example.com',
    version: 'v1',
    names,
    scope: 'Namespaced',
    validation: schema,
    subresources: { status: {} },
    additionalPrinterColumns: [{ name: 'Size', type: 'integer', JSONPath: '.spec.size' }],
    versions: [
      { name: 'v1', served: true, storage: true },
      { name: 'v2', served: true, storage: false },
    ],
    conversion: { strategy: 'Webhook', webhookClientConfig, conversionReviewVersions: ['v1'] },
    preserveUnknownFields: false,
  });
  const common = {
    schema,
    subresources: { status: {} },
    additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
  };
  assert.equal(read.apiVersion, 'apiextensions.k8s.io/v1');
  assert.deepEqual(JSON.parse(JSON.stringify(read)).spec, {
    group: 'example.com',
    names,
    scope: 'Namespaced',
    versions: [
      { name: 'v1', served: true, storage: true, ...common },
      { name: 'v2', served: true, storage: false, ...common },
    ],
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: webhookClientConfig, conversionReviewVersions: ['v1'] },
    },
    preserveUnknownFields: false,
  });
});

test('decodeStored makes the only version of the oldest definitions, which keep unknown fields', () => {
  const { spec } = definition({ group: 'example.com', version: 'v1', names, scope: 'Cluster' }) as unknown as {
    spec: Record<string, unknown>;
  };
  assert.deepEqual(spec['versions'], [{ name: 'v1', served: true, storage: true }]);
  assert.equal(spec['preserveUnknownFields'], true);
});

test('formerConversion shows a definition with what its versions have in common in one place', () => {
  const [from, to] = [
    row('apiextensions.k8s.io/v1beta1/customresourcedefinitions'),
    row('apiextensions.k8s.io/v1/customresourcedefinitions'),
  ];
  const versions = [{ name: 'v1', served: true, storage: true }];
  const spec = { group: 'example.com', version: 'v1', names, scope: 'Cluster', validation: schema, versions };
  const old = { ...DEFINITION, spec: { ...spec, preserveUnknownFields: false } } as unknown as KubeObject;
  const conversion = formerConversion(from, to)!;
  assert.deepEqual(conversion.fromStored(conversion.toStored(old)), old);
});
