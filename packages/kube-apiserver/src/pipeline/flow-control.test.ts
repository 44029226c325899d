import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowSchema, PriorityLevelConfiguration } from '@steersman/api';
import type { AdmissionPlugin } from '../admission/contract.ts';
import { startTestServer } from '../test-server.ts';

const ROOT = '/apis/flowcontrol.apiserver.k8s.io/v1';
const API = 'flowcontrol.apiserver.k8s.io/v1';
const MAPS = '/api/v1/namespaces/default/configmaps';
const user = (name: string, ...groups: string[]) => ({ name, groups: ['system:authenticated', ...groups] });
const ANN = user('ann');
const BOB = user('bob');
const turn = () => new Promise(setImmediate);

function level(name: string, limitResponse: object): PriorityLevelConfiguration {
  const limited = { nominalConcurrencyShares: 100, limitResponse };
  return {
    apiVersion: API,
    kind: 'PriorityLevelConfiguration',
    metadata: { name },
    spec: { type: 'Limited', limited },
  } as PriorityLevelConfiguration;
}

function schema(name: string, levelName: string, more: object = {}): FlowSchema {
  const all = ['*'];
  return {
    apiVersion: API,
    kind: 'FlowSchema',
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: levelName },
      matchingPrecedence: 500,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'Group', group: { name: 'system:authenticated' } }],
          resourceRules: [{ verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true }],
          ...more,
        },
      ],
    },
  };
}

/** A server with one seat for everybody but masters; writes of configmaps hold theirs until told. */
async function setUp(limitResponse: object) {
  const open = Promise.withResolvers<void>();
  const seen: string[] = [];
  const gate: AdmissionPlugin = {
    name: 'Gate',
    handles: ({ resource }) => resource.plural === 'configmaps',
    mutate: async ({ user: { name } }) => {
      seen.push(name);
      await open.promise;
    },
  };
  const extensions = { subresourceHandlers: () => [], admissionPlugins: () => [gate], postStartHooks: () => [] };
  const api = await startTestServer({
    extensions,
    maxRequestsInFlight: 1,
    maxMutatingRequestsInFlight: 0,
    authorizationModes: ['AlwaysAllow'],
  });
  assert.equal(
    (await api.send('POST', `${ROOT}/prioritylevelconfigurations`, level('one', limitResponse))).status,
    201,
  );
  assert.equal((await api.send('POST', `${ROOT}/flowschemas`, schema('all', 'one'))).status, 201);
  const post = (name: string, who: { readonly name: string; readonly groups: string[] }) =>
    api.send('POST', MAPS, { metadata: { name } }, {}, who);
  return { api, seen, post, open: () => open.resolve() };
}

test('flowControlStage serves waiting flows in turn', async () => {
  const { api, seen, post, open } = await setUp({
    type: 'Queue',
    queuing: { queues: 64, handSize: 1, queueLengthLimit: 50 },
  });
  const answers = [post('a', ANN), post('b', ANN), post('c', ANN), post('d', BOB)];
  await turn();
  assert.deepEqual(seen, ['ann']);
  const metrics = await api.send<string>('GET', '/metrics');
  assert.match(metrics.body, /current_inqueue_requests\{priority_level="one",flow_schema="all"\} 3/);
  open();
  assert.deepEqual(
    (await Promise.all(answers)).map(({ status }) => status),
    [201, 201, 201, 201],
  );
  assert.equal(seen.indexOf('bob') < 3, true, 'bob does not wait behind all of ann');
  const after = (await api.send<string>('GET', '/metrics')).body;
  assert.match(after, /dispatched_requests_total\{priority_level="one",flow_schema="all"\} 4/);
  assert.match(after, /current_executing_requests\{priority_level="one",flow_schema="all"\} 0/);
  await api.server.close();
});

test('flowControlStage refuses what no queue takes, in plain text with Retry-After, and never masters', async () => {
  const { api, post, open } = await setUp({ type: 'Reject' });
  const first = post('a', ANN);
  await turn();
  const refused = await post('b', BOB);
  assert.deepEqual(
    [refused.status, refused.headers['retry-after'], refused.body],
    [429, '1', 'Too many requests, please try again later.\n'],
  );
  const master = api.send('GET', MAPS);
  assert.equal((await master).status, 200);
  open();
  assert.equal((await first).status, 201);
  assert.match(
    (await api.send<string>('GET', '/metrics')).body,
    /rejected_requests_total\{priority_level="one",flow_schema="all",reason="concurrency-limit"\} 1/,
  );
  await api.server.close();
});

