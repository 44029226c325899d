/** Deployments, ReplicaSets, ReplicationControllers, Jobs and DaemonSets on nodes that run containers. */
import {
  type DaemonSet,
  type Deployment,
  type DeploymentSpec,
  type Job,
  type KubeObject,
  type Pod,
  type PodSpec,
  Resources,
  type ResourceType,
  uidOf,
} from '@steersman/api';
import { retryOnConflict } from '@steersman/client';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectTrue, present } from '../framework/expect.ts';
import { untilGone, untilObject, untilObjects } from '../framework/wait.ts';
import { isReady } from '../framework/web-pods.ts';
import { deployment, pod, replicaSet, replicationController, sleeper } from '../objects.ts';

const needs = ['containers'] as const;
const name = 'tested';
const labels = { app: name };
const own = (namespace: string) => ({ namespace, labelSelector: `app=${name}` });

const ownedBy = (owner: KubeObject) => (found: Pod) =>
  found.metadata.ownerReferences?.some(({ uid, controller }) => uid === uidOf(owner) && controller) === true;

function untilPods(trial: Trial, namespace: string, what: string, check: (pods: readonly Pod[]) => boolean) {
  return untilObjects(trial, Resources.pods, own(namespace), what, check);
}
const allReady = (count: number) => (pods: readonly Pod[]) => pods.length === count && pods.every(isReady);

/** Resolves when the Deployment's newest template is all there is, and available. */
async function untilRolledOut(trial: Trial, namespace: string): Promise<Deployment> {
  const found = await untilObject(
    trial,
    Resources.deployments,
    { namespace, name },
    'the rollout to end',
    (each) => {
      const replicas = each?.spec.replicas ?? 1;
      const { observedGeneration, updatedReplicas, availableReplicas, replicas: all } = each?.status ?? {};
      return (
        observedGeneration === each?.metadata.generation &&
        updatedReplicas === replicas &&
        availableReplicas === replicas &&
        all === replicas
      );
    },
    120_000,
  );
  return present('the Deployment', found);
}

async function createDeployment(trial: Trial, replicas: number, spec: Partial<DeploymentSpec> = {}) {
  const namespace = await trial.namespace();
  const made = deployment({ namespace, name }, trial.image, replicas);
  const created = await trial.client
    .resource(Resources.deployments)
    .create({ ...made, spec: { ...made.spec, ...spec } });
  return { namespace, created };
}

/** A change of the template starts a rollout. */
function changeTemplate(trial: Trial, namespace: string, type: ResourceType<KubeObject>, value: string) {
  const body = { spec: { template: { metadata: { annotations: { round: value } } } } };
  return trial.client.resource(type).patch({ namespace, name }, { type: 'merge', body });
}
const deployments = Resources.deployments as ResourceType<KubeObject>;

async function setsOf(trial: Trial, namespace: string) {
  return (await trial.client.resource(Resources.replicaSets).list(own(namespace))).items;
}

async function rollingUpdate(trial: Trial): Promise<void> {
  const { namespace } = await createDeployment(trial, 2);
  await untilRolledOut(trial, namespace);
  await changeTemplate(trial, namespace, deployments, 'two');
  await untilRolledOut(trial, namespace);
  const counts = (await setsOf(trial, namespace)).map(({ spec }) => spec?.replicas).toSorted();
  expectEqual('replicas of the old and the new ReplicaSet', counts, [0, 2]);
}

async function recreate(trial: Trial): Promise<void> {
  const { namespace } = await createDeployment(trial, 2, { strategy: { type: 'Recreate' } });
  await untilRolledOut(trial, namespace);
  const old = new Set((await trial.client.resource(Resources.pods).list(own(namespace))).items.map(uidOf));
  await changeTemplate(trial, namespace, deployments, 'two');
  await untilPods(trial, namespace, 'new pods only after the old ones', (pods) => {
    const running = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const before = running.filter((each) => old.has(uidOf(each)));
    expectTrue('no old pod runs beside new ones', [0, running.length].includes(before.length), running.map(uidOf));
    return pods.length === 2 && pods.every((each) => isReady(each) && !old.has(uidOf(each)));
  });
}

async function historyLimit(trial: Trial): Promise<void> {
  const { namespace } = await createDeployment(trial, 1, { revisionHistoryLimit: 0 });
  await untilRolledOut(trial, namespace);
  await changeTemplate(trial, namespace, deployments, 'two');
  await untilRolledOut(trial, namespace);
  const one = (sets: readonly KubeObject[]) => sets.length === 1;
  await untilObjects(trial, Resources.replicaSets, own(namespace), 'one ReplicaSet', one);
}

