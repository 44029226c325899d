/** kubectl, as a user runs it, on what needs no real containers. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pod, Resources } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { ConformanceError, expectEqual, expectMatch, expectTrue, present } from '../framework/expect.ts';
import { untilObject, untilObjects } from '../framework/wait.ts';
import { pod, replicationController, sleeper } from '../objects.ts';

const needs = ['kubectl'] as const;

async function apiVersions(trial: Trial): Promise<void> {
  const versions = (await trial.kubectl()('api-versions')).split('\n');
  expectTrue('v1 is among the versions', versions.includes('v1'), versions);
}

async function clusterInfo(trial: Trial): Promise<void> {
  const text = await trial.kubectl()('cluster-info');
  // Colours are written into pipes too, hence the gap.
  expectMatch('cluster-info', text, /Kubernetes (control plane|master).*is running at/);
}

async function version(trial: Trial): Promise<void> {
  const text = await trial.kubectl()('version', '-o', 'json');
  const { clientVersion, serverVersion } = JSON.parse(text) as Record<string, Record<string, string>>;
  for (const [side, fields] of Object.entries({ clientVersion, serverVersion })) {
    for (const field of ['major', 'minor', 'gitVersion', 'gitCommit', 'buildDate', 'goVersion', 'platform']) {
      expectTrue(`${side} has ${field}`, typeof fields?.[field] === 'string', fields);
    }
  }
}

async function untilRunning(
  trial: Trial,
  namespace: string,
  labelSelector: string,
  count: number,
): Promise<readonly Pod[]> {
  const running = (pods: readonly Pod[]) =>
    pods.length === count && pods.every(({ status }) => status?.phase === 'Running');
  return await untilObjects(trial, Resources.pods, { namespace, labelSelector }, `${count} running pods`, running);
}

const manifestOf = (apiVersion: string, kind: string, object: object) =>
  JSON.stringify({ apiVersion, kind, ...object });

async function startController(
  trial: Trial,
  namespace: string,
  name: string,
  replicas: number,
): Promise<readonly Pod[]> {
  const manifest = manifestOf(
    'v1',
    'ReplicationController',
    replicationController({ namespace, name }, trial.image, replicas),
  );
  await trial.kubectl(namespace).feed(manifest, 'create', '-f', '-');
  return await untilRunning(trial, namespace, `app=${name}`, replicas);
}

async function controller(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await startController(trial, namespace, 'update-demo', 2);
  const template = '{{range .items}}{{.metadata.name}} {{end}}';
  const names = await trial.kubectl(namespace)(
    'get',
    'pods',
    '-o',
    'template',
    `--template=${template}`,
    '-l',
    'app=update-demo',
  );
  expectEqual('pods that kubectl names', names.trim().split(' ').length, 2);
  await trial.kubectl(namespace)('delete', 'rc', 'update-demo', '--timeout=60s');
  await untilObjects(trial, Resources.pods, { namespace }, 'no pods', (pods) => pods.length === 0);
}

async function scaleController(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await startController(trial, namespace, 'update-demo', 2);
  const notTerminating = (pods: readonly Pod[]) => pods.filter(({ metadata }) => !metadata.deletionTimestamp);
  for (const replicas of [1, 2]) {
    await trial.kubectl(namespace)('scale', 'rc', 'update-demo', `--replicas=${replicas}`, '--timeout=60s');
    await untilObjects(
      trial,
      Resources.pods,
      { namespace, labelSelector: 'app=update-demo' },
      `${replicas} pods after scaling`,
      (pods) =>
        notTerminating(pods).length === replicas &&
        notTerminating(pods).every(({ status }) => status?.phase === 'Running'),
    );
  }
}

function expectTexts(what: string, text: string, expected: readonly (string | RegExp)[]): void {
  for (const part of expected) {
    expectMatch(
      what,
      text,
      typeof part === 'string' ? new RegExp(part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')) : part,
    );
  }
}

async function describe(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const [found] = await startController(trial, namespace, 'agnhost-primary', 1);
  const name = present('the pod', found).metadata.name ?? '';
  await kubectl('expose', 'rc', 'agnhost-primary', '--name=agnhost-primary', '--port=6379');
  expectTexts('describe pod', await kubectl('describe', 'pod', name), [
    /Name:\s+agnhost-primary-/,
    'Namespace:',
    /Labels:\s+app=agnhost-primary/,
    'Annotations:',
    /Status:\s+Running/,
    'IP:',
    /Controlled By:\s+ReplicationController\/agnhost-primary/,
    'Image:',
    /State:\s+Running/,
    'QoS Class:',
  ]);
  expectTexts('describe rc', await kubectl('describe', 'rc', 'agnhost-primary'), [
    /Name:\s+agnhost-primary/,
    'Namespace:',
    /Selector:\s+app=agnhost-primary/,
    'Labels:',
    /Replicas:\s+1 current/,
    /Pods Status:\s+1 Running/,
    'Pod Template:',
    'Image:',
    'Events:',
  ]);
  expectTexts('describe service', await kubectl('describe', 'service', 'agnhost-primary'), [
    /Name:\s+agnhost-primary/,
    /Selector:\s+app=agnhost-primary/,
    /Type:\s+ClusterIP/,
    'IP:',
    /Port:\s+<unset>\s+6379\/TCP/,
    'Endpoints:',
    /Session Affinity:\s+None/,
  ]);
  await describeClusterScoped(trial, namespace);
}

async function describeClusterScoped(trial: Trial, namespace: string): Promise<void> {
  const kubectl = trial.kubectl(namespace);
  const { items } = await trial.client.resource(Resources.nodes).list();
  const node = present('a node', items[0]).metadata.name ?? '';
  expectTexts('describe node', await kubectl('describe', 'node', node), [
    new RegExp(`Name:\\s+${node}`),
    'Labels:',
    'Annotations:',
    'CreationTimestamp:',
    'Conditions:',
    /Ready\s+True/,
    'Addresses:',
    'Capacity:',
    'Allocatable:',
    'System Info:',
    'Kubelet Version:',
    'Non-terminated Pods:',
  ]);
  expectTexts('describe namespace', await kubectl('describe', 'namespace', namespace), [
    new RegExp(`Name:\\s+${namespace}`),
    'Labels:',
    'Annotations:',
    /Status:\s+Active/,
    'No resource quota',
    'No LimitRange resource',
  ]);
}

async function diff(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const labels = { app: 'httpd' };
  const manifest = (image: string) =>
    manifestOf('apps/v1', 'Deployment', {
      metadata: { name: 'httpd-deployment' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ ...sleeper(image), name: 'httpd' }] } },
      },
    });
  await kubectl.feed(manifest(trial.image), 'create', '-f', '-');
  const folder = mkdtempSync(join(tmpdir(), 'conformance-diff-'));
  trial.cleanup(async () => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'deployment.json'), manifest('registry.example.com/other:2'));
  const { code, stdout, stderr } = await kubectl.try('diff', '-f', join(folder, 'deployment.json'));
  expectEqual(`the exit code of kubectl diff (${stderr.trim()})`, code, 1);
  expectTexts('the difference', stdout, [`image: ${trial.image}`, 'image: registry.example.com/other:2']);
}

async function expose(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  await startController(trial, namespace, 'agnhost-primary', 1);
  await kubectl('expose', 'rc', 'agnhost-primary', '--name=rm2', '--port=1234', '--target-port=6379');
  await kubectl('expose', 'service', 'rm2', '--name=rm3', '--port=2345', '--target-port=6379');
  for (const [name, port] of [
    ['rm2', 1234],
    ['rm3', 2345],
  ] as const) {
    const { spec } = await trial.client.resource(Resources.services).get({ namespace, name });
    const ports = spec?.ports?.map((entry) => `${entry.port}->${entry.targetPort}`);
    expectEqual(`the ports of ${name}`, ports, [`${port}->6379`]);
    const endpoints = await untilObject(
      trial,
      Resources.endpoints,
      { namespace, name },
      `endpoints of ${name}`,
      (found) => (found?.subsets?.[0]?.addresses?.length ?? 0) > 0,
    );
    expectEqual(`the port of the endpoints of ${name}`, endpoints?.subsets?.[0]?.ports?.[0]?.port, 6379);
  }
}

async function label(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  await trial.client.resource(Resources.pods).create(pod({ namespace, name: 'pause' }, trial.image));
  await kubectl('wait', '--for=condition=Ready', 'pod/pause', '--timeout=60s');
  await kubectl('label', 'pods', 'pause', 'testing-label=testing-label-value');
  expectMatch('the label', await kubectl('get', 'pod', 'pause', '-L', 'testing-label'), /testing-label-value/);
  expectMatch('found by it', await kubectl('get', 'pod', '-l', 'testing-label'), /pause/);
  await kubectl('label', 'pods', 'pause', 'testing-label-');
  expectTrue(
    'gone',
    !(await kubectl('get', 'pod', 'pause', '-L', 'testing-label')).includes('testing-label-value'),
    '',
  );
}

async function annotate(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const pods = await startController(trial, namespace, 'agnhost-primary', 2);
  for (const { metadata } of pods) {
    await trial.kubectl(namespace)('patch', 'pod', metadata.name ?? '', '-p', '{"metadata":{"annotations":{"x":"y"}}}');
  }
  const { items } = await trial.client.resource(Resources.pods).list({ namespace });
  expectEqual(
    'the annotation of each pod',
    items.map(({ metadata }) => metadata.annotations?.['x']),
    ['y', 'y'],
  );
}

const OTHER_IMAGE = 'registry.example.com/other:2';

async function runPod(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.kubectl(namespace)('run', 'e2e-test-pod', '--restart=Never', `--image=${trial.image}`);
  const { spec } = await trial.client.resource(Resources.pods).get({ namespace, name: 'e2e-test-pod' });
  expectEqual(
    'images of the pod',
    spec.containers.map(({ image }) => image),
    [trial.image],
  );
  expectEqual('its restart policy', spec.restartPolicy, 'Never');
}

async function dryRun(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  await kubectl('run', 'e2e-test-pod', `--image=${trial.image}`, '--labels=run=e2e-test-pod');
  const patch = JSON.stringify({ spec: { containers: [{ name: 'e2e-test-pod', image: OTHER_IMAGE }] } });
  const patched = await kubectl('patch', 'pod', 'e2e-test-pod', '-p', patch, '--dry-run=server', '-o', 'json');
  expectEqual('the image in the dry run', (JSON.parse(patched) as Pod).spec.containers[0]?.image, OTHER_IMAGE);
  const { spec } = await trial.client.resource(Resources.pods).get({ namespace, name: 'e2e-test-pod' });
  expectEqual('the image after it', spec.containers[0]?.image, trial.image);
}

async function replace(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  await kubectl('run', 'e2e-test-pod', `--image=${trial.image}`, '--labels=run=e2e-test-pod', '--', 'sleep', '3600');
  await untilRunning(trial, namespace, 'run=e2e-test-pod', 1);
  const text = await kubectl('get', 'pod', 'e2e-test-pod', '-o', 'json');
  await kubectl.feed(text.replaceAll(trial.image, OTHER_IMAGE), 'replace', '-f', '-');
  const { spec } = await trial.client.resource(Resources.pods).get({ namespace, name: 'e2e-test-pod' });
  expectEqual('the replaced image', spec.containers[0]?.image, OTHER_IMAGE);
}

/** Starts `kubectl proxy` and resolves with the line in which it says where it serves. */
async function startProxy(trial: Trial, ...args: readonly string[]): Promise<string> {
  const proxy = trial.kubectl().spawn('proxy', '--disable-filter=true', ...args);
  trial.cleanup(async () => proxy.kill('SIGKILL'));
  return await new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const line = /Starting to serve on .*/.exec(said);
      if (line !== null) resolve(line[0]);
    };
    proxy.stdout?.on('data', listen);
    proxy.stderr?.on('data', listen);
    proxy.on('exit', () => reject(new ConformanceError(`expected kubectl proxy to serve, got ${said}`)));
  });
}

