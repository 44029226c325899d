import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { callInProcess, type Peer } from '@steersman/server';
import type { KubeletAccess, KubeletAccessControl, KubeletServerBackend, LogOptions } from './contract.ts';
import { createKubeletHandler } from './handler.ts';

const pod: Pod = {
  metadata: { name: 'web', namespace: 'ns', uid: 'u' },
  spec: { containers: [{ name: 'main' }] },
  status: {
    containerStatuses: [
      {
        name: 'main',
        image: 'i',
        imageID: '',
        ready: true,
        restartCount: 0,
        containerID: 'containerd://abc',
        state: { running: {} },
      },
    ],
  },
};

function setUp(access: Partial<KubeletAccessControl> = {}) {
  const asked: { readonly id: string; readonly options: LogOptions }[] = [];
  const backend: KubeletServerBackend = {
    pods: () => [pod],
    runningPods: async () => [],
    async logs(_reference, id, options) {
      asked.push({ id, options });
      return (async function* () {
        yield Buffer.from('one\n');
        yield Buffer.from('two\n');
      })();
    },
    exec: () => Promise.reject(new Error('never')),
    attach: () => Promise.reject(new Error('never')),
    portForward: () => Promise.reject(new Error('never')),
    run: async (_reference, command) => Buffer.from(command.join('|')),
    statsSummary: async (options) => options,
    metrics: {
      own: async () => 'own',
      cadvisor: async () => 'cadvisor',
      resource: async () => 'resource',
      probes: async () => 'probes',
    },
    configuration: () => ({ kind: 'KubeletConfiguration' }),
    unhealthy: () => undefined,
  };
  const control: KubeletAccessControl = {
    authenticate: async () => ({ name: 'admin', groups: [] }),
    authorize: async () => true,
    ...access,
  };
  const handler = createKubeletHandler({ backend, access: control, effects: fakeEffects() });
  const peer: Peer = { remoteAddress: '192.0.2.1', scheme: 'https' };
  const call = async (path: string, method = 'GET', headers = {}) => {
    const answer = await callInProcess(handler, peer, { method, path, headers });
    let body = '';
    for await (const chunk of answer.body) body += Buffer.from(chunk).toString();
    return { status: answer.status, body };
  };
  return { call, asked };
}

test('createKubeletHandler() streams the log of the right instance with its options', async () => {
  const { call, asked } = setUp();
  const answer = await call('/containerLogs/ns/web/main?tailLines=5&timestamps=true&sinceSeconds=10');
  assert.deepEqual(answer, { status: 200, body: 'one\ntwo\n' });
  const { sinceMs, ...options } = asked[0]!.options;
  assert.deepEqual(options, { follow: false, timestamps: true, stream: 'All', tailLines: 5 });
  assert.equal(typeof sinceMs, 'number');
  assert.equal(asked[0]?.id, 'abc');
});

const answers: readonly [string, string, number, string][] = [
  ['GET', '/pods', 200, '"kind":"PodList"'],
  ['GET', '/healthz', 200, 'ok'],
  ['GET', '/metrics', 200, 'own'],
  ['GET', '/metrics/cadvisor', 200, 'cadvisor'],
  ['GET', '/metrics/other', 404, ''],
  ['GET', '/stats/summary?only_cpu_and_memory=true', 200, '{"onlyCpuAndMemory":true}'],
  ['GET', '/configz', 200, '"kubeletconfig":{"kind":"KubeletConfiguration"}'],
  ['POST', '/run/ns/web/main?cmd=ls%20-l', 200, 'ls|-l'],
  ['GET', '/run/ns/web/main?cmd=ls', 405, ''],
  ['GET', '/containerLogs/ns/absent/main', 404, 'pod "absent" does not exist'],
  ['GET', '/containerLogs/ns/web/other', 404, 'container "other" not found in pod "web"'],
  ['GET', '/containerLogs/ns/web/main?tailLines=-1', 422, 'Invalid request.'],
  [
    'GET',
    '/containerLogs/ns/web/main?previous=true',
    400,
    'previous terminated container "main" in pod "web" not found',
  ],
  ['GET', '/constructor', 404, ''],
  ['GET', '/logs/../etc/passwd', 405, ''],
  ['GET', '/%zz', 400, ''],
  ['POST', '/exec/ns/web/main?command=ls&output=1', 400, 'Upgrade request required'],
];
for (const [method, path, status, body] of answers) {
  test(`createKubeletHandler() answers ${method} ${path} with ${status}`, async () => {
    const answer = await setUp().call(path, method);
    assert.equal(answer.status, status);
    assert.ok(answer.body.includes(body), answer.body);
  });
}

test('createKubeletHandler() refuses unknown users, and users who may not', async () => {
  const unknown = setUp({ authenticate: async () => undefined });
  assert.equal((await unknown.call('/pods')).status, 401);
  const asked: KubeletAccess[] = [];
  const refused = setUp({
    authorize: async (_user, access) => {
      asked.push(access);
      return false;
    },
  });
  const answer = await refused.call('/pods');
  assert.equal(answer.status, 403);
  assert.equal(answer.body, 'Forbidden (user=admin, verb=get, resource=nodes, subresource(s)=[pods proxy])\n');
  assert.deepEqual(
    asked.map(({ subresource }) => subresource),
    ['pods', 'proxy'],
  );
});

test('createKubeletHandler() passes only verified certificates and bearer tokens on', async () => {
  const seen: unknown[] = [];
  const { call } = setUp({
    authenticate: async (credentials) => {
      seen.push(credentials);
      return undefined;
    },
  });
  await call('/pods', 'GET', { authorization: 'Bearer secret' });
  await call('/pods', 'GET', { authorization: 'Basic secret' });
  assert.deepEqual(seen, [{ bearerToken: 'secret' }, {}]);
});
