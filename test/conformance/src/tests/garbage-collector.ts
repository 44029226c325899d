/** The garbage collector: propagation policies, several owners, cycles. */
import { isTerminating, nameOf, type Pod, type ReplicationController, Resources, uidOf } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectTrue } from '../framework/expect.ts';
import { untilGone, untilObject, untilObjects } from '../framework/wait.ts';
import { deployment, pod, replicationController } from '../objects.ts';

/** Upstream takes between 10 and 100, by what the nodes can hold. */
const REPLICAS = 10;

async function runningController(trial: Trial, namespace: string, name: string, replicas: number) {
  const controllers = trial.client.resource(Resources.replicationControllers);
  const made = await controllers.create(replicationController({ namespace, name }, trial.image, replicas));
  await untilPods(trial, namespace, name, replicas);
  await untilObject(
    trial,
    Resources.replicationControllers,
    { namespace, name },
    `status.replicas of ${name} to be ${replicas}`,
    (found) => found?.status?.replicas === replicas,
  );
  return made;
}

function untilPods(trial: Trial, namespace: string, app: string, count: number): Promise<readonly Pod[]> {
  const scope = { namespace, labelSelector: `app=${app}` };
  return untilObjects(trial, Resources.pods, scope, `${count} pods of ${app}`, (pods) => pods.length === count);
}

async function controllerBackground(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const controllers = trial.client.resource(Resources.replicationControllers);
  await controllers.create(replicationController({ namespace, name: 'simpletest' }, trial.image, 2));
  await untilPods(trial, namespace, 'simpletest', 2);
  await controllers.delete({ namespace, name: 'simpletest' }, { propagationPolicy: 'Background' });
  await untilPods(trial, namespace, 'simpletest', 0);
}

async function controllerForeground(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'simpletest' };
  await runningController(trial, namespace, key.name, REPLICAS);
  const { client } = trial;
  await client.resource(Resources.replicationControllers).delete(key, { propagationPolicy: 'Foreground' });
  const waiting = await client.resource(Resources.replicationControllers).find(key);
  if (waiting !== undefined) {
    const finalizers = waiting.metadata.finalizers ?? [];
    expectTrue('the controller waits with its finalizer', finalizers.includes('foregroundDeletion'), waiting.metadata);
  }
  await untilGone(trial, Resources.replicationControllers, key);
  const { items } = await client.resource(Resources.pods).list({ namespace });
  expectEqual('pods left when the controller is gone', items.map(nameOf), []);
}

/** Waits until no pod of the namespace lists the owner, and checks that none was deleted meanwhile. */
async function expectOrphans(trial: Trial, namespace: string, ownerUid: string, count: number): Promise<void> {
  const orphaned = (pods: readonly Pod[]) =>
    pods.length === count &&
    pods.every((found) => found.metadata.ownerReferences?.some(({ uid }) => uid === ownerUid) !== true);
  const pods = await untilObjects(trial, Resources.pods, { namespace }, `${count} pods without owner`, orphaned);
  expectTrue(
    'no orphan is being deleted',
    !pods.some(isTerminating),
    pods.map(({ metadata }) => metadata),
  );
}

async function controllerOrphan(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'simpletest' };
  const made = await runningController(trial, namespace, key.name, REPLICAS);
  await trial.client.resource(Resources.replicationControllers).delete(key, { propagationPolicy: 'Orphan' });
  await untilGone(trial, Resources.replicationControllers, key);
  await expectOrphans(trial, namespace, uidOf(made), REPLICAS);
}

async function runningDeployment(trial: Trial, namespace: string) {
  const deployments = trial.client.resource(Resources.deployments);
  await deployments.create(deployment({ namespace, name: 'simpletest' }, trial.image, 2));
  const [made] = await untilObjects(
    trial,
    Resources.replicaSets,
    { namespace },
    'a replica set',
    (sets) => sets.length === 1,
  );
  await untilPods(trial, namespace, 'simpletest', 2);
  return { key: { namespace, name: 'simpletest' }, replicaSet: made! };
}

async function deploymentBackground(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const { key } = await runningDeployment(trial, namespace);
  await trial.client.resource(Resources.deployments).delete(key, { propagationPolicy: 'Background' });
  await untilObjects(trial, Resources.replicaSets, { namespace }, 'no replica set', (sets) => sets.length === 0);
  await untilObjects(trial, Resources.pods, { namespace }, 'no pods', (pods) => pods.length === 0);
}

