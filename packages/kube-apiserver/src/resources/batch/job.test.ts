import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, Resources } from '@steersman/api';
import { type Kind, prepared, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { job } from './job.ts';
import { scheduleProblem } from './schedule.ts';

const kind: Kind<Job> = {
  name: 'job',
  type: Resources.jobs,
  strategy: job,
  good: {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { namespace: 'default', name: 'once' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1' }] } } },
  },
};
const spec = (patch: object) => ({ spec: patch });
const negative = (field: string) => [`Invalid spec.${field}: Invalid value: -1: must be greater than or equal to 0`];

refusesToCreate(kind, [
  ['negative parallelism', spec({ parallelism: -1 }), negative('parallelism')],
  ['negative completions', spec({ completions: -1 }), negative('completions')],
  ['a negative deadline', spec({ activeDeadlineSeconds: -1 }), negative('activeDeadlineSeconds')],
  ['a negative back-off limit', spec({ backoffLimit: -1 }), negative('backoffLimit')],
  ['a negative time to live', spec({ ttlSecondsAfterFinished: -1 }), negative('ttlSecondsAfterFinished')],
  [
    'pods that restart for ever',
    spec({ template: { spec: { restartPolicy: 'Always' } } }),
    ['Required spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    'a template without containers',
    spec({ template: { spec: { containers: [] } } }),
    ['Required spec.template.spec.containers: Required value'],
  ],
  [
    'an unknown completion mode',
    spec({ completionMode: 'Random' }),
    ['NotSupported spec.completionMode: Unsupported value: "Random": supported values: "NonIndexed", "Indexed"'],
  ],
  [
    'an indexed job without completions',
    spec({ completionMode: 'Indexed', parallelism: 2 }),
    ['Required spec.completions: Required value: when completion mode is Indexed'],
  ],
  [
    'a limit per index without indexes',
    spec({ backoffLimitPerIndex: 1 }),
    ['Invalid spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
  ],
  [
    'a selector of its own without saying so',
    spec({ selector: { matchLabels: { a: 'b' } } }),
    [
      'Invalid spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"d0c7e7a4-0000-4000-8000-000000000001"}}: `selector` not auto-generated',
      'Invalid spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"d0c7e7a4-0000-4000-8000-000000000001","controller-uid":"d0c7e7a4-0000-4000-8000-000000000001","batch.kubernetes.io/job-name":"once","job-name":"once"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'a policy on failures with pods that restart',
    spec({
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
      template: { spec: { restartPolicy: 'OnFailure' } },
    }),
    [
      'Invalid spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ],
  ],
]);
refusesToUpdate(kind, [
  ['other completions', spec({ completions: 2 }), ['Invalid spec.completions: Invalid value: 2: field is immutable']],
  [
    'another completion mode',
    spec({ completionMode: 'Indexed' }),
    ['Invalid spec.completionMode: Invalid value: "Indexed": field is immutable'],
  ],
]);

test('job.defaults() makes one pod that must succeed, six tries, and a selector by uid', () => {
  const { spec: filled } = prepared(kind, kind.good);
  const { completions, parallelism, backoffLimit, completionMode, suspend, podReplacementPolicy, selector } = filled;
  assert.deepEqual(
    [completions, parallelism, backoffLimit, completionMode, suspend, podReplacementPolicy],
    [1, 1, 6, 'NonIndexed', false, 'TerminatingOrFailed'],
  );
  assert.deepEqual(selector, {
    matchLabels: { 'batch.kubernetes.io/controller-uid': 'd0c7e7a4-0000-4000-8000-000000000001' },
  });
});

test('scheduleProblem() accepts what cron writes and explains the rest', () => {
  for (const good of ['*/5 * * * *', '0 3 * * mon-fri', '@daily', '@every 1h30m', '1,15 0-6/2 1 jan *'])
    assert.equal(scheduleProblem(good), undefined, good);
  assert.equal(scheduleProblem('* * * *'), 'expected exactly 5 fields, found 4: [* * * *]');
  assert.equal(scheduleProblem('61 * * * *'), 'end of range (61) above maximum (59): 61');
  assert.equal(scheduleProblem('@often'), 'unrecognized descriptor: @often');
});