async function rollover(trial: Trial): Promise<void> {
  const { namespace } = await createDeployment(trial, 2);
  for (const round of ['two', 'three', 'four']) await changeTemplate(trial, namespace, deployments, round);
  await untilRolledOut(trial, namespace);
  const full = (await setsOf(trial, namespace)).filter(({ spec }) => spec?.replicas !== 0);
  expectEqual(
    'the template of the only ReplicaSet with pods',
    full.map((each) => each.spec?.template?.metadata?.annotations),
    [{ round: 'four' }],
  );
}

/** Scaled in the middle of a rollout that cannot go on, old and new ReplicaSet share the growth. */
async function proportional(trial: Trial): Promise<void> {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
  const { namespace } = await createDeployment(trial, 10, { strategy });
  await untilRolledOut(trial, namespace);
  const key = { namespace, name };
  const client = trial.client.resource(Resources.deployments);
  const broken = [{ ...sleeper(trial.image), image: 'registry.invalid/none:404' }];
  await client.patch(key, { type: 'merge', body: { spec: { template: { spec: { containers: broken } } } } });
  const counts =
    (expected: readonly number[]) => (sets: readonly { spec?: { replicas?: number | undefined } | undefined }[]) =>
      sets
        .map(({ spec }) => spec?.replicas ?? 0)
        .toSorted((a, b) => a - b)
        .join() === expected.join();
  const scope = own(namespace);
  await untilObjects(trial, Resources.replicaSets, scope, '8 old and 5 new replicas', counts([5, 8]));
  await client.patch(key, { type: 'merge', body: { spec: { replicas: 30 } } });
  await untilObjects(trial, Resources.replicaSets, scope, '20 old and 13 new replicas', counts([13, 20]));
}

async function deploymentLife(trial: Trial): Promise<void> {
  const { namespace } = await createDeployment(trial, 1);
  await untilRolledOut(trial, namespace);
  const key = { namespace, name };
  const client = trial.client.resource(Resources.deployments);
  await client.patch(key, {
    type: 'strategic',
    body: { metadata: { labels: { own: 'patched' } }, spec: { replicas: 2 } },
  });
  const found = await untilRolledOut(trial, namespace);
  expectEqual('the label', found.metadata.labels?.['own'], 'patched');
  await client.delete(key);
  await untilGone(trial, Resources.deployments, key);
  await untilPods(trial, namespace, 'no pods', (pods) => pods.length === 0);
}

async function runImage(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client.resource(Resources.replicaSets).create(replicaSet({ namespace, name }, trial.image, 2));
  await untilPods(trial, namespace, '2 ready pods', allReady(2));
}

async function runControllerImage(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made = replicationController({ namespace, name }, trial.image, 2);
  await trial.client.resource(Resources.replicationControllers).create(made);
  await untilPods(trial, namespace, '2 ready pods', allReady(2));
}

/** An orphan that matches is adopted; a pod whose labels no longer match is let go and replaced. */
function adoption(start: (trial: Trial, namespace: string) => Promise<KubeObject>, adopts: boolean, releases: boolean) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const pods = trial.client.resource(Resources.pods);
    const orphan = await pods.create(pod({ namespace, name: 'orphan', labels }, trial.image));
    const owner = await start(trial, namespace);
    const isOwned = ownedBy(owner);
    if (adopts) {
      const owned = (found: Pod | undefined) => found !== undefined && isOwned(found);
      await untilObject(trial, Resources.pods, { namespace, name: 'orphan' }, 'the orphan to be adopted', owned);
    }
    if (!releases) return;
    const key = { namespace, name: orphan.metadata.name ?? '' };
    await pods.patch(key, { type: 'merge', body: { metadata: { labels: { app: 'released' } } } });
    const free = (found: Pod | undefined) => found !== undefined && !isOwned(found);
    await untilObject(trial, Resources.pods, key, 'the pod to be released', free);
    await untilPods(
      trial,
      namespace,
      'another pod in its place',
      (found) => found.length === 1 && found.every(isOwned),
    );
  };
}
const startSet = (trial: Trial, namespace: string): Promise<KubeObject> =>
  trial.client.resource(Resources.replicaSets).create(replicaSet({ namespace, name }, trial.image, 1));
const startController = (trial: Trial, namespace: string): Promise<KubeObject> =>
  trial.client
    .resource(Resources.replicationControllers)
    .create(replicationController({ namespace, name }, trial.image, 1));

