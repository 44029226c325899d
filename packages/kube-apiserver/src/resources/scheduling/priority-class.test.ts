import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '@steersman/api';
import { startTestServer } from '../../test-server.ts';

const PATH = '/apis/scheduling.k8s.io/v1/priorityclasses';

test('priorityClass lets nobody change its value or its policy', async () => {
  await using api = await startTestServer();
  await api.send('POST', PATH, { metadata: { name: 'tested' }, value: 1 });
  const patch = async (body: object) => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const { status, body: answer } = await api.send<Status>('PATCH', `${PATH}/tested`, body, headers);
    return `${status} ${answer.message ?? ''}`;
  };
  assert.equal(
    await patch({ value: 2 }),
    '422 PriorityClass.scheduling.k8s.io "tested" is invalid: value: Forbidden: may not be changed in an update.',
  );
  assert.match(
    await patch({ preemptionPolicy: 'Never' }),
    /preemptionPolicy: Invalid value: "Never": field is immutable$/,
  );
  assert.match(await patch({ description: 'another' }), /^200/);
});
