/** Jobs with indexes, and what decides whether they have succeeded or failed. */
import { type Job, type JobCondition, type JobSpec, nameOf, type Pod, Resources } from '@steersman/api';
import { logOf } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectTrue, present } from '../framework/expect.ts';
import { untilObject, untilObjects } from '../framework/wait.ts';
import { configMap, SLEEP, sleeper } from '../objects.ts';

const needs = ['containers'] as const;
const name = 'tested';
const INDEX = 'batch.kubernetes.io/job-completion-index';
/** Failed pods are made again after 10 s, then after 20. */
const RETRIES_MS = 150_000;

/** An indexed job whose pods run this script. */
async function indexed(trial: Trial, completions: number, script: string, spec: Partial<JobSpec> = {}) {
  const namespace = await trial.namespace();
  const container = { ...sleeper(trial.image), command: ['sh', '-c', script] };
  const podSpec = { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [container] };
  const made: Job = {
    metadata: { namespace, name },
    spec: { completionMode: 'Indexed', completions, parallelism: completions, template: { spec: podSpec }, ...spec },
  };
  await trial.client.resource(Resources.jobs).create(made);
  return namespace;
}

const conditionOf = (job: Job | undefined, wanted: string): JobCondition | undefined =>
  job?.status?.conditions?.find(({ type, status }) => type === wanted && status === 'True');

async function untilCondition(trial: Trial, namespace: string, type: string): Promise<Job> {
  const holds = (job: Job | undefined) => conditionOf(job, type) !== undefined;
  const key = { namespace, name };
  return present('the Job', await untilObject(trial, Resources.jobs, key, `the Job to be ${type}`, holds, RETRIES_MS));
}

