import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest, KubeObject, Pod, Status } from '@steersman/api';
import { ConfigurationError } from '../configuration-error.ts';
import { CERTIFICATE_REQUEST, signingRequest } from '../test-certificate-request.ts';
import { startTestServer } from '../test-server.ts';
import { organizationsOf } from './certificate-request.ts';
import { type AdmissionConfiguration, admissionConfiguration } from './configuration.ts';

const PODS = '/api/v1/namespaces/default/pods';
const ANN = { name: 'ann', groups: ['system:authenticated'] };
const pod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'busybox:1' }], ...spec },
});

async function startServer(enableAdmissionPlugins: readonly string[], configuration: object = {}) {
  const admissionConfiguration = new Map(Object.entries(configuration)) as AdmissionConfiguration;
  const api = await startTestServer({ extensions: {}, config: { enableAdmissionPlugins, admissionConfiguration } });
  await api.server.ready;
  const account = { metadata: { name: 'default' } };
  await api.send('POST', '/api/v1/namespaces/default/serviceaccounts', account);
  return api;
}

async function annotate(api: Awaited<ReturnType<typeof startServer>>, annotations: object) {
  const headers = { 'content-type': 'application/merge-patch+json' };
  await api.send('PATCH', '/api/v1/namespaces/default', { metadata: { annotations } }, headers);
}

test('alwaysPullImages, extendedResourceToleration and podTopologyLabels complete pods', async () => {
  await using api = await startServer(['AlwaysPullImages', 'ExtendedResourceToleration']);
  const labels = { 'topology.kubernetes.io/zone': 'z1', other: 'x' };
  await api.send('POST', '/api/v1/nodes', { metadata: { name: 'n', labels } });
  const resources = { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } };
  const containers = [{ name: 'c', image: 'i:1', imagePullPolicy: 'Never', resources }];
  const { body } = await api.send<Pod>('POST', PODS, pod('p', { containers, nodeName: 'n' }));
  assert.equal(body.spec.containers[0]?.imagePullPolicy, 'Always');
  assert.equal(
    body.spec.tolerations?.some(({ key }) => key === 'example.com/gpu'),
    true,
  );
  assert.deepEqual(body.metadata.labels, { 'topology.kubernetes.io/zone': 'z1' });
  await api.send('POST', PODS, pod('q'));
  const target = { apiVersion: 'v1', kind: 'Node', name: 'n' };
  await api.send('POST', `${PODS}/q/binding`, { metadata: { name: 'q' }, target });
  const bound = await api.send<Pod>('GET', `${PODS}/q`);
  assert.deepEqual(bound.body.metadata.labels, { 'topology.kubernetes.io/zone': 'z1' });
});

test('limitPodHardAntiAffinityTopology allows nodes only', async () => {
  await using api = await startServer(['LimitPodHardAntiAffinityTopology']);
  const term = { topologyKey: 'zone', labelSelector: { matchLabels: { a: 'b' } } };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const refused = await api.send<Status>('POST', PODS, pod('p', { affinity }));
  assert.equal(
    refused.body.message,
    'pods "p" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
  );
});

test('namespaceAutoProvision makes namespaces, alwaysDeny refuses everything', async () => {
  await using api = await startServer(['NamespaceAutoProvision']);
  const made = await api.send('POST', '/api/v1/namespaces/fresh/configmaps', { metadata: { name: 'm' } });
  assert.equal(made.status, 201);
  assert.equal((await api.send('GET', '/api/v1/namespaces/fresh')).status, 200);
  await using denying = await startTestServer({
    extensions: { postStartHooks: () => [] },
    config: { enableAdmissionPlugins: ['AlwaysDeny'] },
  });
  const refused = await denying.send<Status>('POST', '/api/v1/namespaces', { metadata: { name: 'n' } });
  assert.equal(refused.body.message, 'namespaces "n" is forbidden: admission control is denying all modifications');
});

test('denyServiceExternalIPs leaves those that are there', async () => {
  await using api = await startServer(['DenyServiceExternalIPs']);
  const services = '/api/v1/namespaces/default/services';
  const spec = { ports: [{ port: 80 }], externalIPs: ['10.1.2.3'] };
  const refused = await api.send<Status>('POST', services, { metadata: { name: 's' }, spec });
  assert.equal(refused.body.message, 'services "s" is forbidden: Use of external IPs is denied by admission control.');
});

test('podNodeSelector merges the selector of the namespace and refuses what contradicts it', async () => {
  const podNodeSelectorPluginConfig = { clusterDefaultNodeSelector: 'env=default' };
  await using api = await startServer(['PodNodeSelector'], { PodNodeSelector: { podNodeSelectorPluginConfig } });
  assert.deepEqual((await api.send<Pod>('POST', PODS, pod('d'))).body.spec.nodeSelector, { env: 'default' });
  await annotate(api, { 'scheduler.alpha.kubernetes.io/node-selector': 'env=test' });
  const made = await api.send<Pod>('POST', PODS, pod('p', { nodeSelector: { disk: 'ssd' } }));
  assert.deepEqual(made.body.spec.nodeSelector, { env: 'test', disk: 'ssd' });
  const refused = await api.send<Status>('POST', PODS, pod('q', { nodeSelector: { env: 'prod' } }));
  assert.match(refused.body.message ?? '', /conflicts with its namespace node label selector/);
});

