import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';
import { annotations } from '../runtime/labels.ts';
import { noDisk } from './disk.ts';
import { terminationMessage } from './termination-message.ts';

const directories = { root: '/kubelet', podLogs: '/logs' };
const pod: Pod = { metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { containers: [] } };
const ended = (exitCode: number, policy = 'File') =>
  ({
    name: 'app',
    attempt: 0,
    exitCode,
    message: '',
    logPath: 'app/2.log',
    annotations: { [annotations.restartCount]: '2', [annotations.terminationMessagePolicy]: policy },
  }) as unknown as RuntimeContainerStatus;
const messageWith = (files: Record<string, string>, status: RuntimeContainerStatus) =>
  terminationMessage(
    pod,
    status,
    { ...noDisk, readTail: async (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])) },
    directories,
  );
const LOG = '2026-01-01T00:00:00Z stdout F one\n2026-01-01T00:00:00Z stderr F two\n';

test('terminationMessage() is what the container wrote to its message file', async () => {
  assert.equal(
    await messageWith(
      { '/kubelet/pods/u/containers/app/2': 'bye', '/logs/ns_p_u/app/2.log': LOG },
      ended(1, 'FallbackToLogsOnError'),
    ),
    'bye',
  );
});

test('terminationMessage() falls back to the log only after an error and only when asked to', async () => {
  const files = { '/kubelet/pods/u/containers/app/2': '', '/logs/ns_p_u/app/2.log': LOG };
  assert.equal(await messageWith(files, ended(1, 'FallbackToLogsOnError')), 'one\ntwo\n');
  assert.equal(await messageWith(files, ended(0, 'FallbackToLogsOnError')), '');
  const unfinished = { '/logs/ns_p_u/app/2.log': '2026-01-01T00:00:00Z stdout P DONE\n' };
  assert.equal(await messageWith(unfinished, ended(1, 'FallbackToLogsOnError')), 'DONE');
  assert.equal(await messageWith(files, ended(1)), '');
});
