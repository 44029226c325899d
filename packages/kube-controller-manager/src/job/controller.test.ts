import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, Resources } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { ttlAfterFinishedController } from '../ttl-after-finished/controller.ts';
import { jobController } from './controller.ts';

const at = { namespace: 'default', name: 'work' };
const work = (spec: Partial<Job['spec']> = {}): Job => ({
  metadata: at,
  spec: {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    selector: { matchLabels: { job: 'work' } },
    template: {
      metadata: { labels: { job: 'work' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
    },
    ...spec,
  },
});

async function setUp(spec: Partial<Job['spec']> = {}) {
  const cluster = await startFakeCluster({ controllers: [jobController, ttlAfterFinishedController] });
  const jobs = cluster.client.resource(Resources.jobs);
  await jobs.create(work(spec));
  await cluster.runPods();
  const conditions = async () =>
    ((await jobs.get(at)).status?.conditions ?? [])
      .filter(({ status }) => status === 'True')
      .map(({ type, reason }) => `${type} ${reason}`);
  const live = async () =>
    (await cluster.pods()).filter(
      ({ status, metadata }) =>
        status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && metadata.deletionTimestamp === undefined,
    ).length;
  return { cluster, jobs, conditions, live };
}

test('jobController runs to completion, counting each pod once', async () => {
  const { cluster, jobs, conditions, live } = await setUp({ parallelism: 2, completions: 3 });
  assert.equal(await live(), 2);
  await cluster.finishPods('Succeeded', 0);
  await cluster.runPods();
  assert.equal(await live(), 1);
  await cluster.finishPods('Succeeded', 0);
  const { status } = await jobs.get(at);
  assert.deepEqual(
    [status?.succeeded, status?.active, status?.failed, status?.uncountedTerminatedPods],
    [3, undefined, undefined, {}],
  );
  assert.deepEqual(await conditions(), ['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
  assert.notEqual(status?.completionTime, undefined);
  assert.deepEqual(
    (await cluster.pods()).map(({ metadata }) => metadata.finalizers ?? []),
    [[], [], []],
  );
  cluster.stop();
});

test('jobController backs off after failures and gives up at backoffLimit', async () => {
  const { cluster, jobs, conditions, live } = await setUp({ backoffLimit: 1 });
  await cluster.finishPods('Failed', 1);
  assert.equal(await live(), 0);
  await cluster.advance(11_000);
  assert.equal(await live(), 1);
  await cluster.runPods();
  await cluster.finishPods('Failed', 1);
  assert.deepEqual(await conditions(), ['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
  assert.equal((await jobs.get(at)).status?.failed, 2);
  cluster.stop();
});

test('jobController completes indexes of an Indexed job', async () => {
  const { cluster, jobs } = await setUp({ completionMode: 'Indexed', completions: 4, parallelism: 3 });
  const first = await cluster.pods();
  assert.deepEqual(
    first.map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index']),
    ['0', '1', '2'],
  );
  assert.equal(first[0]?.spec.containers[0]?.env?.[0]?.name, 'JOB_COMPLETION_INDEX');
  await cluster.finishPods(
    'Succeeded',
    0,
    ({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'] !== '1',
  );
  assert.equal((await jobs.get(at)).status?.completedIndexes, '0,2');
  await cluster.runPods();
  await cluster.finishPods('Succeeded', 0);
  const { status } = await jobs.get(at);
  assert.deepEqual([status?.completedIndexes, status?.succeeded], ['0-3', 4]);
  cluster.stop();
});

test('jobController suspends and resumes without counting what it deleted', async () => {
  const { cluster, jobs, live, conditions } = await setUp({ parallelism: 2, completions: 2 });
  await jobs.patch(at, { type: 'merge', body: { spec: { suspend: true } } });
  await cluster.advance();
  await cluster.runPods();
  const suspended = await jobs.get(at);
  assert.deepEqual(
    [await live(), suspended.status?.failed, suspended.status?.startTime, await conditions()],
    [0, undefined, undefined, ['Suspended JobSuspended']],
  );
  await jobs.patch(at, { type: 'merge', body: { spec: { suspend: false } } });
  await cluster.advance();
  assert.equal(await live(), 2);
  cluster.stop();
});

test('jobController ends a job at its deadline, and ttlAfterFinishedController deletes it', async () => {
  const { cluster, jobs, conditions } = await setUp({ activeDeadlineSeconds: 30, ttlSecondsAfterFinished: 60 });
  await cluster.advance(31_000);
  await cluster.runPods();
  assert.deepEqual(await conditions(), ['FailureTarget DeadlineExceeded', 'Failed DeadlineExceeded']);
  await cluster.advance(61_000);
  assert.notEqual((await jobs.find(at))?.metadata.deletionTimestamp, undefined);
  cluster.stop();
});

test('jobController follows podFailurePolicy', async () => {
  const rules = [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
  ];
  const { cluster, jobs, conditions } = await setUp({ podFailurePolicy: { rules } });
  await cluster.finishPods('Failed', 42);
  assert.deepEqual(await conditions(), ['FailureTarget PodFailurePolicy', 'Failed PodFailurePolicy']);
  assert.match(
    (await jobs.get(at)).status?.conditions?.[0]?.message ?? '',
    /Container c for pod default\/work-.* failed with exit code 42 matching FailJob rule at index 1/,
  );
  cluster.stop();
});
