import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerStatus, Pod } from '@steersman/api';
import { podColumns, summarize } from './pod-columns.ts';

const NOW = Date.parse('2026-01-01T00:05:00Z');
const status = (name: string, extra: Partial<ContainerStatus>): ContainerStatus => ({
  name,
  ready: false,
  restartCount: 0,
  image: '',
  imageID: '',
  ...extra,
});
const pod = (extra: Partial<Pod> & { readonly init?: readonly string[] }): Pod => ({
  metadata: { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z', ...extra.metadata },
  spec: {
    containers: [{ name: 'a' }],
    ...(extra.init === undefined ? {} : { initContainers: extra.init.map((name) => ({ name })) }),
    ...extra.spec,
  },
  status: extra.status ?? {},
});

const table: readonly (readonly [string, Pod, string])[] = [
  ['Pending', pod({ status: { phase: 'Pending' } }), 'Pending'],
  [
    'Running',
    pod({ status: { phase: 'Running', containerStatuses: [status('a', { ready: true, state: { running: {} } })] } }),
    'Running',
  ],
  [
    'CrashLoopBackOff',
    pod({
      status: {
        phase: 'Running',
        containerStatuses: [status('a', { state: { waiting: { reason: 'CrashLoopBackOff' } } })],
      },
    }),
    'CrashLoopBackOff',
  ],
  [
    'Completed',
    pod({
      status: {
        phase: 'Succeeded',
        containerStatuses: [status('a', { state: { terminated: { exitCode: 0, reason: 'Completed' } } })],
      },
    }),
    'Completed',
  ],
  [
    'ExitCode:3',
    pod({ status: { phase: 'Failed', containerStatuses: [status('a', { state: { terminated: { exitCode: 3 } } })] } }),
    'ExitCode:3',
  ],
  [
    'Init:0/2',
    pod({
      init: ['i', 'j'],
      status: { phase: 'Pending', initContainerStatuses: [status('i', { state: { running: {} } })] },
    }),
    'Init:0/2',
  ],
  [
    'Init:Error',
    pod({
      init: ['i'],
      status: {
        phase: 'Pending',
        initContainerStatuses: [status('i', { state: { terminated: { exitCode: 1, reason: 'Error' } } })],
      },
    }),
    'Init:Error',
  ],
  [
    'Terminating',
    pod({ metadata: { name: 'p', deletionTimestamp: '2026-01-01T00:01:00Z' }, status: { phase: 'Running' } }),
    'Terminating',
  ],
  ['Evicted', pod({ status: { phase: 'Failed', reason: 'Evicted' } }), 'Evicted'],
  [
    'SchedulingGated',
    pod({
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
    }),
    'SchedulingGated',
  ],
];
for (const [name, object, expected] of table)
  test(`summarize() says ${name}`, () => assert.equal(summarize(object).status, expected));

test('podColumns show restarts with the time since the last one', () => {
  const restarted = status('a', {
    ready: true,
    restartCount: 3,
    state: { running: {} },
    lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:00:00Z' } },
  });
  const cells = podColumns.map(({ value }) =>
    value(pod({ status: { phase: 'Running', containerStatuses: [restarted] } }), NOW),
  );
  assert.deepEqual(cells, ['p', '1/1', 'Running', '3 (5m ago)', '5m', '<none>', '<none>', '<none>', '<none>']);
});