test('flowControlStage refuses who has waited too long', async () => {
  const { api, post, open } = await setUp({ type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 } });
  const first = post('a', ANN);
  const second = post('b', BOB);
  await turn();
  assert.equal((await post('c', BOB)).status, 429, 'the queue is full');
  await api.effects.clock.advance(16_000);
  assert.equal((await second).status, 429);
  open();
  assert.equal((await first).status, 201);
  await api.server.close();
});

test('responses name the schema and the level of their request, and follow changes of them at once', async () => {
  await using api = await startTestServer({ authorizationModes: ['AlwaysAllow'] });
  const uids = async (who = ANN) => {
    const { headers } = await api.send('GET', MAPS, undefined, {}, who);
    return [headers['x-kubernetes-pf-flowschema-uid'], headers['x-kubernetes-pf-prioritylevel-uid']];
  };
  assert.deepEqual(await uids(), ['', '']);
  type Made = { metadata: { uid: string } };
  const made = await api.send<Made>('POST', `${ROOT}/prioritylevelconfigurations`, level('one', { type: 'Reject' }));
  const missing = await api.send<Made>('POST', `${ROOT}/flowschemas`, schema('dangling', 'nowhere'));
  assert.equal(missing.status, 201);
  assert.deepEqual(await uids(), ['', ''], 'a schema without its level takes nothing');
  const subjects = [{ kind: 'User', user: { name: 'ann' } }];
  const flow = await api.send<Made>('POST', `${ROOT}/flowschemas`, schema('ann', 'one', { subjects }));
  assert.deepEqual(await uids(), [flow.body.metadata.uid, made.body.metadata.uid]);
  assert.deepEqual(await uids(BOB), ['', '']);
});

test('the server says on a FlowSchema whether its priority level exists', async () => {
  await using api = await startTestServer();
  await api.server.ready;
  await api.send('POST', `${ROOT}/flowschemas`, schema('s', 'late'));
  const dangling = async () => {
    await api.effects.clock.advance(300);
    await turn();
    const { body } = await api.send<FlowSchema>('GET', `${ROOT}/flowschemas/s`);
    return body.status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
  };
  assert.deepEqual(await dangling(), ['Dangling True NotFound']);
  await api.send('POST', `${ROOT}/prioritylevelconfigurations`, level('late', { type: 'Reject' }));
  assert.deepEqual(await dangling(), ['Dangling False Found']);
});

test('the dumps of flow control show levels, queues and requests', async () => {
  const { api, post, open } = await setUp({ type: 'Queue', queuing: { queues: 2, handSize: 1, queueLengthLimit: 5 } });
  const answers = [post('a', ANN), post('b', BOB)];
  await turn();
  const dump = async (page: string) => {
    const { body } = await api.send<string>('GET', `/debug/api_priority_and_fairness/dump_${page}`);
    return body.trimEnd().split('\n');
  };
  const [head, ...levels] = await dump('priority_levels');
  assert.match(
    head ?? '',
    /^PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ExecutingRequests, /,
  );
  assert.match(
    levels.find((line) => line.startsWith('one,')) ?? '',
    /^one, +1, +false, +false, +1, +1, +1, +0, +0, +0$/,
  );
  assert.equal((await dump('queues')).filter((line) => line.startsWith('one,')).length, 2);
  const requests = (await dump('requests?includeRequestDetails=1')).filter((line) => line.startsWith('one,'));
  assert.match(
    requests[0] ?? '',
    /^one, +all, +[01], +0, +bob, .* 1, +0, +0s, .*, +bob, +create, +\/api\/v1\/.*configmaps, $/,
  );
  assert.match(requests[1] ?? '', /^one, +all, +-1, +-1, +ann, /);
  open();
  await Promise.all(answers);
  assert.equal((await dump('requests')).filter((line) => line.startsWith('one,')).length, 0);
  await api.server.close();
});
