import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  AuthenticationTokenRequest,
  Namespace,
  Pod,
  PodDisruptionBudget,
  Scale,
  Status,
  SubjectAccessReview,
  TokenReview,
} from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const PATCH = { 'content-type': 'application/merge-patch+json' };
const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } };
const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };

async function startServer() {
  const api = await startTestServer({ extensions: {} });
  await api.server.ready;
  await api.send('POST', `${NAMESPACE}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  const containers = [{ name: 'c', image: 'busybox:1', resources: { requests: { cpu: '1' } } }];
  await api.send('POST', `${NAMESPACE}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { app: 'web' } },
    spec: { containers },
  });
  return api;
}

test('podBinding puts a pod on a node once', async () => {
  await using api = await startServer();
  assert.equal((await api.send('POST', `${NAMESPACE}/pods/p/binding`, binding)).status, 201);
  const { body } = await api.send<Pod>('GET', `${NAMESPACE}/pods/p`);
  assert.equal(body.spec.nodeName, 'n1');
  assert.equal(body.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.status, 'True');
  const again = await api.send<Status>('POST', `${NAMESPACE}/pods/p/binding`, binding);
  assert.equal(again.status, 409);
  assert.equal(
    again.body.message,
    'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
  );
});

test('podBinding refuses a pod of another uid', async () => {
  await using api = await startServer();
  const other = await api.send<Status>('POST', `${NAMESPACE}/pods/p/binding`, {
    ...binding,
    metadata: { name: 'p', uid: 'x' },
  });
  assert.equal(other.status, 409);
});

test('podEviction asks the disruption budget, spends it, and marks the pod', async () => {
  await using api = await startServer();
  await api.send('POST', `${NAMESPACE}/pods/p/binding`, binding);
  await api.send(
    'PATCH',
    `${NAMESPACE}/pods/p/status`,
    { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
    PATCH,
  );
  const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } };
  await api.send('POST', budgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b' },
    spec,
  });
  const grant = (disruptionsAllowed: number) =>
    api.send(
      'PATCH',
      `${budgets}/b/status`,
      { status: { observedGeneration: 1, disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 } },
      PATCH,
    );
  await grant(0);
  const refused = await api.send<Status>('POST', `${NAMESPACE}/pods/p/eviction`, eviction);
  assert.equal(refused.status, 429);
  assert.equal(refused.body.message, "Cannot evict pod as it would violate the pod's disruption budget.");
  assert.deepEqual(refused.body.details?.causes, [
    { reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' },
  ]);
  await grant(1);
  assert.equal((await api.send('POST', `${NAMESPACE}/pods/p/eviction`, eviction)).status, 201);
  const budget = await api.send<PodDisruptionBudget>('GET', `${budgets}/b`);
  assert.equal(budget.body.status?.disruptionsAllowed, 0);
  assert.deepEqual(Object.keys(budget.body.status?.disruptedPods ?? {}), ['p']);
  const { body } = await api.send<Pod>('GET', `${NAMESPACE}/pods/p`);
  assert.equal(body.metadata.deletionGracePeriodSeconds, 30);
  assert.equal(
    body.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason,
    'EvictionByEvictionAPI',
  );
});

