/** kubectl on containers that really run: logs, and an application of several tiers. */
import { type ConfigMap, type Deployment, Resources, type Service } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { ConformanceError, expectEqual, expectMatch, show } from '../framework/expect.ts';
import { untilObject } from '../framework/wait.ts';
import { pod, service } from '../objects.ts';

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

export const kubectlContainerTests: readonly ConformanceTest[] = [
  { name: 'Kubectl, logs', needs, run: logs },
  { name: 'Kubectl, guestbook application', needs, run: guestbook },
];