/** kubectl itself answers with a text when it has lost the server. */
function expectVersions(status: number | undefined, text: string): void {
  expectTrue('an answer with API versions', status === 200, `${status}: ${text}`);
  const { versions } = JSON.parse(text) as { readonly versions?: readonly string[] };
  expectTrue('at least one API version', (versions?.length ?? 0) > 0, text);
}

async function proxyPort(trial: Trial): Promise<void> {
  const line = await startProxy(trial, '-p', '0');
  const port = /:(\d+)$/.exec(line.trim())?.[1];
  const answer = await fetch(`http://127.0.0.1:${present('a port', port)}/api/`);
  expectVersions(answer.status, await answer.text());
}

async function proxySocket(trial: Trial): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-proxy-'));
  trial.cleanup(async () => rmSync(folder, { recursive: true }));
  const socketPath = join(folder, 'test');
  await startProxy(trial, `--unix-socket=${socketPath}`);
  const sent = request({ socketPath, path: '/api/' }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expectVersions(answer.statusCode, (await answer.setEncoding('utf8').toArray()).join(''));
}

export const kubectlTests: readonly ConformanceTest[] = [
  { name: 'Kubectl, check version v1', needs, run: apiVersions },
  { name: 'Kubectl, cluster info', needs, run: clusterInfo },
  { name: 'Kubectl, version', needs, run: version },
  { name: 'Kubectl, replication controller', needs, run: controller },
  { name: 'Kubectl, scale replication controller', needs, run: scaleController },
  { name: 'Kubectl, describe pod or rc', needs, run: describe },
  { name: 'Kubectl, diff Deployment', needs, run: diff },
  { name: 'Kubectl, create service, replication controller', needs, run: expose },
  { name: 'Kubectl, label update', needs, run: label },
  { name: 'Kubectl, patch to annotate', needs, run: annotate },
  { name: 'Kubectl, run pod', needs, run: runPod },
  { name: 'Kubectl, server-side dry-run Pod', needs, run: dryRun },
  { name: 'Kubectl, replace', needs, run: replace },
  { name: 'Kubectl, proxy port zero', needs, run: proxyPort },
  { name: 'Kubectl, proxy socket', needs, run: proxySocket },
];
