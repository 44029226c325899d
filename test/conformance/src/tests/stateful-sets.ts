/** StatefulSets on nodes that run containers: order, health, revisions and partitions. */
import {
  type KubeObject,
  type Pod,
  Resources,
  type ResourceType,
  type StatefulSet,
  type StatefulSetSpec,
  uidOf,
} from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectTrue, present } from '../framework/expect.ts';
import { untilObject, untilObjects } from '../framework/wait.ts';
import { isReady } from '../framework/web-pods.ts';
import { pod, replicaSet, sleeper } from '../objects.ts';

const name = 'tested';
const labels = { app: name };
const own = (namespace: string) => ({ namespace, labelSelector: `app=${name}` });

function untilPods(trial: Trial, namespace: string, what: string, check: (pods: readonly Pod[]) => boolean) {
  return untilObjects(trial, Resources.pods, own(namespace), what, check);
}
const allReady = (count: number) => (pods: readonly Pod[]) => pods.length === count && pods.every(isReady);

async function createStatefulSet(trial: Trial, replicas: number, spec: Partial<StatefulSetSpec> = {}) {
  const namespace = await trial.namespace();
  const { template } = replicaSet({ namespace, name }, trial.image, 1).spec;
  const made: StatefulSet = {
    metadata: { namespace, name },
    spec: {
      replicas,
      serviceName: name,
      selector: { matchLabels: labels },
      template: template ?? {},
      ...spec,
    } as StatefulSetSpec,
  };
  await trial.client.resource(Resources.statefulSets).create(made);
  return namespace;
}

const HEALTH = '/tmp/healthy';
/** Pods that are ready as long as a file is there. */
function moodyTemplate(trial: Trial) {
  const command = ['sh', '-c', `touch ${HEALTH}; trap "exit 0" TERM; sleep 3600 & wait`];
  const readinessProbe = { exec: { command: ['test', '-e', HEALTH] }, periodSeconds: 1 };
  const container = { ...sleeper(trial.image), command, readinessProbe };
  return { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } };
}

/** Makes a pod unhealthy or healthy again, and waits until that shows. */
async function setHealth(trial: Trial, namespace: string, pod: string, healthy: boolean): Promise<void> {
  const command = healthy ? ['touch', HEALTH] : ['rm', HEALTH];
  const query = [...command.map((word) => `command=${encodeURIComponent(word)}`), 'stdout=1', 'container=main'].join(
    '&',
  );
  await trial.webSocket(`/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`, 'channel.k8s.io');
  const what = `${pod} to be ${healthy ? 'ready' : 'not ready'}`;
  await untilObject(trial, Resources.pods, { namespace, name: pod }, what, (found) => isReady(found) === healthy);
}