function job(trial: Trial, namespace: string, command: readonly string[], spec: Partial<PodSpec>, count = 2): Job {
  return {
    metadata: { namespace, name },
    spec: {
      parallelism: count,
      completions: count,
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ ...sleeper(trial.image), command }], ...spec },
      },
    },
  };
}

async function jobRetries(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const script = 'if [ -e /data/tried ]; then exit 0; fi; touch /data/tried; exit 1';
  const made = job(trial, namespace, [], {
    restartPolicy: 'OnFailure',
    volumes: [{ name: 'data', emptyDir: {} }],
    containers: [
      { ...sleeper(trial.image), command: ['sh', '-c', script], volumeMounts: [{ name: 'data', mountPath: '/data' }] },
    ],
  });
  await trial.client.resource(Resources.jobs).create(made);
  const done = await untilObject(trial, Resources.jobs, { namespace, name }, 'the Job to complete', (found) =>
    Boolean(found?.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True')),
  );
  expectEqual('succeeded pods', done?.status?.succeeded, 2);
}

async function jobDeletion(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const jobs = trial.client.resource(Resources.jobs);
  await jobs.create(job(trial, namespace, sleeper(trial.image).command ?? [], { restartPolicy: 'Never' }));
  await untilPods(trial, namespace, '2 ready pods', allReady(2));
  await jobs.delete({ namespace, name }, { propagationPolicy: 'Foreground' });
  await untilGone(trial, Resources.jobs, { namespace, name });
  expectEqual('pods left', (await trial.client.resource(Resources.pods).list({ namespace })).items.length, 0);
}

async function jobAdoption(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const made = await trial.client
    .resource(Resources.jobs)
    .create(job(trial, namespace, sleeper(trial.image).command ?? [], { restartPolicy: 'Never' }));
  const [first] = await untilPods(trial, namespace, '2 ready pods', allReady(2));
  const pods = trial.client.resource(Resources.pods);
  const key = { namespace, name: first?.metadata.name ?? '' };
  await pods.patch(key, { type: 'json', body: [{ op: 'replace', path: '/metadata/ownerReferences', value: [] }] });
  const owned = (found: Pod | undefined) => found !== undefined && ownedBy(made)(found);
  await untilObject(trial, Resources.pods, key, 'the orphan to be adopted again', owned);
  await pods.patch(key, { type: 'json', body: [{ op: 'replace', path: '/metadata/labels', value: { app: 'free' } }] });
  const free = (found: Pod | undefined) => found !== undefined && !ownedBy(made)(found);
  await untilObject(trial, Resources.pods, key, 'the pod to be released', free);
}

async function createDaemonSet(trial: Trial, spec: Partial<PodSpec> = {}): Promise<string> {
  const namespace = await trial.namespace();
  const template = replicaSet({ namespace, name }, trial.image, 1).spec.template;
  const made: DaemonSet = {
    metadata: { namespace, name },
    spec: {
      selector: { matchLabels: labels },
      template: { ...template, spec: { ...(template?.spec ?? { containers: [] }), ...spec } },
    },
  };
  await trial.client.resource(Resources.daemonSets).create(made);
  return namespace;
}

async function untilDaemons(trial: Trial, namespace: string, count: number): Promise<readonly Pod[]> {
  const pods = await untilPods(trial, namespace, `${count} daemon pods`, allReady(count));
  const settled = (found: DaemonSet | undefined) =>
    found?.status?.numberAvailable === count || (count === 0 && found?.status?.desiredNumberScheduled === 0);
  await untilObject(trial, Resources.daemonSets, { namespace, name }, `status of ${count} pods`, settled);
  return pods;
}

async function nodeCount(trial: Trial): Promise<number> {
  const { items } = await trial.client.resource(Resources.nodes).list();
  return items.filter(({ spec }) => spec?.unschedulable !== true && (spec?.taints ?? []).length === 0).length;
}

async function daemonCreation(trial: Trial): Promise<void> {
  const namespace = await createDaemonSet(trial);
  const count = await nodeCount(trial);
  const [first] = await untilDaemons(trial, namespace, count);
  await trial.client.resource(Resources.pods).delete({ namespace, name: first?.metadata.name ?? '' });
  await untilPods(
    trial,
    namespace,
    'another pod in its place',
    (pods) => allReady(count)(pods) && pods.every((each) => uidOf(each) !== uidOf(first as Pod)),
  );
}

async function daemonFailure(trial: Trial): Promise<void> {
  const namespace = await createDaemonSet(trial);
  const count = await nodeCount(trial);
  const [first] = await untilDaemons(trial, namespace, count);
  const found = present('a pod', first);
  const pods = trial.client.resource(Resources.pods);
  // The kubelet writes the same status.
  await retryOnConflict(async () => {
    const { metadata } = await pods.get({ namespace, name: found.metadata.name ?? '' });
    return await pods.updateStatus({ ...found, metadata, status: { ...found.status, phase: 'Failed' } });
  });
  await untilPods(
    trial,
    namespace,
    'another pod in its place',
    (pods) => allReady(count)(pods) && pods.every((each) => uidOf(each) !== uidOf(found)),
  );
}

async function daemonSelection(trial: Trial): Promise<void> {
  const namespace = await createDaemonSet(trial, { nodeSelector: { 'example.com/color': 'blue' } });
  await untilDaemons(trial, namespace, 0);
  const nodes = trial.client.resource(Resources.nodes);
  const node = present('a node', (await nodes.list()).items[0]?.metadata.name);
  const paint = (color: string | null) =>
    nodes.patch({ name: node }, { type: 'merge', body: { metadata: { labels: { 'example.com/color': color } } } });
  trial.cleanup(() => paint(null));
  await paint('blue');
  await untilDaemons(trial, namespace, 1);
  await paint('green');
  await untilDaemons(trial, namespace, 0);
}

const daemonSets = Resources.daemonSets as ResourceType<KubeObject>;

async function daemonRollout(trial: Trial): Promise<void> {
  const namespace = await createDaemonSet(trial);
  const count = await nodeCount(trial);
  const before = new Set((await untilDaemons(trial, namespace, count)).map(uidOf));
  await changeTemplate(trial, namespace, daemonSets, 'two');
  const updated = (pods: readonly Pod[]) =>
    allReady(count)(pods) &&
    pods.every((each) => each.metadata.annotations?.['round'] === 'two' && !before.has(uidOf(each)));
  await untilPods(trial, namespace, 'new pods on all nodes', updated);
}

/** Goes back in the middle of an update that cannot go on: pods it had not reached are left alone. */
async function daemonRollback(trial: Trial): Promise<void> {
  const namespace = await createDaemonSet(trial);
  const count = await nodeCount(trial);
  const before = await untilDaemons(trial, namespace, count);
  const sets = trial.client.resource(daemonSets);
  const setImage = (image: string) => {
    const containers = [{ ...sleeper(trial.image), image }];
    return sets.patch({ namespace, name }, { type: 'merge', body: { spec: { template: { spec: { containers } } } } });
  };
  const broken = 'registry.invalid/none:404';
  await setImage(broken);
  const imagesOf = (pods: readonly Pod[]) => pods.map(({ spec }) => spec.containers[0]?.image);
  const stuck = await untilPods(trial, namespace, 'a pod of the broken image', (pods) =>
    imagesOf(pods).includes(broken),
  );
  const untouched = stuck.filter((each) => isReady(each) && before.some((old) => uidOf(old) === uidOf(each)));
  expectEqual('pods that the update has not reached', untouched.length, count - 1);
  await setImage(trial.image);
  const after = await untilPods(trial, namespace, 'ready pods of the old image', allReady(count));
  for (const kept of untouched) {
    const now = after.find((each) => uidOf(each) === uidOf(kept));
    expectEqual('restarts of a pod that was left alone', now?.status?.containerStatuses?.[0]?.restartCount, 0);
  }
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Deployment RollingUpdate': rollingUpdate,
  'Deployment Recreate': recreate,
  'Deployment RevisionHistoryLimit': historyLimit,
  'Deployment Rollover': rollover,
  'Deployment Proportional Scaling': proportional,
  'Deployment, completes the lifecycle of a Deployment': deploymentLife,
  'Replica Set, run basic image': runImage,
  'Replica Set, adopt matching pods and release non matching pods': adoption(startSet, true, true),
  'Replication Controller, run basic image': runControllerImage,
  'Replication Controller, adopt matching pods': adoption(startController, true, false),
  'Replication Controller, release pods': adoption(startController, true, true),
  'Jobs, completion after task failure': jobRetries,
  'Jobs, active pods, graceful termination': jobDeletion,
  'Jobs, orphan pods, re-adoption': jobAdoption,
  'DaemonSet-Creation': daemonCreation,
  'DaemonSet-FailedPodCreation': daemonFailure,
  'DaemonSet-NodeSelection': daemonSelection,
  'DaemonSet-RollingUpdate': daemonRollout,
  'DaemonSet-Rollback': daemonRollback,
};

export const appsWorkloadTests: readonly ConformanceTest[] = Object.entries(runs).map(([testname, run]) => ({
  name: testname,
  needs,
  run,
}));
