import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CronJob, type Job, Resources } from '@steersman/api';
import { type Kind, prepared, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { cronJob } from './cron-job.ts';
import { countIndexes, overlapOf } from './indexes.ts';
import { job } from './job.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1' }] } };
const kind: Kind<Job> = {
  name: 'job',
  type: Resources.jobs,
  strategy: job,
  good: {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { namespace: 'default', name: 'once' },
    spec: { completionMode: 'Indexed', completions: 5, template },
  },
};
const rule = (patch: object) => ({ spec: { podFailurePolicy: { rules: [patch] } } });
const codes = (patch: object) => rule({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1], ...patch } });
const success = (...rules: object[]) => ({ spec: { successPolicy: { rules } } });
const FAILURE = 'spec.podFailurePolicy.rules[0]';
const SUCCESS = 'spec.successPolicy.rules';

refusesToCreate(kind, [
  [
    'a failure rule without action',
    rule({ onPodConditions: [{ type: 'DisruptionTarget' }] }),
    [`Required ${FAILURE}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`],
  ],
  [
    'a failure rule with an unknown action',
    rule({ action: 'Panic', onPodConditions: [{ type: 'DisruptionTarget' }] }),
    [
      `NotSupported ${FAILURE}.action: Unsupported value: "Panic": supported values: "Count", "FailIndex", "FailJob", "Ignore"`,
    ],
  ],
  [
    'a rule on indexes without their limit',
    rule({ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }),
    [`Invalid ${FAILURE}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`],
  ],
  [
    'a failure rule about nothing',
    rule({ action: 'Count' }),
    [`Invalid ${FAILURE}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`],
  ],
  [
    'a condition that is neither true nor false',
    rule({ action: 'Count', onPodConditions: [{ type: 'X', status: 'Maybe' }] }),
    [
      `NotSupported ${FAILURE}.onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"`,
    ],
  ],
  [
    'exit codes of an unknown container',
    codes({ containerName: 'x' }),
    [
      `Invalid ${FAILURE}.onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template`,
    ],
  ],
  [
    'success among the failures, twice and unordered',
    codes({ values: [3, 0, 3] }),
    [
      `Invalid ${FAILURE}.onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator`,
      `Duplicate ${FAILURE}.onExitCodes.values[2]: Duplicate value: 3`,
      `Invalid ${FAILURE}.onExitCodes.values: Invalid value: [3,0,3]: must be ordered`,
    ],
  ],
  [
    'success by no rule',
    success(),
    [`Required ${SUCCESS}: Required value: at least one rules must be specified when the successPolicy is specified`],
  ],
  [
    'success of nothing',
    success({}),
    [`Required ${SUCCESS}[0]: Required value: at least one of succeededCount or succeededIndexes must be specified`],
  ],
  [
    'success of indexes that there are not',
    success({ succeededIndexes: '1-9' }),
    [
      `Invalid ${SUCCESS}[0].succeededIndexes: Invalid value: "1-9": error parsing succeededIndexes: too large index: "9"`,
    ],
  ],
  [
    'more successes than indexes',
    success({ succeededIndexes: '0-1', succeededCount: 6 }),
    [
      `Invalid ${SUCCESS}[0].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)`,
      `Invalid ${SUCCESS}[0].succeededCount: Invalid value: 6: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)`,
    ],
  ],
  [
    'replacements of pods that may come back',
    { spec: { podReplacementPolicy: 'Sometimes' } },
    [
      'NotSupported spec.podReplacementPolicy: Unsupported value: "Sometimes": supported values: "Failed", "TerminatingOrFailed"',
    ],
  ],
  [
    'a manager without a domain',
    { spec: { managedBy: 'me' } },
    ['Invalid spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    'a name that its pods cannot have',
    { metadata: { name: 'a.b' } },
    ['Invalid metadata.name: Invalid value: "a.b": will not able to create pod with invalid DNS label: a.b-4'],
  ],
]);
refusesToUpdate(kind, [
  [
    'completions without parallelism',
    { spec: { completions: 4 } },
    ['Invalid spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism'],
  ],
  [
    'a limit per index',
    { spec: { backoffLimitPerIndex: 1 } },
    ['Invalid spec.backoffLimitPerIndex: Invalid value: 1: field is immutable'],
  ],
  [
    'a manager',
    { spec: { managedBy: 'acme.io/queue' } },
    ['Invalid spec.managedBy: Invalid value: "acme.io/queue": field is immutable'],
  ],
]);

const at = (status: object, patch: object = {}): Job => {
  const made = prepared(kind, kind.good);
  return { ...made, spec: { ...made.spec, ...patch }, status };
};
const moved = (status: object, old: object = {}, patch: object = {}): string[] =>
  (job.status?.validateUpdate?.(at(status, patch), at(old, patch)) ?? []).map(
    ({ field, message }) => `${field}: ${message}`,
  );
const holds = (...types: string[]) => types.map((type) => ({ type, status: 'True' }));
const [startTime, completionTime] = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'];

test('job.status accepts the way of a job that succeeds', () => {
  const running = { startTime, active: 1, ready: 1 };
  const deciding = { startTime, succeeded: 5, conditions: holds('SuccessCriteriaMet') };
  const done = { startTime, completionTime, succeeded: 5, conditions: holds('SuccessCriteriaMet', 'Complete') };
  assert.deepEqual(moved(running), []);
  assert.deepEqual(moved(deciding, running), []);
  assert.deepEqual(moved(done, deciding), []);
});

test('job.status refuses ends that contradict themselves', () => {
  assert.deepEqual(moved({ startTime, completionTime, conditions: holds('Complete') }), [
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ]);
  assert.deepEqual(moved({ startTime, conditions: holds('Failed') }), [
    'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
  ]);
  assert.deepEqual(moved({ active: 1, conditions: holds('FailureTarget', 'Failed') }), [
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
    'status.startTime: Required value: startTime is required for finished job',
  ]);
  assert.deepEqual(moved({ failed: 0 }, { failed: 1, conditions: holds('FailureTarget') }), [
    'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition',
    'status.failed: Invalid value: 0: cannot decrease the failed counter',
  ]);
});

test('job.status refuses indexes that overlap, and ready pods that are not active', () => {
  const limited = { backoffLimitPerIndex: 1 };
  assert.deepEqual(moved({ completedIndexes: '0-2', failedIndexes: '2' }, {}, limited), [
    'status.failedIndexes: Invalid value: "2": failedIndexes and completedIndexes overlap at index: 2',
  ]);
  assert.deepEqual(moved({ ready: 2, active: 1 }), [
    'status.ready: Invalid value: 2: cannot set more ready pods than active',
  ]);
});

test('job.validateUpdate() lets an idle job move elsewhere, and nothing else of its template', () => {
  const idle = at({}, { suspend: true });
  const change = (patch: object) => {
    const pod = { ...idle.spec.template?.spec, ...patch };
    const spec = { ...idle.spec, template: { ...idle.spec.template, spec: pod } };
    return (job.validateUpdate?.({ ...idle, spec } as Job, idle) ?? []).map(({ field }) => field);
  };
  assert.deepEqual(change({ nodeSelector: { a: 'b' } }), []);
  assert.deepEqual(change({ terminationGracePeriodSeconds: 1 }), ['spec.template']);
});

test('countIndexes() counts intervals and explains malformed ones', () => {
  assert.equal(countIndexes('0,2-4', 5), 4);
  assert.deepEqual(countIndexes('3-2', 5), { problem: 'non-increasing order, previous: 3, current: 2' });
  assert.deepEqual(countIndexes('x', 5), { problem: 'cannot convert string to integer for index: "x"' });
  assert.equal(overlapOf('0-1,4', '2-3', 5), undefined);
});

const crons: Kind<CronJob> = {
  name: 'cronJob',
  type: Resources.cronJobs,
  strategy: cronJob,
  good: {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { namespace: 'default', name: 'nightly' },
    spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template } } },
  },
};
refusesToCreate(crons, [
  ['no schedule', { spec: { schedule: '' } }, ['Required spec.schedule: Required value']],
  [
    'a zone inside the schedule',
    { spec: { schedule: 'TZ=UTC 0 3 * * *' } },
    [
      'Invalid spec.schedule: Invalid value: "TZ=UTC 0 3 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  ],
  [
    'a zone without name',
    { spec: { timeZone: '' } },
    ['Invalid spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
  ],
  [
    'the zone of the host',
    { spec: { timeZone: 'Local' } },
    [
      'Invalid spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
  ],
  [
    'an unknown zone',
    { spec: { timeZone: 'Amerika/New_York' } },
    ['Invalid spec.timeZone: Invalid value: "Amerika/New_York": unknown time zone Amerika/New_York'],
  ],
  [
    'an unknown policy',
    { spec: { concurrencyPolicy: 'Race' } },
    ['NotSupported spec.concurrencyPolicy: Unsupported value: "Race": supported values: "Allow", "Forbid", "Replace"'],
  ],
  [
    'a selector in the template',
    { spec: { jobTemplate: { spec: { selector: { matchLabels: { a: 'b' } } } } } },
    [
      'Invalid spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
    ],
  ],
  [
    'a name too long for its jobs',
    { metadata: { name: 'a'.repeat(53) } },
    [`Invalid metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`],
  ],
]);
