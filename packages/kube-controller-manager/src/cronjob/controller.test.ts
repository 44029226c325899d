import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CronJob, Resources } from '@steersman/api';
import { startFakeCluster } from '../fake/cluster.ts';
import { jobController } from '../job/controller.ts';
import { cronJobController } from './controller.ts';

const at = { namespace: 'default', name: 'nightly' };
const nightly = (spec: Partial<CronJob['spec']> = {}): CronJob => ({
  metadata: at,
  spec: {
    schedule: '*/5 * * * *',
    concurrencyPolicy: 'Allow',
    jobTemplate: {
      spec: {
        completions: 1,
        parallelism: 1,
        selector: { matchLabels: { job: 'nightly' } },
        template: {
          metadata: { labels: { job: 'nightly' } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'c' }] },
        },
      },
    },
    ...spec,
  },
});
async function setUp(spec: Partial<CronJob['spec']> = {}) {
  const cluster = await startFakeCluster({ controllers: [cronJobController, jobController] });
  await cluster.client.resource(Resources.cronJobs).create(nightly(spec));
  await cluster.advance();
  const jobs = async () => (await cluster.client.resource(Resources.jobs).list()).items;
  return { cluster, jobs };
}

test('cronJobController starts a job at each time and keeps only so many finished ones', async () => {
  const { cluster, jobs } = await setUp({ successfulJobsHistoryLimit: 1 });
  assert.equal((await jobs()).length, 0);
  for (let run = 0; run < 3; run += 1) {
    await cluster.advance(300_000);
    await cluster.runPods();
    await cluster.finishPods('Succeeded', 0);
  }
  const left = await jobs();
  assert.equal(left.length, 1);
  assert.equal(left[0]?.metadata.name, `nightly-${Date.UTC(2026, 0, 1, 0, 15) / 60_000}`);
  const { status } = await cluster.client.resource(Resources.cronJobs).get(at);
  assert.deepEqual([status?.active ?? [], status?.lastScheduleTime], [[], '2026-01-01T00:15:00Z']);
  assert.notEqual(status?.lastSuccessfulTime, undefined);
  cluster.stop();
});

test('cronJobController honours Forbid, Replace and suspend', async () => {
  const forbid = await setUp({ concurrencyPolicy: 'Forbid' });
  await forbid.cluster.advance(700_000);
  assert.equal((await forbid.jobs()).length, 1);
  forbid.cluster.stop();
  const replace = await setUp({ concurrencyPolicy: 'Replace' });
  await replace.cluster.advance(700_000);
  assert.deepEqual(
    (await replace.jobs()).map(({ metadata }) => metadata.name),
    [`nightly-${Date.UTC(2026, 0, 1, 0, 10) / 60_000}`],
  );
  replace.cluster.stop();
  const suspended = await setUp({ suspend: true });
  await suspended.cluster.advance(700_000);
  assert.equal((await suspended.jobs()).length, 0);
  suspended.cluster.stop();
});