async function deploymentOrphan(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const { key, replicaSet } = await runningDeployment(trial, namespace);
  await trial.client.resource(Resources.deployments).delete(key, { propagationPolicy: 'Orphan' });
  await untilGone(trial, Resources.deployments, key);
  const orphan = await trial.client.resource(Resources.replicaSets).get({ namespace, name: nameOf(replicaSet) });
  expectEqual('owners of the orphaned replica set', orphan.metadata.ownerReferences ?? [], []);
  expectTrue('the replica set is not being deleted', !isTerminating(orphan), orphan.metadata);
  const pods = await untilPods(trial, namespace, 'simpletest', 2);
  for (const { metadata } of pods) {
    expectEqual('the owner of its pods', metadata.ownerReferences?.[0]?.uid, uidOf(replicaSet));
  }
}

function ownerPatch(owner: ReplicationController | Pod, kind: string) {
  return { apiVersion: 'v1', kind, name: nameOf(owner), uid: uidOf(owner) };
}

async function multipleOwners(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const { client } = trial;
  const first = await runningController(trial, namespace, 'to-be-deleted', REPLICAS);
  const second = await client
    .resource(Resources.replicationControllers)
    .create(replicationController({ namespace, name: 'to-stay' }, trial.image, 0));
  const pods = client.resource(Resources.pods);
  const { items } = await pods.list({ namespace });
  const shared = items.slice(0, REPLICAS / 2);
  for (const { metadata } of shared) {
    const body = { metadata: { ownerReferences: [ownerPatch(second, 'ReplicationController')] } };
    await pods.patch({ namespace, name: metadata.name ?? '' }, { type: 'strategic', body });
  }
  const key = { namespace, name: nameOf(first) };
  await client.resource(Resources.replicationControllers).delete(key, { propagationPolicy: 'Foreground' });
  await untilGone(trial, Resources.replicationControllers, key);
  const left = (await pods.list({ namespace })).items;
  expectEqual('the pods that are left', left.map(nameOf).sort(), shared.map(nameOf).sort());
  for (const { metadata } of left) {
    expectEqual(`deletionTimestamp of ${metadata.name}`, metadata.deletionTimestamp ?? undefined, undefined);
    const owners = metadata.ownerReferences?.map(({ uid }) => uid);
    expectEqual(`the owners of ${metadata.name}`, owners, [uidOf(second)]);
  }
}

async function cycle(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const pods = trial.client.resource(Resources.pods);
  const names = ['pod1', 'pod2', 'pod3'];
  const made = new Map<string, Pod>();
  for (const name of names) made.set(name, await pods.create(pod({ namespace, name }, trial.image)));
  for (const [name, owner] of [
    ['pod1', 'pod3'],
    ['pod2', 'pod1'],
    ['pod3', 'pod2'],
  ] as const) {
    const reference = { ...ownerPatch(made.get(owner)!, 'Pod'), controller: true, blockOwnerDeletion: true };
    const body = { metadata: { ownerReferences: [reference] } };
    await pods.patch({ namespace, name }, { type: 'strategic', body });
  }
  await pods.delete({ namespace, name: 'pod1' }, { propagationPolicy: 'Foreground' });
  await untilObjects(trial, Resources.pods, { namespace }, 'no pods of the circle', (left) => left.length === 0);
}

export const garbageCollectorTests: readonly ConformanceTest[] = [
  {
    name: 'Garbage Collector, delete replication controller, propagation policy background',
    run: controllerBackground,
  },
  { name: 'Garbage Collector, delete replication controller, after owned pods', run: controllerForeground },
  { name: 'Garbage Collector, delete replication controller, propagation policy orphan', run: controllerOrphan },
  // Two spaces: so it is called in upstream's list.
  { name: 'Garbage Collector, delete deployment,  propagation policy background', run: deploymentBackground },
  { name: 'Garbage Collector, delete deployment, propagation policy orphan', run: deploymentOrphan },
  { name: 'Garbage Collector, multiple owners', run: multipleOwners },
  { name: 'Garbage Collector, dependency cycle', run: cycle },
];
