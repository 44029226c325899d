import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment, Pod, Status } from '@steersman/api';
import { startTestServer } from '../test-server.ts';
import { uncoveredRules } from './rule-coverage.ts';

const PODS = '/api/v1/namespaces/default/pods';
const pod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'busybox:1' }], ...spec },
});

async function startServer() {
  const api = await startTestServer({ extensions: {} });
  await api.server.ready;
  await api.send('POST', '/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  return api;
}

test('namespaceLifecycle refuses objects in namespaces that are missing or going', async () => {
  await using api = await startServer();
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
  const missing = await api.send<Status>('POST', '/api/v1/namespaces/nope/configmaps', map);
  assert.deepEqual([missing.status, missing.body.message], [404, 'namespaces "nope" not found']);
  await api.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going' } });
  await api.send('DELETE', '/api/v1/namespaces/going');
  const going = await api.send<Status>('POST', '/api/v1/namespaces/going/configmaps', map);
  assert.equal(
    going.body.message,
    'configmaps "c" is forbidden: unable to create new content in namespace going because it is being terminated',
  );
  assert.equal(going.body.details?.causes?.[0]?.reason, 'NamespaceTerminating');
  const kept = await api.send<Status>('DELETE', '/api/v1/namespaces/kube-system');
  assert.equal(kept.body.message, 'namespaces "kube-system" is forbidden: this namespace may not be deleted');
});

test('serviceAccount mounts a token into every container, and names the account that is missing', async () => {
  await using api = await startServer();
  const { body } = await api.send<Pod>('POST', PODS, pod('p'));
  const volume = body.spec.volumes?.[0];
  assert.match(volume?.name ?? '', /^kube-api-access-[a-z0-9]{5}$/);
  assert.deepEqual(body.spec.containers[0]?.volumeMounts, [
    { name: volume?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ]);
  assert.equal(volume?.projected?.sources?.[0]?.serviceAccountToken?.expirationSeconds, 3607);
  assert.deepEqual([body.spec.serviceAccountName, body.spec.serviceAccount], ['default', 'default']);
  const none = await api.send<Pod>('POST', PODS, pod('q', { automountServiceAccountToken: false }));
  assert.equal(none.body.spec.volumes, undefined);
  const refused = await api.send<Status>('POST', PODS, pod('r', { serviceAccountName: 'ghost' }));
  assert.equal(
    refused.body.message,
    'pods "r" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found',
  );
});

test('priority resolves classes, and refuses numbers and classes that are wrong', async () => {
  await using api = await startServer();
  const critical = await api.send<Pod>('POST', PODS, pod('p', { priorityClassName: 'system-node-critical' }));
  assert.deepEqual(
    [critical.body.spec.priority, critical.body.spec.preemptionPolicy],
    [2000001000, 'PreemptLowerPriority'],
  );
  const plain = await api.send<Pod>('POST', PODS, pod('q'));
  assert.equal(plain.body.spec.priority, 0);
  const unknown = await api.send<Status>('POST', PODS, pod('r', { priorityClassName: 'ghost' }));
  assert.equal(unknown.body.message, 'pods "r" is forbidden: no PriorityClass with name ghost was found');
  const forged = await api.send<Status>('POST', PODS, pod('s', { priority: 5 }));
  assert.match(forged.body.message ?? '', /the integer value of priority \(5\) must not be provided in pod spec/);
});

test('defaultTolerationSeconds adds two tolerations of five minutes, except where the pod has its own', async () => {
  await using api = await startServer();
  const { body } = await api.send<Pod>(
    'POST',
    PODS,
    pod('p', { tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }] }),
  );
  assert.deepEqual(
    body.spec.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
    [
      ['node.kubernetes.io/not-ready', undefined],
      ['node.kubernetes.io/unreachable', 300],
    ],
  );
});

test('limitRanger fills in defaults and refuses what is above the maximum', async () => {
  await using api = await startServer();
  const limits = [{ type: 'Container', max: { cpu: '1' }, default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } }];
  await api.send('POST', '/api/v1/namespaces/default/limitranges', {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'l' },
    spec: { limits },
  });
  const { body } = await api.send<Pod>('POST', PODS, pod('p'));
  assert.deepEqual(body.spec.containers[0]?.resources, { requests: { cpu: '100m' }, limits: { cpu: '500m' } });
  assert.equal(
    body.metadata.annotations?.['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
  );
  const refused = await api.send<Status>(
    'POST',
    PODS,
    pod('q', { containers: [{ name: 'c', image: 'busybox:1', resources: { limits: { cpu: '2' } } }] }),
  );
  assert.equal(refused.body.message, 'pods "q" is forbidden: maximum cpu usage per Container is 1, but limit is 2');
});

test('admission leaves workloads alone: their pods are admitted when they are made', async () => {
  await using api = await startServer();
  const spec = {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'busybox:1' }] } },
  };
  const { body } = await api.send<Deployment>('POST', '/apis/apps/v1/namespaces/default/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec,
  });
  assert.equal(body.spec.template?.spec?.tolerations, undefined);
});

test('uncoveredRules() finds what is asked for and not held, down to verb and resource', () => {
  const none = { resourceNames: [], nonResourceURLs: [] };
  const held = [{ ...none, verbs: ['get', 'list'], apiGroups: ['*'], resources: ['pods', '*/scale'] }];
  assert.deepEqual(
    uncoveredRules(held, [{ verbs: ['get'], apiGroups: ['apps'], resources: ['pods', 'deployments/scale'] }]),
    [],
  );
  const missing = uncoveredRules(held, [{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] }]);
  assert.deepEqual(
    missing.map(({ verbs }) => verbs),
    [['delete']],
  );
});

test('admissionPlugins() refuses a plugin that does not exist, and takes those that are only unwritten', async () => {
  await assert.rejects(
    startTestServer({ extensions: {}, config: { enableAdmissionPlugins: ['NodeRestriktion'] } }),
    /enable-admission-plugins plugin "NodeRestriktion" is unknown/,
  );
  await using api = await startTestServer({
    extensions: {},
    config: { enableAdmissionPlugins: ['NodeRestriction', 'PodTopologyLabels'] },
  });
  await api.server.ready;
});

test('nodeRestriction keeps a kubelet to its own node, its pods and its lease', async () => {
  await using api = await startTestServer({ extensions: {}, config: { enableAdmissionPlugins: ['NodeRestriction'] } });
  await api.server.ready;
  const kubelet = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
  const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });
  assert.equal((await api.send('POST', '/api/v1/nodes', node('n1'), {}, kubelet)).status, 201);
  const other = await api.send<Status>('POST', '/api/v1/nodes', node('n2'), {}, kubelet);
  assert.equal(other.body.message, 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"');
  const lease = (name: string) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name },
    spec: { holderIdentity: name },
  });
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  assert.equal((await api.send('POST', leases, lease('n1'), {}, kubelet)).status, 201);
  assert.equal((await api.send('POST', leases, lease('n2'), {}, kubelet)).status, 403);
});
