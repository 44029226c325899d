/** The API of workloads: scale and status subresources, collections, and what is told when pods cannot be made. */
import {
  type ControllerRevision,
  type DaemonSet,
  type KubeObject,
  nameOf,
  type ReplicationController,
  type ResourceQuota,
  Resources,
  type ResourceType,
  type StatefulSet,
} from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { pathOf } from '../framework/every-verb.ts';
import { expectEqual, expectIncludes, expectTrue, present } from '../framework/expect.ts';
import { rawExpecting } from '../framework/raw.ts';
import { record } from '../framework/recorder.ts';
import { untilGone, untilObject, untilObjects } from '../framework/wait.ts';
import { deployment, replicaSet, replicationController } from '../objects.ts';

const name = 'tested';
const labels = { app: name };
const MERGE = 'application/merge-patch+json';

type Make = (image: string, namespace: string, replicas: number) => object;

/** Kinds that manage pods, each with a way to make one. */
const kinds = {
  deployment: {
    type: Resources.deployments as ResourceType<KubeObject>,
    make: (image, namespace, replicas) => deployment({ namespace, name, labels }, image, replicas),
  },
  replicaSet: {
    type: Resources.replicaSets as ResourceType<KubeObject>,
    make: (image, namespace, replicas) => replicaSet({ namespace, name, labels }, image, replicas),
  },
  statefulSet: {
    type: Resources.statefulSets as ResourceType<KubeObject>,
    make: (image, namespace, replicas): StatefulSet => {
      const { template } = replicaSet({ namespace, name }, image, replicas).spec;
      const selector = { matchLabels: labels };
      return {
        metadata: { namespace, name, labels },
        spec: { replicas, serviceName: name, selector, template: template ?? {} },
      } as StatefulSet;
    },
  },
  daemonSet: {
    type: Resources.daemonSets as ResourceType<KubeObject>,
    make: (image, namespace): DaemonSet => {
      const { template } = replicaSet({ namespace, name }, image, 1).spec;
      return {
        metadata: { namespace, name, labels },
        spec: { selector: { matchLabels: labels }, template: template ?? {} },
      } as DaemonSet;
    },
  },
  job: {
    type: Resources.jobs as ResourceType<KubeObject>,
    make: (image, namespace, parallelism) => {
      const { template } = replicaSet({ namespace, name }, image, 1).spec;
      const spec = { ...template?.spec, restartPolicy: 'Never' };
      return { metadata: { namespace, name, labels }, spec: { parallelism, template: { ...template, spec } } };
    },
  },
  replicationController: {
    type: Resources.replicationControllers as ResourceType<KubeObject>,
    make: (image, namespace, replicas) => replicationController({ namespace, name, labels }, image, replicas),
  },
} satisfies Readonly<Record<string, { type: ResourceType<KubeObject>; make: Make }>>;
type Kind = (typeof kinds)[keyof typeof kinds];

async function create(trial: Trial, { type, make }: Kind, replicas = 1) {
  const namespace = await trial.namespace();
  const made = await trial.client.resource(type).create(make(trial.image, namespace, replicas) as KubeObject);
  return { namespace, key: { namespace, name }, made, path: pathOf(type, made) };
}

function untilPods(trial: Trial, namespace: string, count: number) {
  const scope = { namespace, labelSelector: `app=${name}` };
  return untilObjects(trial, Resources.pods, scope, `${count} pods`, (pods) => pods.length === count);
}

interface Scale extends KubeObject {
  readonly spec: { readonly replicas?: number };
}

