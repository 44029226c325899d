import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, type JobSpec, Resources } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { jobController } from './controller.ts';
import { FAILURES_ANNOTATION } from './index-failures.ts';
import { indexOf } from './indexes.ts';

const at = { namespace: 'default', name: 'work' };

async function setUp(spec: Partial<JobSpec>) {
  const cluster = await startFakeCluster({ controllers: [jobController] });
  const jobs = cluster.client.resource(Resources.jobs);
  const made: Job = {
    metadata: at,
    spec: {
      completionMode: 'Indexed',
      completions: 4,
      parallelism: 4,
      backoffLimit: 2_147_483_647,
      backoffLimitPerIndex: 1,
      selector: { matchLabels: { job: 'work' } },
      template: {
        metadata: { labels: { job: 'work' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
      },
      ...spec,
    },
  };
  await jobs.create(made);
  await cluster.runPods();
  const finish = (phase: 'Succeeded' | 'Failed', code: number, ...indexes: readonly number[]) =>
    cluster.finishPods(phase, code, (pod) => indexes.includes(indexOf(pod) ?? -1));
  const status = async () => {
    const { status: found } = await jobs.get(at);
    const ended = found?.conditions?.find(({ type }) => type === 'Failed' || type === 'Complete');
    const { completedIndexes, failedIndexes, failed, active } = found ?? {};
    return { completedIndexes, failedIndexes, failed, active, ended: ended && `${ended.type} ${ended.reason}` };
  };
  const memories = async () =>
    (await cluster.pods())
      .map((pod) => `${indexOf(pod)}: ${pod.metadata.annotations?.[FAILURES_ANNOTATION]} ${pod.status?.phase}`)
      .toSorted();
  return { cluster, finish, status, memories };
}

test('jobController gives every index its own tries, and fails the job when all are over', async () => {
  const { cluster, finish, status, memories } = await setUp({});
  await finish('Succeeded', 0, 0, 2);
  await finish('Failed', 1, 1, 3);
  assert.deepEqual(await status(), {
    completedIndexes: '0,2',
    failedIndexes: '',
    failed: undefined,
    active: undefined,
    ended: undefined,
  });
  await cluster.advance(9_000);
  assert.equal((await memories()).length, 4, 'the pause after a failure is 10 s');
  await cluster.advance(2_000);
  await cluster.runPods();
  assert.deepEqual(await memories(), [
    '0: 0 Succeeded',
    '1: 0 Failed',
    '1: 1 Running',
    '2: 0 Succeeded',
    '3: 0 Failed',
    '3: 1 Running',
  ]);
  await finish('Failed', 1, 1, 3);
  await cluster.advance(1_000);
  assert.deepEqual(await status(), {
    completedIndexes: '0,2',
    failedIndexes: '1,3',
    failed: 4,
    active: undefined,
    ended: 'Failed FailedIndexes',
  });
  const held = (await cluster.pods()).filter(({ metadata }) => (metadata.finalizers ?? []).length > 0);
  assert.deepEqual(held, []);
  cluster.stop();
});

test('jobController fails an index at once where the policy says FailIndex', async () => {
  const rules = [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [42] } }];
  const { cluster, finish, status } = await setUp({ completions: 2, parallelism: 2, podFailurePolicy: { rules } });
  await finish('Failed', 42, 0);
  await finish('Succeeded', 0, 1);
  await cluster.advance(1_000);
  const expected = { completedIndexes: '1', failedIndexes: '0', failed: 1, active: undefined };
  assert.deepEqual(await status(), { ...expected, ended: 'Failed FailedIndexes' });
  cluster.stop();
});

test('jobController stops everything when more indexes have failed than may', async () => {
  const { cluster, finish, status } = await setUp({ backoffLimitPerIndex: 0, maxFailedIndexes: 1 });
  await finish('Failed', 1, 0);
  assert.equal((await status()).ended, undefined);
  await finish('Failed', 1, 2);
  await cluster.runPods(); // Lets what was deleted go.
  await cluster.advance(1_000);
  const { ended, failedIndexes } = await status();
  assert.deepEqual([ended, failedIndexes], ['Failed MaxFailedIndexesExceeded', '0,2']);
  cluster.stop();
});
