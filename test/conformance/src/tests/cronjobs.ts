/** CronJobs as minutes pass: several at a time, one at a time, the newest only, none. */
import { type CronJob, type CronJobSpec, type Job, nameOf, Resources, uidOf } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual } from '../framework/expect.ts';
import { untilObject, untilObjects } from '../framework/wait.ts';
import { sleeper } from '../objects.ts';

/** Pods of nodes that only simulate them end at once, so that no two jobs run at a time. */
const running = ['containers', 'slow'] as const;
const name = 'tested';
/** A schedule of every minute needs up to one for its first job; another for delays. */
const MINUTES_MS = 60_000;
const SOME_MINUTES_MS = 4 * MINUTES_MS;

async function everyMinute(trial: Trial, spec: Partial<CronJobSpec>): Promise<string> {
  const namespace = await trial.namespace();
  const podSpec = {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    containers: [sleeper(trial.image)],
  };
  const jobTemplate = { spec: { template: { spec: podSpec } } };
  const made: CronJob = { metadata: { namespace, name }, spec: { schedule: '*/1 * * * ?', jobTemplate, ...spec } };
  await trial.client.resource(Resources.cronJobs).create(made);
  return namespace;
}

const activeOf = (found: CronJob | undefined) => found?.status?.active ?? [];

function untilActive(trial: Trial, namespace: string, count: number) {
  const enough = (found: CronJob | undefined) => activeOf(found).length >= count;
  const key = { namespace, name };
  return untilObject(trial, Resources.cronJobs, key, `${count} active jobs`, enough, SOME_MINUTES_MS);
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const jobsOf = async (trial: Trial, namespace: string): Promise<readonly Job[]> =>
  (await trial.client.resource(Resources.jobs).list({ namespace })).items;

async function allow(trial: Trial): Promise<void> {
  const namespace = await everyMinute(trial, { concurrencyPolicy: 'Allow' });
  await untilActive(trial, namespace, 2);
  const twoAtOnce = (jobs: readonly Job[]) => jobs.filter(({ status }) => (status?.active ?? 0) > 0).length >= 2;
  await untilObjects(trial, Resources.jobs, { namespace }, 'two jobs at once', twoAtOnce);
}

async function suspend(trial: Trial): Promise<void> {
  const namespace = await everyMinute(trial, { suspend: true });
  await wait(1.5 * MINUTES_MS);
  expectEqual('jobs of a suspended schedule', (await jobsOf(trial, namespace)).map(nameOf), []);
}

async function forbid(trial: Trial): Promise<void> {
  const namespace = await everyMinute(trial, { concurrencyPolicy: 'Forbid' });
  await untilActive(trial, namespace, 1);
  const [first] = await jobsOf(trial, namespace);
  await wait(1.5 * MINUTES_MS);
  expectEqual(
    'jobs when the first still runs',
    (await jobsOf(trial, namespace)).map(uidOf),
    first ? [uidOf(first)] : [],
  );
  const found = await trial.client.resource(Resources.cronJobs).get({ namespace, name });
  expectEqual('active jobs', activeOf(found).length, 1);
}

async function replace(trial: Trial): Promise<void> {
  const namespace = await everyMinute(trial, { concurrencyPolicy: 'Replace' });
  const before = activeOf(await untilActive(trial, namespace, 1))[0];
  const replaced = (found: CronJob | undefined) =>
    activeOf(found).length === 1 && activeOf(found)[0]?.name !== before?.name;
  const key = { namespace, name };
  await untilObject(trial, Resources.cronJobs, key, 'another job in its place', replaced, SOME_MINUTES_MS);
  const one = (jobs: readonly Job[]) => jobs.length === 1 && nameOf(jobs[0] as Job) !== before?.name;
  await untilObjects(trial, Resources.jobs, { namespace }, 'only the newer job', one);
}

export const cronJobTests: readonly ConformanceTest[] = [
  { name: 'CronJob AllowConcurrent', needs: running, run: allow },
  { name: 'CronJob Suspend', needs: ['slow'], run: suspend },
  { name: 'CronJob ForbidConcurrent', needs: running, run: forbid },
  { name: 'CronJob ReplaceConcurrent', needs: running, run: replace },
];
