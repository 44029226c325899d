import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

test('kinds without rules of their own are held to the declared ones', async () => {
  await using api = await startTestServer({ runtimeConfig: new Map([['scheduling.k8s.io/v1alpha2', 'true']]) });
  const group = {
    apiVersion: 'scheduling.k8s.io/v1alpha2',
    kind: 'PodGroup',
    metadata: { name: 'g' },
    spec: { schedulingPolicy: { basic: {}, gang: { minCount: 2 } } },
  };
  const path = '/apis/scheduling.k8s.io/v1alpha2/namespaces/default/podgroups';
  const refused = await api.send<Status>('POST', path, group);
  assert.equal(refused.status, 422);
  assert.match(refused.body.message ?? '', /must specify exactly one of: `basic`, `gang`/);
  const fine = await api.send('POST', path, { ...group, spec: { schedulingPolicy: { basic: {} } } });
  assert.equal(fine.status, 201, JSON.stringify(fine.body));
  const changed = await api.send<Status>('PUT', `${path}/g`, {
    ...group,
    spec: { schedulingPolicy: { gang: { minCount: 2 } } },
  });
  assert.match(changed.body.message ?? '', /spec.schedulingPolicy: Invalid value: .* field is immutable/);
});
