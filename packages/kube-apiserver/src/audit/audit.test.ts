import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import { openAuditLog } from '../adapters/audit-log.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { parsePath } from '../pipeline/request-info.ts';
import { startTestServer } from '../test-server.ts';
import { batched, eventLine } from './backends.ts';
import type { AuditEvent } from './event.ts';
import { auditPolicy } from './policy.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const policyText = (rules: string, more = '') => `apiVersion: audit.k8s.io/v1
kind: Policy
${more}
rules:
${rules}`;
const ANN = { name: 'ann', groups: ['dev', 'system:authenticated'] };

test('auditPolicy takes the level of the first rule that matches', () => {
  const policy = auditPolicy(
    policyText(`- {level: None, users: [robot]}
- {level: RequestResponse, resources: [{group: "", resources: [secrets, "pods/*"]}], omitManagedFields: true}
- {level: Request, namespaces: [kube-system], verbs: [delete]}
- {level: Metadata, nonResourceURLs: ["/healthz*"], omitStages: [RequestReceived]}
- {level: Metadata, userGroups: [dev], resources: [{group: apps}]}`),
  );
  const level = (path: string, verb = 'get', user = ANN) => policy(user, { ...parsePath(path), verb }, path).level;
  assert.equal(level('/api/v1/namespaces/x/secrets/s'), 'RequestResponse');
  assert.equal(level('/api/v1/namespaces/x/secrets/s', 'get', { name: 'robot', groups: [] }), 'None');
  assert.equal(level('/api/v1/namespaces/x/pods/p/log'), 'RequestResponse');
  assert.equal(level('/api/v1/namespaces/x/services/s'), 'None');
  assert.equal(level('/api/v1/namespaces/kube-system/services/s', 'delete'), 'Request');
  assert.equal(level('/healthz/etcd'), 'Metadata');
  assert.equal(level('/apis/apps/v1/deployments', 'list'), 'Metadata');
});

test('auditPolicy refuses what is no policy', () => {
  for (const text of [
    'kind: Policy',
    policyText('[]'),
    policyText('- {level: Loud}'),
    policyText('- {level: None, omitStages: [Never]}'),
  ])
    assert.throws(() => auditPolicy(text), ConfigurationError, text);
});

async function audited(rules: string, more = '') {
  const events: AuditEvent[] = [];
  const audit = { policy: auditPolicy(policyText(rules, more)), sink: (event: AuditEvent) => void events.push(event) };
  return { events, api: await startTestServer({ audit }) };
}

test('events tell who did what to which object, with both objects where the policy wants them', async () => {
  const { events, api } = await audited('- {level: RequestResponse, verbs: [create]}', 'omitManagedFields: true');
  const { headers } = await api.send(
    'POST',
    MAPS,
    { metadata: { name: 'm' }, data: { a: 'b' } },
    { 'user-agent': 'me' },
  );
  assert.deepEqual(
    events.map(({ stage }) => stage),
    ['RequestReceived', 'ResponseComplete'],
  );
  const last = events[1] as AuditEvent & { responseObject: { metadata: object }; requestObject: { data: object } };
  assert.equal(last.auditID, headers['audit-id']);
  assert.deepEqual(last.objectRef, { resource: 'configmaps', namespace: 'default', name: 'm', apiVersion: 'v1' });
  assert.deepEqual(last.responseStatus, { metadata: {}, code: 201 });
  assert.deepEqual(last.requestObject.data, { a: 'b' });
  assert.equal('managedFields' in last.responseObject.metadata, false);
  assert.equal(last.annotations?.['authorization.k8s.io/decision'], 'allow');
  assert.equal(last.userAgent, 'me');
  await api.server.close();
});

test('events of refused and impersonated requests say so, and stages may be left out', async () => {
  const { events, api } = await audited('- {level: Metadata}', 'omitStages: [RequestReceived]');
  const missing = await api.send('GET', `${MAPS}/none`, undefined, { 'audit-id': 'mine', 'impersonate-user': 'bob' });
  assert.equal(missing.headers['audit-id'], 'mine');
  assert.equal(events.length, 1);
  const [event] = events as [AuditEvent & { responseStatus: { reason: string; code: number } }];
  assert.equal(event.responseStatus.code, 403);
  assert.equal(event.responseStatus.reason, 'Forbidden');
  assert.deepEqual(event.impersonatedUser, { username: 'bob', groups: ['system:authenticated'] });
  assert.equal(event.requestObject, undefined);
  assert.equal(event.responseObject, undefined);
  await api.server.close();
});

test('watches tell when they have begun', async () => {
  const { events, api } = await audited('- {level: Metadata}');
  const watch = api.watch(`${MAPS}?watch=1`);
  const first = watch.next();
  await api.send('POST', MAPS, { metadata: { name: 'm' } });
  await first;
  const stages = events.filter(({ verb }) => verb === 'watch').map(({ stage }) => stage);
  assert.deepEqual(stages, ['RequestReceived', 'ResponseStarted']);
  await api.server.close();
  await first;
  assert.equal(events.at(-1)?.stage, 'ResponseComplete');
});

test('openAuditLog begins a new file when one has grown, and keeps so many old ones', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  try {
    let now = Date.parse('2026-01-02T03:04:05.006Z');
    const path = join(folder, 'audit.log');
    const log = openAuditLog({ path, sizeMax: 1, backupsMax: 1, ageDaysMax: 0, compress: false, now: () => now });
    const line = `${'x'.repeat(700_000)}\n`;
    for (let count = 0; count < 3; count++) {
      log.write(line);
      now += 1000;
    }
    log.close();
    assert.deepEqual(readdirSync(folder).sort(), ['audit-2026-01-02T03-04-07.006.log', 'audit.log']);
    assert.equal(readFileSync(path, 'utf8'), line);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('batched sends events together, after a while at the latest', async () => {
  const clock = fakeClock();
  const sent: number[] = [];
  const { sink, flush } = batched({
    clock,
    log: silentLogger,
    send: async (events) => void sent.push(events.length),
  });
  const event = { auditID: 'x' } as AuditEvent;
  for (let count = 0; count < 401; count++) sink(event);
  await clock.advance(31_000);
  await flush();
  assert.deepEqual(sent, [400, 1]);
  assert.equal(eventLine(event), '{"auditID":"x"}\n');
});