test("podEviction refuses in upstream's words what it cannot evict", async () => {
  await using api = await startServer();
  const evict = (options: object) =>
    api.send<Status>('POST', `${NAMESPACE}/pods/p/eviction`, { ...eviction, ...options });
  const preconditions = (of: object) => evict({ deleteOptions: { preconditions: of } });
  assert.match(
    (await preconditions({ uid: 'x' })).body.message ?? '',
    /^Operation cannot be fulfilled on Pod "p": the UID in the precondition \(x\) does not match the UID in record \(.+\)\. The object might have been deleted and then recreated$/,
  );
  assert.match(
    (await preconditions({ resourceVersion: '1' })).body.message ?? '',
    /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
  );
  const unnamed = await evict({ metadata: {} });
  assert.deepEqual([unnamed.status, unnamed.body.message], [400, 'name in URL does not match name in Eviction object']);
  await api.send('PATCH', `${NAMESPACE}/pods/p/status`, { status: { phase: 'Running' } }, PATCH);
  for (const name of ['a', 'b'])
    await api.send('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    });
  const { status, body } = await evict({});
  assert.deepEqual(
    [status, body.reason, body.message],
    [
      500,
      undefined,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    ],
  );
});

test('podEviction deletes a pod without a budget', async () => {
  await using api = await startServer();
  // kubectl 1.20 writes evictions in v1beta1.
  const old = { ...eviction, apiVersion: 'policy/v1beta1' };
  assert.equal((await api.send('POST', `${NAMESPACE}/pods/p/eviction`, old)).status, 201);
  assert.equal((await api.send('GET', `${NAMESPACE}/pods/p`)).status, 404);
});

test('serviceAccountToken issues tokens that tokenReviews recognises, bound to a pod', async () => {
  await using api = await startServer();
  const path = `${NAMESPACE}/serviceaccounts/default/token`;
  const request = (spec: object) => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
  const short = await api.send<Status>('POST', path, request({ expirationSeconds: 60 }));
  assert.equal(
    short.body.details?.causes?.[0]?.message,
    'Invalid value: 60: may not specify a duration less than 10 minutes',
  );
  const issued = await api.send<AuthenticationTokenRequest>(
    'POST',
    path,
    request({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } }),
  );
  assert.equal(issued.body.status?.expirationTimestamp, '2026-01-01T01:00:00Z');
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: issued.body.status?.token },
  };
  const seen = await api.send<TokenReview>('POST', '/apis/authentication.k8s.io/v1/tokenreviews', review);
  assert.equal(seen.body.status?.authenticated, true);
  assert.equal(seen.body.status?.user?.username, 'system:serviceaccount:default:default');
  assert.deepEqual(seen.body.status?.user?.extra?.['authentication.kubernetes.io/pod-name'], ['p']);
  const ghost = await api.send<Status>(
    'POST',
    path,
    request({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'ghost' } }),
  );
  assert.equal(ghost.body.message, 'pods "ghost" not found');
});

test('scaleHandlers show and set replicas', async () => {
  await using api = await startServer();
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'busybox:1' }] } };
  await api.send('POST', path, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  });
  const { body } = await api.send<Scale>('GET', `${path}/d/scale`);
  assert.deepEqual([body.spec.replicas, body.status?.selector], [1, 'a=b']);
  const scaled = await api.send<Scale>('PATCH', `${path}/d/scale`, { spec: { replicas: 5 } }, PATCH);
  assert.equal(scaled.body.spec.replicas, 5);
  const racing = [6, 7, 8, 9].map((replicas) =>
    api.send<Scale>('PATCH', `${path}/d/scale`, { spec: { replicas } }, PATCH),
  );
  const codes = (await Promise.all(racing)).map(({ status }) => status);
  assert.deepEqual(codes, [200, 200, 200, 200], 'patches that name no version are made again on a conflict');
  const refused = await api.send<Status>('PUT', `${path}/d/scale`, { ...scaled.body, spec: { replicas: -1 } });
  assert.match(refused.body.message ?? '', /spec\.replicas: Invalid value: -1: must be greater than or equal to 0$/);
  const stale = await api.send<Status>('PUT', `${path}/d/scale`, { ...body, spec: { replicas: 2 } });
  assert.equal(stale.status, 409);
});

test('namespaceFinalize lets a terminating namespace go', async () => {
  await using api = await startServer();
  await api.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } });
  const going = await api.send<Namespace>('DELETE', '/api/v1/namespaces/x');
  assert.equal(going.body.status?.phase, 'Terminating');
  await api.send('PUT', '/api/v1/namespaces/x/finalize', { ...going.body, spec: { finalizers: [] } });
  assert.equal((await api.send('GET', '/api/v1/namespaces/x')).status, 404);
});

test('namespaceFinalize writes the metadata that clients may write, too', async () => {
  await using api = await startServer();
  const made = await api.send<Namespace>('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'x', annotations: { old: '1' } },
  });
  const metadata = {
    ...made.body.metadata,
    labels: { ...made.body.metadata.labels, team: 'a' },
    annotations: { new: '2' },
  };
  const answer = await api.send<Namespace>('PUT', '/api/v1/namespaces/x/finalize', { ...made.body, metadata });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.metadata.labels?.['team'], 'a');
  assert.deepEqual(answer.body.metadata.annotations, { new: '2' });
});