/** Reads, replaces and patches the scale; the number of pods follows. */
function scale(kind: Kind) {
  return async (trial: Trial): Promise<void> => {
    const { namespace, path } = await create(trial, kind, 1);
    await untilPods(trial, namespace, 1);
    const read = (await rawExpecting(trial, 200, `${path}/scale`)).json<Scale>();
    expectEqual('replicas of the scale', read.spec.replicas, 1);
    // Without a version the update is unconditional: controllers write the object meanwhile.
    const body = { ...read, metadata: { ...read.metadata, resourceVersion: '' }, spec: { replicas: 2 } };
    const updated = await rawExpecting(trial, 200, `${path}/scale`, { method: 'PUT', body });
    expectEqual('replicas of the updated scale', updated.json<Scale>().spec.replicas, 2);
    const owner = (await rawExpecting(trial, 200, path)).json<Scale>();
    expectEqual('replicas of the object itself', owner.spec.replicas, 2);
    await untilPods(trial, namespace, 2);
    const patch = { method: 'PATCH', contentType: MERGE, body: { spec: { replicas: 4 } } };
    await rawExpecting(trial, 200, `${path}/scale`, patch);
    const after = (await rawExpecting(trial, 200, path)).json<Scale>();
    expectEqual('replicas after the patch', after.spec.replicas, 4);
    await untilPods(trial, namespace, 4);
  };
}

interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly message?: string }[] };
}
const conditionOf = (object: KubeObject | undefined, wanted: string) =>
  (object as Conditioned | undefined)?.status?.conditions?.find(({ type }) => type === wanted);

/** Reads, replaces and patches the status; a watch sees both, and the spec is left alone. */
function status(kind: Kind) {
  return async (trial: Trial): Promise<void> => {
    const { key, path } = await create(trial, kind, 1);
    const statusPath = `${path}/status`;
    const has = (type: string) =>
      untilObject(trial, kind.type, key, `the condition ${type}`, (found) => conditionOf(found, type) !== undefined);
    await untilUpdated(trial, statusPath);
    await has('StatusUpdate');
    const condition = { type: 'StatusPatched', status: 'True', reason: 'E2E', message: 'Set by the test' };
    const body = { spec: { paused: true }, status: { conditions: [condition] } };
    await rawExpecting(trial, 200, statusPath, { method: 'PATCH', contentType: MERGE, body });
    const found = await has('StatusPatched');
    expectEqual('its message', conditionOf(found, 'StatusPatched')?.message, 'Set by the test');
    expectTrue('the spec is left alone', !JSON.stringify(found).includes('"paused":true'), found);
  };
}

/** Replaces the status by what was read and a condition more. Controllers write it too, so a conflict is tried again. */
async function untilUpdated(trial: Trial, path: string): Promise<void> {
  await untilAccepted(trial, async () => {
    const read = (await rawExpecting(trial, 200, path)).json<Conditioned>();
    const added = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set by the test' };
    const conditions = [...(read.status?.conditions ?? []), added];
    await rawExpecting(trial, 200, path, { method: 'PUT', body: { ...read, status: { ...read.status, conditions } } });
  });
}

const ATTEMPTS_MAX = 20;

/** Tries again what met a conflict. */
async function untilAccepted(trial: Trial, attempt: () => Promise<void>): Promise<void> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (count === ATTEMPTS_MAX || trial.signal.aborted || !String(error).includes('409')) throw error;
    }
  }
}

/** Lists by label in all namespaces, patches, and deletes the collection; the pods go too. */
function collection(kind: Kind, patch?: object) {
  return async (trial: Trial): Promise<void> => {
    const { namespace, key } = await create(trial, kind, 2);
    const resource = trial.client.resource(kind.type);
    const mark = { [`conformance-${namespace}`]: 'true' };
    await resource.patch(key, { type: 'merge', body: { metadata: { labels: mark }, ...patch } });
    const labelSelector = `conformance-${namespace}=true`;
    expectEqual('listed by label in all namespaces', (await resource.list({ labelSelector })).items.map(nameOf), [
      name,
    ]);
    await resource.deleteCollection({ namespace, labelSelector });
    await untilGone(trial, kind.type, key);
    await untilPods(trial, namespace, 0);
  };
}

