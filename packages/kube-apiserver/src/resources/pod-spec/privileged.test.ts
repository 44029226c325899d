import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '@steersman/api';
import { startTestServer } from '../../test-server.ts';

const labels = { app: 'a' };
const spec = { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] };

test('refusingPrivileged() refuses privileged containers of pods and templates where the server forbids them', async () => {
  await using api = await startTestServer({ extensions: {}, config: { allowPrivileged: false } });
  await api.server.ready;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await api.send('POST', '/api/v1/namespaces/default/serviceaccounts', account);
  const causesOf = async (path: string, body: object) => {
    const { status, body: answer } = await api.send<Status>('POST', path, body);
    const causes = (answer.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
    return status === 422 ? causes : [String(status)];
  };
  const refusal = (at: string) => [
    `${at}.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy`,
  ];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec };
  assert.deepEqual(await causesOf('/api/v1/namespaces/default/pods', pod), refusal('spec'));
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  assert.deepEqual(
    await causesOf('/apis/apps/v1/namespaces/default/deployments', deployment),
    refusal('spec.template.spec'),
  );
});
