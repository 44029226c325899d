import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeEnvelope,
  type KubeObject,
  normalize,
  type PersistentVolumeClaim,
  type ResourceInfo,
  resourceTable,
  type Status,
  schemaFor,
} from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { featureGatesOf } from '@steersman/server';
import { createMemoryStorage } from '@steersman/storage';
import { startTestServer } from '../test-server.ts';
import { conversionFor } from './conversions.ts';
import { decodeStored } from './decode-stored.ts';
import { storageVersionOf } from './storage-versions.ts';

const row = (resource: string): ResourceInfo =>
  resourceTable.find(({ group, version, plural }) => `${group}/${version}/${plural}` === resource)!;
const EVERYTHING = {
  runtimeConfig: new Map([['api/all', 'true']]),
  featureGates: featureGatesOf(new Map([['AllBeta', 'true']])),
};

test('storageVersionOf keeps what the release before can read', () => {
  const stored = (resource: string) => storageVersionOf(row(resource)).version;
  assert.equal(stored('admissionregistration.k8s.io/v1/mutatingadmissionpolicies'), 'v1beta1');
  assert.equal(stored('resource.k8s.io/v1beta2/devicetaintrules'), 'v1alpha3');
  assert.equal(stored('autoscaling/v1/horizontalpodautoscalers'), 'v2');
  assert.equal(storageVersionOf(row('events.k8s.io/v1/events')).group, '');
});

test('every served version of every resource converts to the stored one and back', () => {
  for (const served of resourceTable) {
    if (!served.served || served.servedBy !== undefined) continue;
    const stored = storageVersionOf(served);
    if (stored === served) continue;
    const conversion = conversionFor(served, stored);
    const bare = { kind: served.kind, apiVersion: `${served.group}/${served.version}`, metadata: { name: 'x' } };
    const object = normalize<KubeObject>(bare, schemaFor(served)!);
    const there = normalize<KubeObject>(conversion.toStored(object), schemaFor(stored)!);
    assert.equal(there.apiVersion, stored.group === '' ? stored.version : `${stored.group}/${stored.version}`);
    const back = normalize<KubeObject>(conversion.fromStored(there), schemaFor(served)!);
    assert.deepEqual(back, object, `${served.group}/${served.version} ${served.kind}`);
  }
});

test('resource.k8s.io/v1beta1 says the same as v1 in its own fields, over the API', async () => {
  await using api = await startTestServer(EVERYTHING);
  const claim = {
    apiVersion: 'resource.k8s.io/v1beta1',
    kind: 'ResourceClaim',
    metadata: { name: 'c' },
    spec: {
      devices: {
        requests: [
          { name: 'one', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 },
          { name: 'any', firstAvailable: [{ name: 'a', deviceClassName: 'gpu', allocationMode: 'All' }] },
        ],
      },
    },
  };
  const at = (version: string) => `/apis/resource.k8s.io/${version}/namespaces/default/resourceclaims`;
  const made = await api.send<typeof claim>('POST', at('v1beta1'), claim);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(made.body.spec, claim.spec);
  const newer = await api.send<{ spec: { devices: { requests: unknown[] } } }>('GET', `${at('v1')}/c`);
  assert.deepEqual(newer.body.spec.devices.requests, [
    { name: 'one', exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 } },
    { name: 'any', firstAvailable: [{ name: 'a', deviceClassName: 'gpu', allocationMode: 'All' }] },
  ]);
  const slice = {
    apiVersion: 'resource.k8s.io/v1beta1',
    kind: 'ResourceSlice',
    metadata: { name: 's' },
    spec: {
      driver: 'd.example.com',
      nodeName: 'n',
      pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'd0', basic: { capacity: { memory: { value: '1Gi' } } } }],
    },
  };
  const sliced = await api.send('POST', '/apis/resource.k8s.io/v1beta1/resourceslices', slice);
  assert.equal(sliced.status, 201, JSON.stringify(sliced.body));
  const flat = await api.send<{ spec: { devices: unknown[] } }>('GET', '/apis/resource.k8s.io/v1/resourceslices/s');
  assert.deepEqual(flat.body.spec.devices, [{ name: 'd0', capacity: { memory: { value: '1Gi' } } }]);
});

test('a miss names the group that was asked, not the one that is stored', async () => {
  await using api = await startTestServer();
  const path = '/apis/events.k8s.io/v1/namespaces/default/events/none';
  for (const method of ['GET', 'DELETE']) {
    const { status, body } = await api.send<Status>(method, path);
    assert.equal(status, 404);
    assert.equal(body.message, 'events.events.k8s.io "none" not found');
    assert.equal(body.details?.group, 'events.k8s.io');
  }
  assert.equal(
    (await api.send<Status>('GET', '/api/v1/namespaces/default/events/none')).body.message,
    'events "none" not found',
  );
});

