/** kubectl on containers that really run: logs, and an application of several tiers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigMap, type Deployment, Resources, type Service } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { ConformanceError, expectEqual, expectMatch, show } from '../framework/expect.ts';
import { untilObject } from '../framework/wait.ts';
import { pod, service } from '../objects.ts';
import { clientMinor } from './kubectl-commands.ts';

const needs = ['containers', 'kubectl'] as const;

async function logs(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const script = 'for i in 1 2 3 4 5; do echo "GET /api/v1/namespaces/default/pods $i"; done; echo done';
  const made = pod(
    { namespace, name: 'logs-generator' },
    trial.image,
    { command: ['sh', '-c', script] },
    { restartPolicy: 'Never' },
  );
  await trial.client.resource(Resources.pods).create(made);
  const key = { namespace, name: 'logs-generator' };
  await untilObject(trial, Resources.pods, key, 'the pod to end', (found) => found?.status?.phase === 'Succeeded');
  expectMatch('the log', await kubectl('logs', 'logs-generator'), /GET \/api\/v1\/namespaces\/default\/pods 5/);
  expectEqual('--tail=1', await kubectl('logs', 'logs-generator', '--tail=1'), 'done\n');
  expectEqual('--limit-bytes=1', await kubectl('logs', 'logs-generator', '--limit-bytes=1'), 'G');
  const stamped = await kubectl('logs', 'logs-generator', '--tail=1', '--timestamps');
  expectMatch('--timestamps', stamped, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d) done\n$/);
  expectEqual('lines with --since=24h', (await kubectl('logs', 'logs-generator', '--since=24h')).split('\n').length, 7);
  // A second is long over when the pod has ended and four commands have run; if not, this is slow, not wrong.
  const recent = (await kubectl('logs', 'logs-generator', '--since=1s')).split('\n').length;
  if (recent > 7) throw new ConformanceError(`expected at most 7 lines with --since=1s, got ${recent}`);
}

/** Keeps one message, and gives it to whoever asks. */
const PRIMARY = `#!/bin/sh
echo "Content-Type: text/plain"; echo
case "$QUERY_STRING" in set=*) echo "\${QUERY_STRING#set=}" > /tmp/message;; *) cat /tmp/message 2>/dev/null;; esac
`;
/** Passes what it is asked on to another tier. */
const passOn = (host: string) => `#!/bin/sh
echo "Content-Type: text/plain"; echo
wget -q -O - "http://${host}/cgi-bin/guestbook?$QUERY_STRING"
`;

function tier(
  namespace: string,
  name: string,
  image: string,
  script: string,
  replicas: number,
): [ConfigMap, Deployment, Service] {
  const labels = { app: 'guestbook', tier: name };
  const place = { namespace, name };
  return [
    { metadata: place, data: { guestbook: script } },
    {
      metadata: place,
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: 'httpd',
                image,
                command: ['httpd', '-f', '-p', '80', '-h', '/srv'],
                ports: [{ containerPort: 80 }],
                readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
                volumeMounts: [{ name: 'script', mountPath: '/srv/cgi-bin' }],
              },
            ],
            volumes: [{ name: 'script', configMap: { name, defaultMode: 0o755 } }],
          },
        },
      },
    },
    service(place, labels),
  ];
}

async function guestbook(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const kinds = ['v1 ConfigMap', 'apps/v1 Deployment', 'v1 Service'].map((text) => text.split(' '));
  const tiers = [
    tier(namespace, 'primary', trial.image, PRIMARY, 1),
    tier(namespace, 'replica', trial.image, passOn('primary'), 2),
    tier(namespace, 'frontend', trial.image, passOn('replica'), 3),
  ];
  const items = tiers.flatMap((objects) =>
    objects.map((object, index) => ({ apiVersion: kinds[index]?.[0], kind: kinds[index]?.[1], ...object })),
  );
  await kubectl.feed(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), 'create', '-f', '-');
  await kubectl('wait', '--for=condition=Available', 'deployment', '--all', '--timeout=120s');
  await trial.client.resource(Resources.pods).create(pod({ namespace, name: 'visitor' }, trial.image));
  await kubectl('wait', '--for=condition=Ready', 'pod/visitor', '--timeout=60s');
  await ask(trial, namespace, 'set=TestEntry', /^$/);
  await ask(trial, namespace, 'get', /^TestEntry$/);
  await kubectl('delete', 'deployment,service,configmap', '--all', '--timeout=60s');
}

const ASK_TRIES_MAX = 30;

/** Asks the frontend from inside the cluster; tries again while Services and DNS are still spreading. */
async function ask(trial: Trial, namespace: string, query: string, expected: RegExp): Promise<void> {
  let last: unknown;
  for (let attempt = 0; attempt < ASK_TRIES_MAX; attempt += 1) {
    const url = `http://frontend/cgi-bin/guestbook?${query}`;
    const answer = await trial.kubectl(namespace).try('exec', 'visitor', '--', 'wget', '-q', '-O', '-', url);
    if (answer.code === 0 && expected.test(answer.stdout.trim())) return;
    last = answer;
  }
  throw new ConformanceError(`guestbook ${query}: expected ${expected}, got ${show(last)}`);
}

