import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deployment, Resources } from '@steersman/api';
import { type FakeCluster, startFakeCluster } from '../fake/cluster.ts';
import { replicaSetController } from '../replicaset/controller.ts';
import { deploymentController } from './controller.ts';

const at = { namespace: 'default', name: 'web' };
const web = (spec: Partial<Deployment['spec']> = {}): Deployment => ({
  metadata: at,
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
  },
});

async function setUp(spec: Partial<Deployment['spec']> = {}) {
  const cluster = await startFakeCluster({ controllers: [deploymentController, replicaSetController] });
  const deployments = cluster.client.resource(Resources.deployments);
  await deployments.create(web(spec));
  await cluster.advance();
  const setImage = (image: string) =>
    deployments.patch(at, {
      type: 'strategic',
      body: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } },
    });
  const sizes = async () => {
    const { items } = await cluster.client.resource(Resources.replicaSets).list();
    return Object.fromEntries(
      items.map((replicaSet) => [replicaSet.spec.template?.spec?.containers[0]?.image ?? '', replicaSet.spec.replicas]),
    );
  };
  const revisions = async () => {
    const { items } = await cluster.client.resource(Resources.replicaSets).list();
    return Object.fromEntries(
      items.map((replicaSet) => [
        replicaSet.spec.template?.spec?.containers[0]?.image ?? '',
        replicaSet.metadata.annotations?.['deployment.kubernetes.io/revision'],
      ]),
    );
  };
  const condition = async (type: string) => {
    const { status } = await deployments.get(at);
    const { status: value, reason, message } = status?.conditions?.find((entry) => entry.type === type) ?? {};
    return [value, reason, message];
  };
  return { cluster, deployments, setImage, sizes, revisions, condition };
}

async function rollOut(cluster: FakeCluster): Promise<void> {
  for (let pass = 0; pass < 8; pass += 1) await cluster.runPods();
}

test('deploymentController creates a ReplicaSet, reports progress and becomes available', async () => {
  const { cluster, deployments, condition } = await setUp();
  assert.deepEqual((await condition('Progressing')).slice(0, 2), ['True', 'ReplicaSetUpdated']);
  assert.deepEqual((await condition('Available')).slice(0, 2), ['False', 'MinimumReplicasUnavailable']);
  await rollOut(cluster);
  const [{ metadata } = { metadata: { name: '' } }] = (await cluster.client.resource(Resources.replicaSets).list())
    .items;
  assert.match(metadata.name ?? '', /^web-[bcdfghjklmnpqrstvwxz2456789]+$/);
  assert.deepEqual(await condition('Progressing'), [
    'True',
    'NewReplicaSetAvailable',
    `ReplicaSet "${metadata.name}" has successfully progressed.`,
  ]);
  assert.deepEqual(await condition('Available'), [
    'True',
    'MinimumReplicasAvailable',
    'Deployment has minimum availability.',
  ]);
  const { status } = await deployments.get(at);
  assert.deepEqual(
    [
      status?.replicas,
      status?.updatedReplicas,
      status?.readyReplicas,
      status?.availableReplicas,
      status?.unavailableReplicas ?? 0,
    ],
    [3, 3, 3, 3, 0],
  );
  const events = (await cluster.client.resource(Resources.events).list()).items.filter(
    ({ reason }) => reason === 'ScalingReplicaSet',
  );
  assert.deepEqual(
    events.map(({ message }) => message),
    [`Scaled up replica set ${metadata.name} from 0 to 3`],
  );
  cluster.stop();
});

test('deploymentController rolls a new template out within its bounds, and back again', async () => {
  const { cluster, setImage, sizes, revisions, deployments } = await setUp();
  await rollOut(cluster);
  await setImage('v2');
  await cluster.advance();
  assert.deepEqual(await sizes(), { v1: 3, v2: 1 });
  await rollOut(cluster);
  assert.deepEqual(await sizes(), { v1: 0, v2: 3 });
  assert.deepEqual(await revisions(), { v1: '1', v2: '2' });
  await setImage('v1');
  await rollOut(cluster);
  assert.deepEqual(await sizes(), { v1: 3, v2: 0 });
  assert.deepEqual(await revisions(), { v1: '3', v2: '2' });
  assert.equal((await deployments.get(at)).metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
  cluster.stop();
});

test('deploymentController never has fewer available pods than allowed while a rollout hangs', async () => {
  const { cluster, setImage, sizes, condition } = await setUp({
    replicas: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } },
  });
  for (let pass = 0; pass < 8; pass += 1) await cluster.runPods();
  await setImage('broken');
  for (let pass = 0; pass < 8; pass += 1) await cluster.runPods((pod) => pod.spec.containers[0]?.image !== 'broken');
  assert.deepEqual(await sizes(), { v1: 9, broken: 3 });
  await cluster.advance(601_000);
  assert.deepEqual((await condition('Progressing')).slice(0, 2), ['False', 'ProgressDeadlineExceeded']);
  cluster.stop();
});

test('deploymentController spreads a change of size in the middle of a rollout', async () => {
  const { cluster, deployments, setImage, sizes } = await setUp({
    replicas: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
  });
  await cluster.runPods();
  await setImage('broken');
  for (let pass = 0; pass < 4; pass += 1) await cluster.runPods((pod) => pod.spec.containers[0]?.image !== 'broken');
  assert.deepEqual(await sizes(), { v1: 8, broken: 5 });
  await deployments.patch(at, { type: 'merge', body: { spec: { replicas: 15 } } });
  await cluster.advance(30);
  const { v1 = 0, broken = 0 } = await sizes();
  assert.deepEqual([v1 + broken, broken], [18, 7]);
  cluster.stop();
});

test('deploymentController with Recreate stops every old pod before it starts a new one', async () => {
  const { cluster, setImage, sizes } = await setUp({ strategy: { type: 'Recreate' } });
  await cluster.runPods();
  await setImage('v2');
  await cluster.advance();
  assert.deepEqual(await sizes(), { v1: 0 });
  await cluster.runPods();
  assert.deepEqual(await sizes(), { v1: 0, v2: 3 });
  cluster.stop();
});

test('deploymentController does not roll out while paused, and scales nevertheless', async () => {
  const { cluster, deployments, setImage, sizes, condition } = await setUp();
  await cluster.runPods();
  await deployments.patch(at, { type: 'merge', body: { spec: { paused: true } } });
  await setImage('v2');
  await deployments.patch(at, { type: 'merge', body: { spec: { replicas: 5 } } });
  await cluster.advance();
  assert.deepEqual(await sizes(), { v1: 5 });
  assert.deepEqual(await condition('Progressing'), ['Unknown', 'DeploymentPaused', 'Deployment is paused']);
  await deployments.patch(at, { type: 'merge', body: { spec: { paused: false } } });
  await rollOut(cluster);
  assert.deepEqual(await sizes(), { v1: 0, v2: 5 });
  cluster.stop();
});

test('deploymentController keeps as many old ReplicaSets as revisionHistoryLimit says', async () => {
  const { cluster, setImage, sizes } = await setUp({ replicas: 1, revisionHistoryLimit: 1 });
  for (const image of ['v1', 'v2', 'v3', 'v4']) {
    await setImage(image);
    await rollOut(cluster);
  }
  assert.deepEqual(await sizes(), { v3: 0, v4: 1 });
  cluster.stop();
});