test('managedFields tell who wrote which version, and compare each owner in its own', async () => {
  await using api = await startTestServer();
  const at = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
  const spec = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 3 };
  const v1 = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h' },
    spec: { ...spec, targetCPUUtilizationPercentage: 50 },
  };
  assert.equal((await api.send('POST', `${at('v1')}?fieldManager=old`, v1)).status, 201);
  type Hpa = KubeObject & { spec: { metrics: { resource: { target: { averageUtilization: number } } }[] } };
  const entries = (object: KubeObject) =>
    (object.metadata.managedFields ?? []).map(({ manager, apiVersion, fieldsV1 }) => [
      manager,
      apiVersion,
      Object.keys((fieldsV1 as Record<string, object>)['f:spec'] ?? {}),
    ]);
  const before = await api.send<Hpa>('GET', `${at('v2')}/h`);
  assert.deepEqual(entries(before.body), [
    [
      'old',
      'autoscaling/v1',
      ['f:maxReplicas', 'f:minReplicas', 'f:scaleTargetRef', 'f:targetCPUUtilizationPercentage'],
    ],
  ]);
  before.body.spec.metrics[0]!.resource.target.averageUtilization = 70;
  const after = await api.send<Hpa>('PUT', `${at('v2')}/h?fieldManager=new`, before.body);
  assert.deepEqual(entries(after.body), [
    ['new', 'autoscaling/v2', ['f:metrics']],
    ['old', 'autoscaling/v1', ['f:maxReplicas', 'f:minReplicas', 'f:scaleTargetRef']],
  ]);
});

test('decodeStored reads what other releases wrote, as JSON and as protobuf, without what is unknown', () => {
  const stored = row('autoscaling/v2/horizontalpodautoscalers');
  const old = {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'h' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'd' }, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
    status: { currentReplicas: 1, desiredReplicas: 1 },
  };
  const json = decodeStored(Buffer.from(JSON.stringify({ ...old, novelty: 1 })), stored);
  const protobuf = decodeStored(
    encodeEnvelope(old, schemaFor(row('autoscaling/v1/horizontalpodautoscalers'))!),
    stored,
  );
  for (const object of [json, protobuf] as unknown as { apiVersion: string; spec: { metrics: unknown[] } }[]) {
    assert.equal(object.apiVersion, 'autoscaling/v2');
    assert.equal(object.spec.metrics.length, 1);
    assert.equal('novelty' in object, false);
  }
  const budget = row('policy/v1/poddisruptionbudgets');
  const beta = {
    kind: 'PodDisruptionBudget',
    apiVersion: 'policy/v1beta1',
    metadata: { name: 'b' },
    spec: { minAvailable: 1 },
  };
  assert.equal(decodeStored(Buffer.from(JSON.stringify(beta)), budget).apiVersion, 'policy/v1');
});

test('what is stored in an older version is served in the new one after a restart', async () => {
  const effects = fakeEffects();
  const storage = createMemoryStorage({ clock: effects.clock });
  const lease = {
    kind: 'Lease',
    apiVersion: 'coordination.k8s.io/v1beta1',
    metadata: { name: 'l', namespace: 'd' },
    spec: { holderIdentity: 'a' },
  };
  const value = Buffer.from(JSON.stringify(lease));
  await storage.transact({ when: [], write: [{ kind: 'put', key: '/registry/leases/d/l', value }] });
  await using api = await startTestServer({ storage });
  const found = await api.send<KubeObject>('GET', '/apis/coordination.k8s.io/v1/namespaces/d/leases/l');
  assert.deepEqual([found.status, found.body.apiVersion], [200, 'coordination.k8s.io/v1']);
});

test('a claim that upstream stored without a status is pending', async () => {
  const effects = fakeEffects();
  const storage = createMemoryStorage({ clock: effects.clock });
  const claim = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', metadata: { name: 'c', namespace: 'd' }, spec: {} };
  const schema = schemaFor(row('/v1/persistentvolumeclaims'))!;
  const value = encodeEnvelope(normalize<KubeObject>(claim, schema), schema);
  await storage.transact({ when: [], write: [{ kind: 'put', key: '/registry/persistentvolumeclaims/d/c', value }] });
  await using api = await startTestServer({ storage });
  const found = await api.send<PersistentVolumeClaim>('GET', '/api/v1/namespaces/d/persistentvolumeclaims/c');
  assert.equal(found.body.status?.phase, 'Pending');
});

test('requests for deprecated versions are answered with a warning', async () => {
  await using api = await startTestServer();
  const { headers } = await api.send('GET', '/api/v1/namespaces/default/endpoints');
  assert.equal(
    headers['warning'],
    '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
  );
});