async function runningPod(trial: Trial, name: string): Promise<string> {
  const namespace = await trial.namespace();
  const made = pod({ namespace, name }, trial.image, { ports: [{ containerPort: 80 }] });
  await trial.client.resource(Resources.pods).create(made);
  await trial.kubectl(namespace)('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
  return namespace;
}

async function exec(trial: Trial): Promise<void> {
  const namespace = await runningPod(trial, 'target');
  const kubectl = trial.kubectl(namespace);
  expectEqual(
    'exec',
    await kubectl('exec', 'target', '--', 'sh', '-c', 'echo "$0 $1"; echo to stderr >&2', 'a', 'b'),
    'a b\n',
  );
  const failing = await kubectl.try('exec', 'target', '--', 'sh', '-c', 'exit 7');
  expectEqual('the exit code of the command', failing.code, 7);
  expectEqual('exec -i', await kubectl.feed('through stdin\n', 'exec', '-i', 'target', '--', 'cat'), 'through stdin\n');
  const missing = await kubectl.try('exec', 'absent', '--', 'true');
  expectMatch('exec into a pod that does not exist', missing.stderr, /pods "absent" not found/);
}

async function copy(trial: Trial): Promise<void> {
  const namespace = await runningPod(trial, 'target');
  const kubectl = trial.kubectl(namespace);
  const folder = mkdtempSync(join(tmpdir(), 'conformance-cp-'));
  trial.cleanup(async () => rmSync(folder, { recursive: true }));
  const content = 'x'.repeat(300_000);
  writeFileSync(join(folder, 'up'), content);
  await kubectl('cp', join(folder, 'up'), 'target:/tmp/file');
  await kubectl('cp', 'target:/tmp/file', join(folder, 'down'));
  expectEqual('the file that came back', readFileSync(join(folder, 'down'), 'utf8') === content, true);
}

async function forward(trial: Trial): Promise<void> {
  const namespace = await runningPod(trial, 'target');
  const kubectl = trial.kubectl(namespace);
  await kubectl(
    'exec',
    'target',
    '--',
    'sh',
    '-c',
    'mkdir -p /srv; echo forwarded > /srv/index.html; httpd -p 80 -h /srv',
  );
  const child = kubectl.spawn('port-forward', 'pod/target', ':80');
  trial.cleanup(async () => child.kill('SIGKILL'));
  const port = await new Promise<string>((resolve, reject) => {
    let said = '';
    const problem = () => reject(new ConformanceError(`expected kubectl port-forward to listen, got ${said}`));
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const match = /127\.0\.0\.1:(\d+)/.exec(said);
      if (match?.[1] !== undefined) resolve(match[1]);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.on('exit', problem);
    trial.signal.addEventListener('abort', problem);
  });
  for (let request = 0; request < 3; request += 1) {
    expectEqual('what came through', await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'forwarded\n');
  }
}

async function debug(trial: Trial): Promise<void> {
  if ((await clientMinor(trial)) < 23) return; // Asks for an alpha API that is gone.
  const namespace = await runningPod(trial, 'target');
  const kubectl = trial.kubectl(namespace);
  await kubectl(
    'debug',
    'target',
    `--image=${trial.image}`,
    '--container=debugger',
    '--',
    'sh',
    '-c',
    'echo debugging',
  );
  await untilObject(trial, Resources.pods, { namespace, name: 'target' }, 'the ephemeral container to end', (found) =>
    (found?.status?.ephemeralContainerStatuses ?? []).some(({ state }) => state?.terminated?.exitCode === 0),
  );
  expectEqual('its output', await kubectl('logs', 'target', '-c', 'debugger'), 'debugging\n');
}

async function attach(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const command = ['run', 'attached', `--image=${trial.image}`, '--restart=Never', '--rm', '-i', '--', 'cat'];
  expectMatch('run --rm -i', await kubectl.feed('through stdin\n', ...command), /^through stdin$/m);
  expectEqual('the pod afterwards', await kubectl('get', 'pods', '-o', 'name'), '');
}

export const kubectlContainerTests: readonly ConformanceTest[] = [
  { name: 'Kubectl, logs', needs, run: logs },
  { name: 'Kubectl commands, exec', needs, run: exec },
  { name: 'Kubectl commands, cp', needs, run: copy },
  { name: 'Kubectl commands, port-forward', needs, run: forward },
  { name: 'Kubectl commands, debug', needs, run: debug },
  { name: 'Kubectl commands, run --rm -i', needs, run: attach },
  { name: 'Kubectl, guestbook application', needs, run: guestbook },
];
