/** PodDisruptionBudgets: their API, their status, and what they do to evictions. */
import { nameOf, type Pod, type PodDisruptionBudget, Resources } from '@steersman/api';
import { retryOnConflict } from '@steersman/client';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectRefused } from '../framework/expect.ts';
import { untilGone, untilObject, untilObjects } from '../framework/wait.ts';
import { isReady } from '../framework/web-pods.ts';
import { replicaSet } from '../objects.ts';

const name = 'tested';
const labels = { app: name };

function budget(namespace: string, minAvailable: number | string, at = name): PodDisruptionBudget {
  return { metadata: { namespace, name: at, labels }, spec: { minAvailable, selector: { matchLabels: labels } } };
}

/** Waits until the controller has looked at the newest spec and says this. */
function untilStatus(trial: Trial, namespace: string, expected: object) {
  const settled = (found: PodDisruptionBudget | undefined) => {
    const { status, metadata } = found ?? { metadata: {} };
    const values = status as Readonly<Record<string, unknown>> | undefined;
    const same = Object.entries(expected).every(([key, value]) => values?.[key] === value);
    return status?.observedGeneration === metadata.generation && same;
  };
  const what = `the budget's status to be ${JSON.stringify(expected)}`;
  return untilObject(trial, Resources.podDisruptionBudgets, { namespace, name }, what, settled);
}

async function runningPods(trial: Trial, namespace: string, count: number): Promise<readonly Pod[]> {
  await trial.client.resource(Resources.replicaSets).create(replicaSet({ namespace, name }, trial.image, count));
  const ready = (pods: readonly Pod[]) => pods.length === count && pods.every(isReady);
  return untilObjects(trial, Resources.pods, { namespace }, `${count} ready pods`, ready);
}

async function life(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name };
  const budgets = trial.client.resource(Resources.podDisruptionBudgets);
  await budgets.create(budget(namespace, '1%'));
  await untilStatus(trial, namespace, { expectedPods: 0 });
  // Here and below: the controller writes the status meanwhile.
  const updated = await retryOnConflict(async () => {
    const found = await budgets.get(key);
    return await budgets.update({ ...found, spec: { ...found.spec, minAvailable: '2%' } });
  });
  expectEqual('minAvailable as updated', updated.spec?.minAvailable, '2%');
  await untilStatus(trial, namespace, { expectedPods: 0 });
  const body = { spec: { minAvailable: '3%' } };
  expectEqual('as patched', (await budgets.patch(key, { type: 'strategic', body })).spec?.minAvailable, '3%');
  expectEqual('its generation', (await budgets.get(key)).metadata.generation, 3);
  await budgets.delete(key);
  await untilGone(trial, Resources.podDisruptionBudgets, key);
}

async function collection(trial: Trial): Promise<void> {
  const [one, two] = [await trial.namespace(), await trial.namespace()];
  const budgets = trial.client.resource(Resources.podDisruptionBudgets);
  const mark = { [`conformance-${one}`]: 'true' };
  const labelSelector = `conformance-${one}=true`;
  for (const [namespace, at] of [
    [one, 'a'],
    [one, 'b'],
    [two, 'a'],
  ] as const) {
    const made = budget(namespace, 1, at);
    await budgets.create({ ...made, metadata: { ...made.metadata, labels: mark } });
  }
  const namesIn = async (scope: object) =>
    (await budgets.list({ labelSelector, ...scope })).items.map(nameOf).toSorted();
  expectEqual('of all namespaces', await namesIn({}), ['a', 'a', 'b']);
  expectEqual('of one', await namesIn({ namespace: one }), ['a', 'b']);
  await budgets.deleteCollection({ namespace: one, labelSelector });
  expectEqual('left in all namespaces', await namesIn({}), ['a']);
}

async function statusFollows(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client.resource(Resources.podDisruptionBudgets).create(budget(namespace, 1));
  await runningPods(trial, namespace, 3);
  const expected = { disruptionsAllowed: 2, currentHealthy: 3, desiredHealthy: 1, expectedPods: 3 };
  const found = await untilStatus(trial, namespace, expected);
  const allowed = found?.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  expectIncludes('the condition', allowed, { status: 'True', reason: 'SufficientPods' });
}

async function statusWritten(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name };
  const budgets = trial.client.resource(Resources.podDisruptionBudgets);
  await budgets.create(budget(namespace, 1));
  const [pod] = await runningPods(trial, namespace, 1);
  await untilStatus(trial, namespace, { currentHealthy: 1 });
  const disruptedPods = { [pod?.metadata.name ?? '']: new Date().toISOString().replace(/\.\d+/, '') };
  const updated = await retryOnConflict(async () => {
    const found = await budgets.get(key);
    const status = { ...found.status, disruptedPods } as NonNullable<PodDisruptionBudget['status']>;
    return await budgets.updateStatus({ ...found, status });
  });
  expectEqual('disruptedPods as updated', updated.status?.disruptedPods, disruptedPods);
  const body = { status: { disruptedPods: null } };
  const patched = await budgets.patch(key, { type: 'merge', body }, { subresource: 'status' });
  expectEqual('disruptedPods as patched', patched.status?.disruptedPods, undefined);
}

async function blocksEviction(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name };
  const budgets = trial.client.resource(Resources.podDisruptionBudgets);
  const pods = trial.client.resource(Resources.pods);
  await budgets.create(budget(namespace, 3));
  const [first] = await runningPods(trial, namespace, 3);
  await untilStatus(trial, namespace, { currentHealthy: 3, disruptionsAllowed: 0 });
  const podKey = { namespace, name: first?.metadata.name ?? '' };
  const evict = () => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: podKey };
    return pods.subresource('POST', podKey, 'eviction', eviction);
  };
  const refusal = { code: 429, reason: 'TooManyRequests', message: /violate the pod's disruption budget/ };
  const status = await expectRefused('evicting when none may go', evict(), refusal);
  expectEqual('its cause', status.details?.causes?.[0]?.reason, 'DisruptionBudget');
  await budgets.patch(key, { type: 'merge', body: { spec: { minAvailable: 2 } } });
  await untilStatus(trial, namespace, { disruptionsAllowed: 1 });
  await evict();
  await untilGone(trial, Resources.pods, podKey);
}

export const disruptionTests: readonly ConformanceTest[] = [
  { name: 'PodDisruptionBudget: create, update, patch, and delete object', run: life },
  { name: 'PodDisruptionBudget: list and delete collection', run: collection },
  { name: 'PodDisruptionBudget: Status updates', run: statusFollows },
  { name: 'PodDisruptionBudget: update and patch status', run: statusWritten },
  { name: 'PodDisruptionBudget: block an eviction until the PDB is updated to allow it', run: blocksEviction },
];