test('accessReviews decide as the server would', async () => {
  await using api = await startServer();
  const review = (kind: string, spec: object) => ({ apiVersion: 'authorization.k8s.io/v1', kind, spec });
  const ask = async (
    plural: string,
    kind: string,
    spec: object,
    user?: { readonly name: string; readonly groups: readonly string[] },
  ) =>
    (
      await api.send<SubjectAccessReview & Status>(
        'POST',
        `/apis/authorization.k8s.io/v1/${plural}`,
        review(kind, spec),
        {},
        user,
      )
    ).body;
  const bind = { verb: 'create', resource: 'pods', subresource: 'binding', namespace: 'default' };
  assert.equal(
    (
      await ask('subjectaccessreviews', 'SubjectAccessReview', {
        user: 'system:kube-scheduler',
        resourceAttributes: bind,
      })
    ).status?.allowed,
    true,
  );
  assert.equal(
    (await ask('subjectaccessreviews', 'SubjectAccessReview', { user: 'joe', resourceAttributes: bind })).status
      ?.allowed,
    false,
  );
  const joe = { name: 'joe', groups: ['system:authenticated'] };
  assert.equal(
    (
      await ask(
        'selfsubjectaccessreviews',
        'SelfSubjectAccessReview',
        { nonResourceAttributes: { verb: 'get', path: '/version' } },
        joe,
      )
    ).status?.allowed,
    true,
  );
  const nobody = await ask('subjectaccessreviews', 'SubjectAccessReview', { resourceAttributes: bind });
  assert.match(nobody.message ?? '', /spec\.user: Invalid value: "": at least one of user or group must be specified$/);
});

test('ephemeralContainers are added to a pod and never changed', async () => {
  await using api = await startServer();
  const path = `${NAMESPACE}/pods/p/ephemeralcontainers`;
  const patch = (image: string) =>
    api.send<Pod & Status>('PATCH', path, { spec: { ephemeralContainers: [{ name: 'debug', image }] } }, PATCH);
  assert.equal((await patch('busybox:1')).body.spec.ephemeralContainers?.[0]?.imagePullPolicy, 'IfNotPresent');
  assert.match(
    (await patch('busybox:2')).body.message ?? '',
    /existing ephemeral containers "debug" may not be changed/,
  );
});

test('podResize changes cpu and memory, and keeps the class of the pod', async () => {
  await using api = await startServer();
  const resize = (resources: object) =>
    api.send<Pod & Status>(
      'PATCH',
      `${NAMESPACE}/pods/p/resize`,
      { spec: { containers: [{ name: 'c', resources }] } },
      { 'content-type': 'application/strategic-merge-patch+json' },
    );
  assert.deepEqual((await resize({ requests: { cpu: '2' } })).body.spec.containers[0]?.resources, {
    requests: { cpu: '2' },
  });
  assert.match(
    (await resize({ requests: null })).body.message ?? '',
    /Pod QOS Class may not change as a result of resizing/,
  );
});

test('a pod has a new generation after each change of its spec through a subresource, and no other change', async () => {
  await using api = await startServer();
  await api.send('POST', `${NAMESPACE}/pods`, {
    metadata: { name: 'g' },
    spec: { containers: [{ name: 'a', image: 'b', resources: { requests: { cpu: '1' } } }] },
  });
  const patch = async (subresource: string, spec: object) => {
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const path = `${NAMESPACE}/pods/g/${subresource}`;
    return (await api.send<Pod>('PATCH', path, { spec }, headers)).body.metadata.generation;
  };
  assert.equal(await patch('ephemeralcontainers', { ephemeralContainers: [{ name: 'e', image: 'x' }] }), 2);
  assert.equal(await patch('ephemeralcontainers', {}), 2);
  const resources = { requests: { cpu: '2' } };
  assert.equal(await patch('resize', { containers: [{ name: 'a', resources }] }), 3);
  assert.equal(await patch('resize', { containers: [{ name: 'a', resources }] }), 3);
  await api.send('POST', `${NAMESPACE}/pods/g/binding`, { metadata: { name: 'g' }, target: { name: 'n' } });
  assert.equal((await api.send<Pod>('GET', `${NAMESPACE}/pods/g`)).body.metadata.generation, 3);
});
