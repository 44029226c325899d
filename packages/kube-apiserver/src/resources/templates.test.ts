import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../test-server.ts';

const LABELS = { app: 'a' };
const KINDS = {
  deployments: 'apps/v1 Deployment',
  daemonsets: 'apps/v1 DaemonSet',
  replicasets: 'apps/v1 ReplicaSet',
  statefulsets: 'apps/v1 StatefulSet',
  jobs: 'batch/v1 Job',
  cronjobs: 'batch/v1 CronJob',
} as const;
type Plural = keyof typeof KINDS;
const PLURALS = Object.keys(KINDS) as readonly Plural[];

interface Answered {
  readonly kind?: string;
  readonly message?: string;
  readonly spec: Record<string, unknown>;
}
type Template = Readonly<Record<string, unknown>>;

function specOf(plural: Plural, template: Template): Record<string, unknown> {
  const batch = { template };
  if (plural === 'jobs') return batch;
  if (plural === 'cronjobs') return { schedule: '* * * * *', jobTemplate: { spec: batch } };
  return { selector: { matchLabels: LABELS }, template };
}

function templateOf(plural: Plural): Template {
  const isBatch = plural === 'jobs' || plural === 'cronjobs';
  const lifecycle = { stopSignal: 'SIGUSR1' };
  const spec = {
    restartPolicy: isBatch ? 'Never' : 'Always',
    os: { name: 'linux' },
    nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
    containers: [{ name: 'c', image: 'i', lifecycle }],
  };
  const annotations = { 'scheduler.alpha.kubernetes.io/critical-pod': '' };
  return { metadata: { labels: LABELS, annotations }, spec };
}

/** The texts of the warnings that came with an answer. */
function warningsOf(headers: Readonly<Record<string, unknown>>): readonly string[] {
  const value = headers['warning'];
  const list = Array.isArray(value) ? (value as readonly string[]) : value === undefined ? [] : [String(value)];
  return list.flatMap((text) => [...text.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? ''));
}

async function create(api: TestServer, plural: Plural) {
  const [apiVersion, kind] = KINDS[plural].split(' ') as [string, string];
  const path = `/apis/${apiVersion}/namespaces/default/${plural}`;
  const body = { apiVersion, kind, metadata: { name: 'w' }, spec: specOf(plural, templateOf(plural)) };
  const answer = await api.send<Answered>('POST', path, body);
  assert.equal(answer.status, 201, String(answer.body.message));
  return { path, answer };
}

const pathOf = (plural: Plural) => (plural === 'cronjobs' ? 'spec.jobTemplate.spec.template' : 'spec.template');

for (const plural of PLURALS) {
  test(`${plural} drop fields of templates that are behind gates and warn about pods, annotations included`, async () => {
    await using api = await startTestServer();
    const { path, answer } = await create(api, plural);
    assert.ok(!JSON.stringify(answer.body.spec).includes('stopSignal'));
    const at = pathOf(plural);
    const expected = [
      `${at}.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \\"kubernetes.io/os\\" instead`,
      `${at}.metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the \\"priorityClassName\\" field instead`,
    ];
    assert.deepEqual(warningsOf(answer.headers), expected);
    const merge = { 'content-type': 'application/merge-patch+json' };
    const labelled = await api.send('PATCH', `${path}/w`, { metadata: { labels: { x: 'y' } } }, merge);
    assert.deepEqual([labelled.status, warningsOf(labelled.headers)], [200, []]);
    const change = plural === 'jobs' || plural === 'cronjobs' ? { suspend: true } : { minReadySeconds: 1 };
    const changed = await api.send('PATCH', `${path}/w`, { spec: change }, merge);
    assert.deepEqual([changed.status, warningsOf(changed.headers)], [200, expected]);
  });
}

test('status writes of pods and Services warn about addresses in an odd form', async () => {
  await using api = await startTestServer();
  const merge = { 'content-type': 'application/merge-patch+json' };
  const pods = '/api/v1/namespaces/default/pods';
  await api.send('POST', pods, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  const podIPs = [{ ip: '2001:DB8::1' }];
  const pod = await api.send('PATCH', `${pods}/p/status`, { status: { podIP: '2001:DB8::1', podIPs } }, merge);
  assert.match(warningsOf(pod.headers).join(), /^status\.podIPs\[0\]\.ip: IPv6 address .* RFC 5952/);
  const services = '/api/v1/namespaces/default/services';
  const ports = [{ port: 80 }];
  await api.send('POST', services, {
    metadata: { name: 's' },
    spec: { type: 'LoadBalancer', ports, clusterIP: '10.96.0.7' },
  });
  const loadBalancer = { ingress: [{ ip: '2001:DB8::1' }] };
  const service = await api.send('PATCH', `${services}/s/status`, { status: { loadBalancer } }, merge);
  assert.match(warningsOf(service.headers).join(), /^status\.loadBalancer\.ingress\[0\]: IPv6 address/);
});
