import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Pod, parseYamlDocuments, type Status } from '@steersman/api';
import { startTestServer } from '../../test-server.ts';
import type { Level } from './check.ts';
import { warningsAbout } from './namespace.ts';
import { policiesOf, violationsOf, violationsText } from './policy.ts';
import { isSignificantChange } from './significance.ts';

const shared = process.env['STEERSMAN_SHARED'];
const fixtures =
  shared === undefined
    ? new URL('../../../../../../shared/fixtures/pod-security/', import.meta.url)
    : new URL(`file://${shared}/fixtures/pod-security/`);
const skip = !existsSync(fixtures) && process.env['CI'] !== 'true' && 'the shared fixtures are absent';

test('violationsOf() judges the public fixtures of every level and version as upstream does', { skip }, () => {
  const wrong: string[] = [];
  for (const level of ['baseline', 'restricted'] as const) {
    for (const version of readdirSync(new URL(`${level}/`, fixtures))) wrong.push(...wrongVerdicts(level, version));
  }
  assert.deepEqual(wrong, []);
});

function wrongVerdicts(level: Level, version: string): string[] {
  const policy = { level, version: Number(version.slice('v1.'.length)) };
  return (['pass', 'fail'] as const).flatMap((verdict) => {
    const folder = new URL(`${level}/${version}/${verdict}/`, fixtures);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((file) => {
      const [pod] = parseYamlDocuments(readFileSync(new URL(file, folder), 'utf8')) as Pod[];
      if (pod === undefined) return [`${level}/${version}/${verdict}/${file}: empty`];
      const found = violationsOf(pod, policy);
      return found.length > 0 === (verdict === 'fail')
        ? []
        : [`${level}/${version}/${verdict}/${file}: ${violationsText(found)}`];
    });
  });
}

test('policiesOf() reads labels, and takes an unknown level for the strictest', () => {
  assert.deepEqual(policiesOf({}).enforce, { level: 'privileged', version: Number.POSITIVE_INFINITY });
  assert.deepEqual(
    policiesOf({
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/enforce-version': 'v1.22',
    }).enforce,
    { level: 'baseline', version: 22 },
  );
  assert.equal(policiesOf({ 'pod-security.kubernetes.io/enforce': 'strict' }).enforce.level, 'restricted');
});

test('podSecurity refuses a pod that breaks the level of its namespace, and only warns about a Deployment', async () => {
  await using api = await startTestServer({ extensions: {} });
  await api.server.ready;
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  await api.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'tight', labels },
  });
  await api.send('POST', '/api/v1/namespaces/tight/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  const spec = { containers: [{ name: 'c', image: 'busybox:1' }] };
  const refused = await api.send<Status>('POST', '/api/v1/namespaces/tight/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec,
  });
  assert.equal(
    refused.body.message,
    'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  const template = { metadata: { labels: { a: 'b' } }, spec };
  const warned = await api.send('POST', '/apis/apps/v1/namespaces/tight/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  });
  assert.equal(warned.status, 201);
  assert.match(warned.headers['warning'] ?? '', /would violate PodSecurity/);
});

const podWith = (spec: object): Pod =>
  ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }], ...spec } }) as unknown as Pod;
const UNCONFINED = { type: 'Unconfined' };
const wordings: readonly (readonly [what: string, level: Level, pod: Pod, message: string])[] = [
  [
    'a profile of the pod',
    'baseline',
    podWith({ securityContext: { appArmorProfile: UNCONFINED } }),
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    'hosts of probes',
    'baseline',
    podWith({
      containers: [
        { name: 'c', livenessProbe: { httpGet: { host: 'b' } }, lifecycle: { preStop: { httpGet: { host: 'a' } } } },
      ],
    }),
    'probe or lifecycle host (container "c" uses probe or lifecycle hosts "a", "b")',
  ],
];

for (const [what, level, pod, message] of wordings) {
  test(`violationsText() words ${what} as upstream does`, () =>
    assert.equal(violationsText(violationsOf(pod, { level, version: Number.POSITIVE_INFINITY })), message));
}

test('violationsOf() names whoever sets runAsNonRoot=false, and then no one who is silent', () => {
  const pod = podWith({
    securityContext: { runAsNonRoot: false, seccompProfile: UNCONFINED },
    containers: [{ name: 'a', securityContext: { runAsNonRoot: false } }, { name: 'b' }],
  });
  const found = violationsOf(pod, { level: 'restricted', version: 24 });
  assert.deepEqual(
    found.filter(({ reason }) => reason === 'runAsNonRoot != true' || reason === 'seccompProfile'),
    [
      {
        reason: 'runAsNonRoot != true',
        detail: 'pod and container "a" must not set securityContext.runAsNonRoot=false',
      },
      { reason: 'seccompProfile', detail: 'pod must not set securityContext.seccompProfile.type to "Unconfined"' },
    ],
  );
});

test('violationsOf() lets pods in a user namespace be root, from v1.35 on', () => {
  const pod = podWith({ hostUsers: false, securityContext: { runAsUser: 0 } });
  const reasons = (version: number) => violationsOf(pod, { level: 'restricted', version }).map(({ reason }) => reason);
  assert.ok(reasons(34).includes('runAsUser=0'));
  assert.ok(!reasons(35).includes('runAsUser=0'));
});

test('isSignificantChange() looks at images and at new containers', () => {
  const old = podWith({ containers: [{ name: 'c', image: 'a' }] });
  assert.equal(isSignificantChange(old, old), false);
  assert.equal(isSignificantChange(podWith({ containers: [{ name: 'c', image: 'b' }] }), old), true);
  assert.equal(
    isSignificantChange(podWith({ ...old.spec, ephemeralContainers: [{ name: 'd', image: 'a' }] }), old),
    true,
  );
});

test('warningsAbout() counts the pods that break the new level alike', () => {
  const bad = (name: string) => ({ ...podWith({ hostNetwork: true }), metadata: { name } });
  const policy = { level: 'baseline' as const, version: Number.POSITIVE_INFINITY };
  assert.deepEqual(warningsAbout([bad('b'), bad('a'), podWith({})], policy, 'tight'), [
    'existing pods in namespace "tight" violate the new PodSecurity enforce level "baseline:latest"',
    'a (and 1 other pod): host namespaces',
  ]);
});

test('podSecurity refuses labels of a namespace that name no policy', async () => {
  await using api = await startTestServer({ extensions: {} });
  await api.server.ready;
  const labels = { 'pod-security.kubernetes.io/enforce': 'strict', 'pod-security.kubernetes.io/warn-version': '1.2' };
  const refused = await api.send<Status>('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'odd', labels },
  });
  assert.equal(refused.status, 422);
  assert.equal(
    refused.body.message,
    'Namespace "odd" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]',
  );
});