async function replicaSetReplaced(trial: Trial): Promise<void> {
  const kind = kinds.replicaSet;
  const { namespace, key, path } = await create(trial, kind, 1);
  await untilPods(trial, namespace, 1);
  const put = { method: 'PUT', body: { metadata: key, spec: { replicas: 2 } } };
  await rawExpecting(trial, 200, `${path}/scale`, put);
  await untilPods(trial, namespace, 2);
  const body = { metadata: { labels: { own: 'patched' } }, spec: { replicas: 3 } };
  const patched = await trial.client.resource(Resources.replicaSets).patch(key, { type: 'strategic', body });
  expectEqual('the label', patched.metadata.labels?.['own'], 'patched');
  await untilPods(trial, namespace, 3);
}

async function controllerLife(trial: Trial): Promise<void> {
  const kind = kinds.replicationController;
  const namespace = await trial.namespace();
  const key = { namespace, name };
  const controllers = trial.client.resource(Resources.replicationControllers);
  const { resourceVersion } = await controllers.list({ namespace });
  const watch = record(trial, Resources.replicationControllers, { namespace, resourceVersion });
  const made = await controllers.create(replicationController({ namespace, name, labels }, trial.image, 1));
  await watch.nextIs('ADDED', name);
  const settled = (found: ReplicationController | undefined) => found?.status?.readyReplicas === 1;
  await untilObject(trial, kind.type as typeof Resources.replicationControllers, key, '1 ready replica', settled);
  await controllers.patch(key, { type: 'strategic', body: { metadata: { labels: { own: 'patched' } } } });
  const statusPath = `${pathOf(kind.type, made)}/status`;
  const patch = { method: 'PATCH', contentType: MERGE, body: { status: { readyReplicas: 0, availableReplicas: 0 } } };
  const answer = (await rawExpecting(trial, 200, statusPath, patch)).json<ReplicationController>();
  expectEqual('readyReplicas as patched', answer.status?.readyReplicas ?? 0, 0);
  await untilObject(trial, Resources.replicationControllers, key, 'the status to be put right', settled);
  await rawExpecting(trial, 200, `${pathOf(kind.type, made)}/scale`, {
    method: 'PATCH',
    contentType: MERGE,
    body: { spec: { replicas: 2 } },
  });
  await untilPods(trial, namespace, 2);
  const { items } = await controllers.list({ labelSelector: 'own=patched', namespace });
  expectEqual('replicas as listed', items[0]?.spec?.replicas, 2);
  await untilAccepted(trial, async () => {
    const fresh = await controllers.get(key);
    const next = { ...fresh, metadata: { ...fresh.metadata, labels: { ...labels, own: 'updated' } } };
    await rawExpecting(trial, 200, pathOf(kind.type, made), { method: 'PUT', body: next });
  });
  await controllers.deleteCollection({ namespace, labelSelector: 'own=updated' });
  await untilGone(trial, Resources.replicationControllers, key);
}

/** Too many pods for a quota: a condition says so, and goes when the controller is scaled down to what fits. */
async function controllerOverQuota(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name };
  await trial.client
    .resource(Resources.resourceQuotas)
    .create({ metadata: { namespace, name }, spec: { hard: { pods: '2' } } });
  const counted = (found: ResourceQuota | undefined) => found?.status?.hard?.['pods'] === '2';
  await untilObject(trial, Resources.resourceQuotas, key, 'the quota to be counted', counted);
  const controllers = trial.client.resource(Resources.replicationControllers);
  await controllers.create(replicationController({ namespace, name }, trial.image, 3));
  const failure = (found: ReplicationController | undefined) =>
    found?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const failed = await untilObject(
    trial,
    Resources.replicationControllers,
    key,
    'the condition ReplicaFailure',
    (found) => failure(found) !== undefined,
  );
  expectIncludes('the condition', failure(failed), { status: 'True', reason: 'FailedCreate' });
  expectTrue('its message names the quota', /exceeded quota/.test(failure(failed)?.message ?? ''), failure(failed));
  await untilPods(trial, namespace, 2);
  await controllers.patch(key, { type: 'merge', body: { spec: { replicas: 2 } } });
  const cured = (found: ReplicationController | undefined) => found !== undefined && failure(found) === undefined;
  await untilObject(trial, Resources.replicationControllers, key, 'no condition ReplicaFailure', cured);
}

