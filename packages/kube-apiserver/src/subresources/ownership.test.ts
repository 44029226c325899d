import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment, KubeObject, Pod, Scale, Status } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/d';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const labels = { app: 'web' };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'x' }] } },
  },
};
const scale = (replicas: number) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'd' },
  spec: { replicas },
});
/** Who owns the replicas, by which operation and subresource, in which version. */
const owners = ({ metadata }: KubeObject) =>
  metadata.managedFields
    ?.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:replicas'))
    .map(({ manager, operation, apiVersion, subresource }) => [manager, operation, apiVersion, subresource]);

async function startServer() {
  const api = await startTestServer({ extensions: {} });
  await api.server.ready;
  await api.send('PATCH', `${DEPLOYMENT}?fieldManager=me`, deployment, APPLY);
  const shown = async () => (await api.send<Deployment>('GET', DEPLOYMENT)).body;
  return { api, shown, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

test('an update of a scale takes the replicas of its parent', async () => {
  await using server = await startServer();
  const { api, shown } = server;
  const answer = await api.send<Scale>(
    'PATCH',
    `${DEPLOYMENT}/scale?fieldManager=you`,
    { spec: { replicas: 5 } },
    MERGE,
  );
  assert.deepEqual([answer.body.spec.replicas, answer.body.metadata.managedFields], [5, undefined]);
  assert.deepEqual(owners(await shown()), [['you', 'Update', 'apps/v1', 'scale']]);
  const refused = await api.send<Status>('PATCH', `${DEPLOYMENT}?fieldManager=me`, deployment, APPLY);
  assert.equal(
    refused.body.message,
    'Apply failed with 1 conflict: conflict with "you" with subresource "scale" using apps/v1: .spec.replicas',
  );
});

test('an update of a scale that changes nothing leaves the owners alone', async () => {
  await using server = await startServer();
  const { api, shown } = server;
  await api.send('PUT', `${DEPLOYMENT}/scale?fieldManager=you`, scale(2));
  assert.deepEqual(owners(await shown()), [['me', 'Apply', 'apps/v1', undefined]]);
});

test('a scale can be applied, and conflicts with who applied its parent', async () => {
  await using server = await startServer();
  const { api, shown } = server;
  const path = `${DEPLOYMENT}/scale?fieldManager=you`;
  const refused = await api.send<Status>('PATCH', path, scale(3), APPLY);
  assert.deepEqual(
    [refused.status, refused.body.message],
    [409, 'Apply failed with 1 conflict: conflict with "me": .spec.replicas'],
  );
  assert.equal((await api.send<Scale>('PATCH', `${path}&force=true`, scale(3), APPLY)).body.spec.replicas, 3);
  assert.deepEqual(owners(await shown()), [['you', 'Apply', 'apps/v1', 'scale']]);
  const other = await api.send<Status>('PATCH', path, { ...scale(3), kind: 'Deployment' }, APPLY);
  assert.equal(other.body.message, 'invalid object type: autoscaling/v1, Kind=Deployment');
});

test('ephemeral containers belong to who added them through their subresource', async () => {
  await using server = await startServer();
  const { api } = server;
  await api.send('POST', `${NAMESPACE}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'x' }] },
  };
  await api.send('POST', `${NAMESPACE}/pods?fieldManager=me`, pod);
  const patch = { spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox:1' }] } };
  const { body } = await api.send<Pod>(
    'PATCH',
    `${NAMESPACE}/pods/p/ephemeralcontainers?fieldManager=you`,
    patch,
    MERGE,
  );
  const entry = body.metadata.managedFields?.find(({ manager }) => manager === 'you');
  assert.equal(entry?.subresource, 'ephemeralcontainers');
  assert.match(JSON.stringify(entry?.fieldsV1), /^\{"f:spec":\{"f:ephemeralContainers":/);
});