test('podTolerationRestriction adds the tolerations of the namespace and allows no others', async () => {
  await using api = await startServer(['PodTolerationRestriction']);
  const own = { key: 'team', operator: 'Equal', value: 'a', effect: 'NoSchedule' };
  const usual = [
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists' },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists' },
  ];
  await annotate(api, {
    'scheduler.alpha.kubernetes.io/defaultTolerations': JSON.stringify([own]),
    'scheduler.alpha.kubernetes.io/tolerationsWhitelist': JSON.stringify([own, ...usual]),
  });
  const { body } = await api.send<Pod>('POST', PODS, pod('p'));
  assert.equal(
    body.spec.tolerations?.some(({ key }) => key === 'team'),
    true,
    JSON.stringify(body),
  );
  const other = { key: 'other', operator: 'Exists' };
  const refused = await api.send<Status>('POST', PODS, pod('q', { tolerations: [other] }));
  assert.match(refused.body.message ?? '', /conflict with its namespace whitelist/);
});

test('eventRateLimit refuses with 429 beyond the burst and allows more as time passes', async () => {
  const limits = [{ type: 'Namespace', qps: 1, burst: 2 }];
  await using api = await startServer(['EventRateLimit'], { EventRateLimit: { limits } });
  const event = (name: string) =>
    api.send<Status>('POST', '/api/v1/namespaces/default/events', {
      metadata: { name },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
      reason: 'R',
    });
  assert.deepEqual([(await event('a')).status, (await event('b')).status], [201, 201]);
  const refused = await event('c');
  assert.deepEqual([refused.status, refused.body.message], [429, 'limit reached on type Namespace for key default']);
  await api.effects.clock.advance(1000);
  assert.equal((await event('d')).status, 201);
});

test('ownerReferencesPermissionEnforcement asks for the right to delete and to hold up', async () => {
  await using api = await startServer(['OwnerReferencesPermissionEnforcement']);
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }];
  await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name: 'r' }, rules });
  await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'r' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' }],
  });
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u', blockOwnerDeletion: true }];
  const path = '/api/v1/namespaces/default/configmaps';
  const refused = await api.send<Status>('POST', path, { metadata: { name: 'm', ownerReferences } }, {}, ANN);
  assert.equal(refused.status, 403);
  assert.match(refused.body.message ?? '', /cannot set an ownerRef on a resource you can't delete: /);
  assert.equal((await api.send('POST', path, { metadata: { name: 'm' } }, {}, ANN)).status, 201);
});

test('storageObjectInUseProtection marks claims and volumes', async () => {
  await using api = await startServer([]);
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
  const { body } = await api.send<KubeObject>('POST', claims, { metadata: { name: 'c' }, spec });
  assert.deepEqual(body.metadata.finalizers, ['kubernetes.io/pvc-protection']);
});

test('organizationsOf reads the subject, and nothing of what is malformed', () => {
  assert.deepEqual(organizationsOf(CERTIFICATE_REQUEST), ['system:masters', 'dev']);
  assert.deepEqual(organizationsOf(CERTIFICATE_REQUEST.replace('MI', 'MX')), []);
  assert.deepEqual(organizationsOf('nothing'), []);
});

test('certificates: masters are not handed out, and approving and signing take rights on the signer', async () => {
  await using api = await startServer([]);
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const csr = (name: string, signerName: string) => signingRequest({ name }, signerName);
  const refused = await api.send<Status>('POST', path, csr('eve', 'kubernetes.io/kube-apiserver-client'));
  assert.match(
    refused.body.message ?? '',
    /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed/,
  );
  const made = await api.send<CertificateSigningRequest>('POST', path, csr('ok', 'example.com/s'));
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'csr' },
    rules: [
      {
        apiGroups: ['certificates.k8s.io'],
        resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status'],
        verbs: ['*'],
      },
    ],
  });
  await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'csr' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'csr' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' }],
  });
  const approved = { type: 'Approved', status: 'True', reason: 'r', message: 'm' };
  const approve = { ...made.body, status: { conditions: [approved] } };
  const denied = await api.send<Status>('PUT', `${path}/ok/approval`, approve, {}, ANN);
  assert.match(denied.body.message ?? '', /user not permitted to approve requests with signerName "example.com\/s"/);
  assert.equal((await api.send('PUT', `${path}/ok/approval`, approve)).status, 200);
  const current = await api.send<CertificateSigningRequest>('GET', `${path}/ok`);
  const failed = { type: 'Failed', status: 'True', reason: 'r', message: 'm' };
  const sign = { ...current.body, status: { conditions: [approved, failed] } };
  const unsigned = await api.send<Status>('PUT', `${path}/ok/status`, sign, {}, ANN);
  assert.match(unsigned.body.message ?? '', /user not permitted to sign requests with signerName "example.com\/s"/);
});

test('admissionConfiguration reads plugins inline and from files', () => {
  const text = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: EventRateLimit
  path: limits.yaml
- name: PodSecurity
  configuration: {defaults: {enforce: baseline}}
`;
  const found = admissionConfiguration(text, (path) => `# ${path}\nlimits: [{type: Server, qps: 1, burst: 2}]`);
  assert.deepEqual(found.get('EventRateLimit'), { limits: [{ type: 'Server', qps: 1, burst: 2 }] });
  assert.deepEqual(found.get('PodSecurity'), { defaults: { enforce: 'baseline' } });
  assert.throws(() => admissionConfiguration('kind: Other', () => ''), ConfigurationError);
});