async function controllerRevisions(trial: Trial): Promise<void> {
  const { namespace, key } = await create(trial, kinds.daemonSet);
  const revisions = trial.client.resource(Resources.controllerRevisions);
  const count = (what: string, wanted: number, labelSelector = `app=${name}`) =>
    untilObjects(
      trial,
      Resources.controllerRevisions,
      { namespace, labelSelector },
      `${wanted} revisions ${what}`,
      (found) => found.length === wanted,
    );
  const [first] = await count('of a new daemon set', 1);
  const initial = present('the first revision', first);
  const firstKey = { namespace, name: nameOf(initial) };
  const body = { metadata: { labels: { [nameOf(initial)]: 'patched' } } };
  const patched = await revisions.patch(firstKey, { type: 'strategic', body });
  expectEqual('the patched label', patched.metadata.labels?.[nameOf(initial)], 'patched');
  const { ownerReferences } = initial.metadata;
  const second: ControllerRevision = {
    metadata: { namespace, name: `${nameOf(initial)}-2`, labels, ...(ownerReferences && { ownerReferences }) },
    ...(initial.data === undefined ? {} : { data: initial.data }),
    revision: initial.revision + 1,
  };
  await revisions.create(second);
  await count('after another was made', 2);
  await revisions.delete(firstKey);
  // The controller makes the current one again, unless it finds the other, which holds the same.
  await untilGone(trial, Resources.controllerRevisions, firstKey);
  const [other] = await count('after the first is gone', 1);
  const kept = present('the other revision', other);
  const updated = await revisions.update({
    ...(await revisions.get({ namespace, name: nameOf(kept) })),
    metadata: { ...kept.metadata, labels: { ...kept.metadata.labels, updated: 'true' } },
  });
  expectEqual('the updated label', updated.metadata.labels?.['updated'], 'true');
  const grace = { spec: { template: { spec: { terminationGracePeriodSeconds: 2 } } } };
  await trial.client.resource(Resources.daemonSets).patch(key, { type: 'strategic', body: grace });
  await count('after the template changed', 2);
  await revisions.deleteCollection({ namespace, labelSelector: 'updated=true' });
  const [last] = await count('after deleting those with a label', 1);
  expectEqual('the revision that is left', last?.revision, 3);
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Deployment, completes the scaling of a Deployment subresource': scale(kinds.deployment),
  'ReplicaSet, completes the scaling of a ReplicaSet subresource': scale(kinds.replicaSet),
  'StatefulSet resource Replica scaling': scale(kinds.statefulSet),
  'Replication Controller, get and update ReplicationController scale': scale(kinds.replicationController),
  'Deployment, status sub-resource': status(kinds.deployment),
  'ReplicaSet, status sub-resource': status(kinds.replicaSet),
  'StatefulSet, status sub-resource': status(kinds.statefulSet),
  'DaemonSet, status sub-resource': status(kinds.daemonSet),
  'Jobs, apply changes to status': status(kinds.job),
  'DaemonSet, list and delete a collection of DaemonSets': collection(kinds.daemonSet),
  'ReplicaSet, list and delete a collection of ReplicaSets': collection(kinds.replicaSet),
  'StatefulSet, list, patch and delete a collection of StatefulSets': collection(kinds.statefulSet, {
    spec: { replicas: 1 },
  }),
  'Jobs, manage lifecycle': collection(kinds.job, { spec: { suspend: true } }),
  'ReplicaSet, is created, Replaced and Patched': replicaSetReplaced,
  'Replication Controller, lifecycle': controllerLife,
  'Replication Controller, check for issues like exceeding allocated quota': controllerOverQuota,
  'ControllerRevision, resource lifecycle': controllerRevisions,
};

export const appsApiTests: readonly ConformanceTest[] = Object.entries(runs).map(([testname, run]) => ({
  name: testname,
  run,
}));
