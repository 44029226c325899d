import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEvent } from '../../audit/event.ts';
import { auditPolicy } from '../../audit/policy.ts';
import { ConfigurationError } from '../../configuration-error.ts';
import { startTestServer, type TestServer } from '../../test-server.ts';
import { podSecuritySettings } from './configuration.ts';
import { policiesOf } from './policy.ts';

const CONFIGURATION = { apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration' };
const PREFIX = 'pod-security.kubernetes.io';
const LATEST = Number.POSITIVE_INFINITY;
const privileged = { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] };

test('podSecuritySettings() reads defaults and exemptions, and refuses what it cannot read', () => {
  const { defaults, exempt } = podSecuritySettings({
    ...CONFIGURATION,
    defaults: { enforce: 'baseline', 'enforce-version': 'v1.30', warn: 'restricted' },
    exemptions: { namespaces: ['open'] },
  });
  assert.deepEqual(defaults, {
    enforce: { level: 'baseline', version: 30 },
    audit: { level: 'privileged', version: LATEST },
    warn: { level: 'restricted', version: LATEST },
  });
  assert.deepEqual([exempt.namespaces.has('open'), exempt.usernames.size], [true, 0]);
  for (const wrong of [
    { defaults: { enforce: 'strict' } },
    { defaults: { 'warn-version': '1' } },
    { exemptions: { usernames: 'a' } },
  ])
    assert.throws(() => podSecuritySettings({ ...CONFIGURATION, ...wrong }), ConfigurationError);
  assert.throws(() => podSecuritySettings({ kind: 'Other' }), ConfigurationError);
});

test('policiesOf() warns about what is enforced unless labels say otherwise', () => {
  const enforced = { [`${PREFIX}/enforce`]: 'restricted', [`${PREFIX}/enforce-version`]: 'v1.30' };
  assert.deepEqual(policiesOf(enforced).warn, { level: 'restricted', version: 30 });
  assert.equal(policiesOf({ ...enforced, [`${PREFIX}/warn`]: 'privileged' }).warn.level, 'privileged');
});

async function start(more: object): Promise<{ readonly api: TestServer; readonly events: AuditEvent[] }> {
  const events: AuditEvent[] = [];
  const rules =
    '{apiVersion: audit.k8s.io/v1, kind: Policy, omitStages: [RequestReceived], rules: [{level: Metadata}]}';
  const api = await startTestServer({
    extensions: {},
    config: { admissionConfiguration: new Map([['PodSecurity', { ...CONFIGURATION, ...more }]]) },
    audit: { policy: auditPolicy(rules), sink: (event: AuditEvent) => void events.push(event) },
  });
  await api.server.ready;
  for (const [name, labels] of [
    ['open', {}],
    ['closed', {}],
    ['loose', { [`${PREFIX}/enforce`]: 'privileged' }],
  ] as const) {
    await api.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    await api.send('POST', `/api/v1/namespaces/${name}/serviceaccounts`, account);
  }
  return { api, events };
}

test('podSecurity applies the defaults of its configuration, spares who is exempt and tells the audit log', async () => {
  const { api, events } = await start({
    defaults: { enforce: 'baseline', audit: 'baseline' },
    exemptions: { namespaces: ['open'] },
  });
  await using _api = api;
  const eventOf = (namespace: string) =>
    events.find(({ verb, requestURI }) => verb === 'create' && requestURI === `/api/v1/namespaces/${namespace}/pods`);
  const create = async (namespace: string) => {
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: privileged };
    const { status } = await api.send('POST', `/api/v1/namespaces/${namespace}/pods`, body);
    const own = Object.entries(eventOf(namespace)?.annotations ?? {}).filter(([key]) => key.startsWith(PREFIX));
    return [status, Object.fromEntries(own.map(([key, value]) => [key.slice(PREFIX.length + 1), value]))];
  };
  const violated =
    'would violate PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)';
  assert.deepEqual(await create('open'), [201, { exempt: 'namespace' }]);
  assert.deepEqual(await create('closed'), [
    403,
    { 'enforce-policy': 'baseline:latest', 'audit-violations': violated },
  ]);
  assert.deepEqual(await create('loose'), [
    201,
    { 'enforce-policy': 'privileged:latest', 'audit-violations': violated },
  ]);
});
