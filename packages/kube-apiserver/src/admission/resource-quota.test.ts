import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, ResourceQuota, Status } from '@steersman/api';
import { startTestServer, type TestServer } from '../test-server.ts';

const BASE = '/api/v1/namespaces/default';
const pod = (name: string, more: Partial<Pod['spec']> = {}, resources: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'busybox:1', resources }], ...more },
});

/** A server with one quota, counted as its controller would have. */
async function startServer(hard: Record<string, string>, spec: object = {}, config = {}): Promise<TestServer> {
  const api = await startTestServer({ extensions: {}, config });
  await api.server.ready;
  await api.send('POST', `${BASE}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  const metadata = { name: 'q' };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard, ...spec } };
  assert.equal((await api.send('POST', `${BASE}/resourcequotas`, quota)).status, 201);
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
  const counted = { ...quota, status: { hard, used } };
  assert.equal((await api.send('PUT', `${BASE}/resourcequotas/q/status`, counted)).status, 200);
  return api;
}
const usedOf = async (api: TestServer) =>
  (await api.send<ResourceQuota>('GET', `${BASE}/resourcequotas/q`)).body.status?.used;

test('resourceQuota admits exactly as many of a hundred racing creates as fit', async () => {
  await using api = await startServer({ pods: '7', 'count/pods': '50' });
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => api.send<Status>('POST', `${BASE}/pods`, pod(`p${index}`))),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 7);
  const refused = answers.filter(({ status }) => status === 403);
  assert.equal(refused.length, 93);
  assert.match(
    refused[0]?.body.message ?? '',
    /^pods "p\d+" is forbidden: exceeded quota: q, requested: pods=1, used: pods=7, limited: pods=7$/,
  );
  assert.deepEqual(await usedOf(api), { pods: '7', 'count/pods': '7' });
});

test('resourceQuota wants containers to say what a quota counts', async () => {
  await using api = await startServer({ 'requests.cpu': '1', 'limits.memory': '1Gi' });
  const silent = await api.send<Status>('POST', `${BASE}/pods`, pod('p'));
  assert.deepEqual(
    [silent.status, silent.body.message],
    [403, 'pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c'],
  );
  const amounts = { requests: { cpu: '600m' }, limits: { memory: '100Mi' } };
  assert.equal((await api.send('POST', `${BASE}/pods`, pod('p', {}, amounts))).status, 201);
  const second = await api.send<Status>('POST', `${BASE}/pods`, pod('q', {}, amounts));
  assert.equal(
    second.body.message,
    'pods "q" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
  );
  assert.deepEqual(await usedOf(api), { 'requests.cpu': '600m', 'limits.memory': '100Mi' });
});

test('resourceQuota with scopes counts only the pods that it is about', async () => {
  await using api = await startServer({ pods: '1' }, { scopes: ['BestEffort'] });
  const asking = pod('asks', {}, { requests: { cpu: '1m' } });
  assert.equal((await api.send('POST', `${BASE}/pods`, asking)).status, 201);
  assert.deepEqual(await usedOf(api), { pods: '0' });
  assert.equal((await api.send('POST', `${BASE}/pods`, pod('a'))).status, 201);
  assert.equal((await api.send('POST', `${BASE}/pods`, pod('b'))).status, 403);
});

test('resourceQuota counts services by kind, growth included, and objects of any group', async () => {
  await using api = await startServer({ services: '2', 'services.nodeports': '1', 'count/deployments.apps': '0' });
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: { ports: [{ port: 80 }, { port: 81, name: 'b' }].slice(0, 1) },
  };
  assert.equal((await api.send('POST', `${BASE}/services`, service)).status, 201);
  const two = [
    { port: 80, name: 'a' },
    { port: 81, name: 'b' },
  ];
  const patch = { spec: { type: 'NodePort', ports: two } };
  const grown = await api.send<Status>('PATCH', `${BASE}/services/s`, patch, {
    'content-type': 'application/merge-patch+json',
  });
  assert.equal(
    grown.body.message,
    'services "s" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1',
  );
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  };
  const refused = await api.send<Status>('POST', '/apis/apps/v1/namespaces/default/deployments', deployment);
  assert.equal(
    refused.body.message,
    'deployments.apps "d" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0',
  );
});

test('resourceQuota charges nothing for a dry run', async () => {
  await using api = await startServer({ configmaps: '1' });
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
  assert.equal((await api.send('POST', `${BASE}/configmaps?dryRun=All`, map)).status, 201);
  assert.deepEqual(await usedOf(api), { configmaps: '0' });
});

const limits = (limited: object) => ({
  admissionConfiguration: new Map([
    [
      'ResourceQuota',
      {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'ResourceQuotaConfiguration',
        limitedResources: [{ resource: 'pods', ...limited }],
      },
    ],
  ]),
});

test('resourceQuota refuses what is limited and covered by no quota', async () => {
  await using api = await startServer({ pods: '9' }, {}, limits({ matchContains: ['requests.cpu'] }));
  const refused = await api.send<Status>('POST', `${BASE}/pods`, pod('p', {}, { requests: { cpu: '1' } }));
  assert.deepEqual(
    [refused.status, refused.body.message],
    [403, 'pods "p" is forbidden: insufficient quota to consume: requests.cpu'],
  );
  assert.equal((await api.send('POST', `${BASE}/pods`, pod('q'))).status, 201);
  const elsewhere = '/api/v1/namespaces/kube-public';
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await api.send('POST', `${elsewhere}/serviceaccounts`, account);
  const none = await api.send<Status>('POST', `${elsewhere}/pods`, pod('p', {}, { requests: { cpu: '1' } }));
  assert.match(String(none.body.message), /insufficient quota to consume: requests\.cpu$/);
});

test('resourceQuota refuses scopes that are limited and named by no quota', async () => {
  const critical = { scopeName: 'PriorityClass', operator: 'In', values: ['system-cluster-critical'] };
  await using api = await startServer({ pods: '9' }, {}, limits({ matchScopes: [critical] }));
  const refused = await api.send<Status>(
    'POST',
    `${BASE}/pods`,
    pod('p', { priorityClassName: 'system-cluster-critical' }),
  );
  assert.deepEqual(
    [refused.status, refused.body.message],
    [500, 'insufficient quota to match these scopes: [{PriorityClass In [system-cluster-critical]}]'],
  );
  assert.equal((await api.send('POST', `${BASE}/pods`, pod('q'))).status, 201);
});