async function podsOf(trial: Trial, namespace: string): Promise<readonly Pod[]> {
  const scope = { namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` };
  return (await trial.client.resource(Resources.pods).list(scope)).items;
}

async function uniqueIndexes(trial: Trial): Promise<void> {
  const namespace = await indexed(trial, 4, 'echo $JOB_COMPLETION_INDEX $(hostname)', { parallelism: 2 });
  const done = await untilCondition(trial, namespace, 'Complete');
  expectIncludes('its status', done.status, { succeeded: 4, completedIndexes: '0-3' });
  const pods = await podsOf(trial, namespace);
  const indexes = pods.map(({ metadata }) => metadata.annotations?.[INDEX]).toSorted();
  expectEqual('the indexes', indexes, ['0', '1', '2', '3']);
  for (const pod of pods) {
    const index = pod.metadata.annotations?.[INDEX];
    expectEqual('the label', pod.metadata.labels?.[INDEX], index);
    expectEqual('what the pod sees', await logOf(trial, namespace, nameOf(pod)), `${index} ${name}-${index}\n`);
    expectTrue('its name begins with the index', nameOf(pod).startsWith(`${name}-${index}-`), nameOf(pod));
  }
}

const exitCodes = (action: string, ...values: readonly number[]) => ({
  rules: [{ action, onExitCodes: { containerName: 'main', operator: 'In', values } }],
});

async function failsEarly(trial: Trial): Promise<void> {
  const script = 'if [ $JOB_COMPLETION_INDEX = 0 ]; then exit 42; fi; sleep 600';
  const namespace = await indexed(trial, 2, script, { backoffLimit: 6, podFailurePolicy: exitCodes('FailJob', 42) });
  const failed = await untilCondition(trial, namespace, 'Failed');
  expectEqual('the reason', conditionOf(failed, 'Failed')?.reason, 'PodFailurePolicy');
  expectTrue(
    'the message names the exit code',
    /exit code 42/.test(conditionOf(failed, 'Failed')?.message ?? ''),
    failed,
  );
}

/** Evicted pods do not count as failures where the policy ignores disruptions. */
async function ignoresDisruption(trial: Trial): Promise<void> {
  const ignore = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] };
  const namespace = await trial.namespace();
  const done = { name: 'DONE', valueFrom: { configMapKeyRef: { name: 'done', key: 'done', optional: true } } };
  const command = ['sh', '-c', `[ "$DONE" = yes ] && exit 0; ${SLEEP[2]}; exit 1`];
  const container = { ...sleeper(trial.image), command, env: [done] };
  const podSpec = { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [container] };
  const made: Job = {
    metadata: { namespace, name },
    spec: {
      completionMode: 'Indexed',
      completions: 2,
      parallelism: 2,
      backoffLimit: 0,
      podFailurePolicy: { rules: [ignore] },
      template: { spec: podSpec },
    },
  };
  await trial.client.resource(Resources.jobs).create(made);
  const running = (pods: readonly Pod[]) =>
    pods.length === 2 && pods.every(({ status }) => status?.phase === 'Running');
  const pods = await untilObjects(trial, Resources.pods, { namespace }, '2 running pods', running);
  await trial.client.resource(Resources.configMaps).create(configMap({ namespace, name: 'done' }, { done: 'yes' }));
  for (const { metadata } of pods) {
    const key = { namespace, name: metadata.name ?? '' };
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: key };
    await trial.client.resource(Resources.pods).subresource('POST', key, 'eviction', eviction);
  }
  const complete = await untilCondition(trial, namespace, 'Complete');
  expectIncludes('its status', complete.status, { succeeded: 2, completedIndexes: '0,1' });
}

async function allIndexesRun(trial: Trial): Promise<void> {
  const script = 'exit $((JOB_COMPLETION_INDEX % 2))';
  const namespace = await indexed(trial, 4, script, { backoffLimitPerIndex: 1 });
  const failed = await untilCondition(trial, namespace, 'Failed');
  expectEqual('the reason', conditionOf(failed, 'Failed')?.reason, 'FailedIndexes');
  const expected = { completedIndexes: '0,2', failedIndexes: '1,3', succeeded: 2, failed: 4 };
  expectIncludes('its status', failed.status, expected);
}

async function failIndex(trial: Trial): Promise<void> {
  const script = 'if [ $JOB_COMPLETION_INDEX = 0 ]; then exit 42; fi';
  const spec = { backoffLimitPerIndex: 1, podFailurePolicy: exitCodes('FailIndex', 42) };
  const namespace = await indexed(trial, 2, script, spec);
  const failed = await untilCondition(trial, namespace, 'Failed');
  expectEqual('the reason', conditionOf(failed, 'Failed')?.reason, 'FailedIndexes');
  expectIncludes('its status', failed.status, { completedIndexes: '1', failedIndexes: '0', succeeded: 1, failed: 1 });
}

async function tooManyFail(trial: Trial): Promise<void> {
  const script = 'if [ $JOB_COMPLETION_INDEX = 0 ]; then exit 1; fi; sleep 600';
  const namespace = await indexed(trial, 2, script, { backoffLimitPerIndex: 0, maxFailedIndexes: 0 });
  const failed = await untilCondition(trial, namespace, 'Failed');
  expectEqual('the reason', conditionOf(failed, 'Failed')?.reason, 'MaxFailedIndexesExceeded');
  expectIncludes('its status', failed.status, { failedIndexes: '0', active: undefined });
}

/** The first pod succeeds; what the others do, the script says. */
function successPolicy(rest: string, policy: JobSpec['successPolicy'], completed: string) {
  return async (trial: Trial): Promise<void> => {
    const script = `if [ $JOB_COMPLETION_INDEX = 0 ]; then exit 0; fi; ${rest}`;
    const spec = policy === undefined ? {} : { successPolicy: policy };
    const namespace = await indexed(trial, 2, script, spec);
    const met = conditionOf(await untilCondition(trial, namespace, 'SuccessCriteriaMet'), 'SuccessCriteriaMet');
    expectEqual('the reason', met?.reason, 'SuccessPolicy');
    const done = await untilCondition(trial, namespace, 'Complete');
    expectEqual('the reason of completion', conditionOf(done, 'Complete')?.reason, 'SuccessPolicy');
    expectEqual('the indexes that count', done.status?.completedIndexes, completed);
    await untilObjects(trial, Resources.pods, { namespace }, 'no pod to run any more', (pods) =>
      pods.every(({ status }) => status?.phase !== 'Running'),
    );
  };
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Ensure Pods of an Indexed Job get a unique index.': uniqueIndexes,
  'Verify Pod Failure policy allows to fail job early on exit code.': failsEarly,
  'Ensure pod failure policy allows to ignore failure matching on the DisruptionTarget condition': ignoresDisruption,
  'Ensure that all indexes are executed for an indexed job with backoffLimitPerIndex despite some failing':
    allIndexesRun,
  'Mark indexes as failed when the FailIndex action is matched in podFailurePolicy': failIndex,
  'Terminate job execution when the maxFailedIndexes is exceeded': tooManyFail,
  'Ensure that job with successPolicy succeeded when all indexes succeeded': successPolicy(
    'exit 0',
    { rules: [{ succeededIndexes: '0,1' }] },
    '0,1',
  ),
  'Ensure that job with successPolicy succeededIndexes rule succeeded even when some indexes remain pending':
    successPolicy('sleep 600', { rules: [{ succeededIndexes: '0' }] }, '0'),
  'Ensure that job with successPolicy succeededCount rule succeeded even when some indexes remain pending':
    successPolicy('sleep 600', { rules: [{ succeededCount: 1 }] }, '0'),
};

export const jobTests: readonly ConformanceTest[] = Object.entries(runs).map(([testname, run]) => ({
  name: testname,
  needs,
  run,
}));