const namesOf = (pods: readonly Pod[]) => pods.map((each) => each.metadata.name ?? '').toSorted();
const setNames = (count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`);
const live = (pods: readonly Pod[]) => pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
/** How long nothing must happen for it to count as halted. */
const HALT_MS = 5_000;

async function scaleTo(trial: Trial, namespace: string, replicas: number): Promise<void> {
  const body = { spec: { replicas } };
  await trial.client.resource(Resources.statefulSets).patch({ namespace, name }, { type: 'merge', body });
}

async function expectHalted(trial: Trial, namespace: string, count: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, HALT_MS));
  const { items } = await trial.client.resource(Resources.pods).list(own(namespace));
  expectEqual('pods while one is not ready', namesOf(live(items)), setNames(count));
}

/** Pods come up in order, each after the one before, and go in the opposite order; unhealthy ones halt both. */
async function orderedScaling(trial: Trial): Promise<void> {
  const namespace = await createStatefulSet(trial, 1, { template: moodyTemplate(trial) });
  await untilPods(trial, namespace, '1 ready pod', allReady(1));
  await setHealth(trial, namespace, `${name}-0`, false);
  await scaleTo(trial, namespace, 3);
  await expectHalted(trial, namespace, 1);
  await setHealth(trial, namespace, `${name}-0`, true);
  const pods = await untilPods(trial, namespace, '3 ready pods', allReady(3));
  const byName = pods.toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  expectEqual('names', namesOf(pods), setNames(3));
  const created = byName.map(({ metadata }) => metadata.creationTimestamp ?? '');
  expectEqual('creation follows the order', created, created.toSorted());
  for (const each of setNames(3)) await setHealth(trial, namespace, each, false);
  await scaleTo(trial, namespace, 0);
  await expectHalted(trial, namespace, 3);
  // The last one goes by itself when no other has to be waited for.
  for (const each of setNames(2)) await setHealth(trial, namespace, each, true);
  let left = 3;
  await untilPods(trial, namespace, 'no pods', (found) => {
    const names = namesOf(found);
    expectEqual('the pods that are left are the first', names, setNames(names.length));
    expectTrue('they only become fewer', names.length <= left, names);
    left = names.length;
    return left === 0;
  });
}

/** With parallel management nobody waits for an unhealthy pod. */
async function burstScaling(trial: Trial): Promise<void> {
  const spec = { podManagementPolicy: 'Parallel', template: moodyTemplate(trial) };
  const namespace = await createStatefulSet(trial, 1, spec);
  await untilPods(trial, namespace, '1 ready pod', allReady(1));
  await setHealth(trial, namespace, `${name}-0`, false);
  await scaleTo(trial, namespace, 3);
  const others = (pods: readonly Pod[]) => pods.length === 3 && pods.filter(isReady).length === 2;
  await untilPods(trial, namespace, 'two more ready pods', others);
  await scaleTo(trial, namespace, 0);
  await untilPods(trial, namespace, 'no pods', (pods) => pods.length === 0);
}

const statefulSets = Resources.statefulSets as ResourceType<KubeObject>;

/** A change of the template starts an update. */
function changeTemplate(trial: Trial, namespace: string) {
  const body = { spec: { template: { metadata: { annotations: { round: 'two' } } } } };
  return trial.client.resource(statefulSets).patch({ namespace, name }, { type: 'merge', body });
}

const roundsOf = (pods: readonly Pod[]) =>
  pods
    .toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
    .map(({ metadata }) => metadata.annotations?.['round'] ?? '-')
    .join();

function untilRevision(
  trial: Trial,
  namespace: string,
  what: string,
  check: (current: string, update: string) => boolean,
) {
  const settled = (found: StatefulSet | undefined) => {
    const { currentRevision = '', updateRevision = '', observedGeneration } = found?.status ?? {};
    return observedGeneration === found?.metadata.generation && check(currentRevision, updateRevision);
  };
  return untilObject(trial, Resources.statefulSets, { namespace, name }, what, settled);
}

/** One pod after the other, the last first; going back to an old template makes no new revision. */
async function statefulUpdate(trial: Trial): Promise<void> {
  const namespace = await createStatefulSet(trial, 2);
  await untilPods(trial, namespace, '2 ready pods', allReady(2));
  const before = await untilRevision(trial, namespace, 'one revision', (current, update) => current === update);
  const first = present('its revision', before?.status?.currentRevision);
  await changeTemplate(trial, namespace);
  await untilRevision(trial, namespace, 'another revision to update to', (_, update) => update !== first);
  await untilPods(trial, namespace, 'updated pods', (pods) => {
    expectTrue('the last pod is updated first', roundsOf(pods) !== 'two,-', roundsOf(pods));
    return allReady(2)(pods) && roundsOf(pods) === 'two,two';
  });
  await untilRevision(
    trial,
    namespace,
    'the update to be over',
    (current, update) => current === update && current !== first,
  );
  const body = { spec: { template: { metadata: { annotations: { round: null } } } } };
  await trial.client.resource(statefulSets).patch({ namespace, name }, { type: 'merge', body });
  await untilPods(trial, namespace, 'pods as at first', (pods) => allReady(2)(pods) && roundsOf(pods) === '-,-');
  await untilRevision(
    trial,
    namespace,
    'the first revision again',
    (current, update) => current === first && update === first,
  );
  const revisions = (await trial.client.resource(Resources.controllerRevisions).list({ namespace })).items;
  expectEqual('how many revisions there are', revisions.length, 2);
}

/** A canary first, then the rest; a deleted pod comes back in the revision of its side of the partition. */
async function partitionedUpdate(trial: Trial): Promise<void> {
  const partitioned = (partition: number) => ({ type: 'RollingUpdate', rollingUpdate: { partition } });
  const namespace = await createStatefulSet(trial, 2, { updateStrategy: partitioned(2) });
  await untilPods(trial, namespace, '2 ready pods', allReady(2));
  await changeTemplate(trial, namespace);
  await untilRevision(trial, namespace, 'another revision', (current, update) => current !== update);
  await expectHalted(trial, namespace, 2);
  const move = (partition: number) =>
    trial.client
      .resource(Resources.statefulSets)
      .patch({ namespace, name }, { type: 'merge', body: { spec: { updateStrategy: partitioned(partition) } } });
  await move(1);
  const canary = (pods: readonly Pod[]) => allReady(2)(pods) && roundsOf(pods) === '-,two';
  const found = await untilPods(trial, namespace, 'only the last updated', canary);
  const uids = new Set(found.map(uidOf));
  for (const pod of setNames(2)) await trial.client.resource(Resources.pods).delete({ namespace, name: pod });
  const others = (pods: readonly Pod[]) => canary(pods) && pods.every((each) => !uids.has(uidOf(each)));
  await untilPods(trial, namespace, 'other pods, each in its revision', others);
  await move(0);
  await untilPods(trial, namespace, 'all updated', (pods) => allReady(2)(pods) && roundsOf(pods) === 'two,two');
}

/** A pod that its node refuses is made again and again, until the node takes it. */
async function recreatesFailed(trial: Trial): Promise<void> {
  const { items } = await trial.client.resource(Resources.nodes).list();
  const nodeName = present('a node', items.find(({ spec }) => (spec?.taints ?? []).length === 0)?.metadata.name);
  const ports = [{ containerPort: 21017, hostPort: 21017 }];
  const namespace = await trial.namespace();
  const pods = trial.client.resource(Resources.pods);
  const blocker = { namespace, name: 'blocker' };
  await pods.create(pod(blocker, trial.image, { ports }, { nodeName }));
  await untilObject(trial, Resources.pods, blocker, 'the other pod to be ready', isReady);
  const spec = { nodeName, containers: [{ ...sleeper(trial.image), ports }], terminationGracePeriodSeconds: 1 };
  const made: StatefulSet = {
    metadata: { namespace, name },
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  } as StatefulSet;
  await trial.client.resource(Resources.statefulSets).create(made);
  const seen = new Map<string, string | undefined>();
  await untilPods(trial, namespace, 'a refused pod and another in its place', (found) => {
    for (const each of found) if (each.status?.phase === 'Failed') seen.set(uidOf(each), each.status.reason);
    return found.some((each) => !seen.has(uidOf(each))) && seen.size > 0;
  });
  expectTrue(
    'its node refused it',
    [...seen.values()].every((reason) => reason === 'NodePorts'),
    [...seen.values()],
  );
  await pods.delete(blocker);
  await untilPods(trial, namespace, '1 ready pod', allReady(1));
}

export const statefulSetTests: readonly ConformanceTest[] = Object.entries({
  'StatefulSet, Recreate Failed Pod': recreatesFailed,
  'StatefulSet, Scaling': orderedScaling,
  'StatefulSet, Burst Scaling': burstScaling,
  'StatefulSet, Rolling Update': statefulUpdate,
  'StatefulSet, Rolling Update with Partition': partitionedUpdate,
}).map(([testname, run]) => ({ name: testname, needs: ['containers'], run }));
