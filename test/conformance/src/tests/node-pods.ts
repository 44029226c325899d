/** The life of pods: probes, hooks, init containers, deadlines, deletion, events and restarts. */
import { type Container, type Pod, type PodSpec, type Probe, Resources } from '@steersman/api';
import { retryOnConflict } from '@steersman/client';
import { logOf, scriptOutput, untilLog } from '../framework/containers.ts';
import type { ConformanceTest, Need, Trial } from '../framework/contract.ts';
import {
  ConformanceError,
  expectEqual,
  expectIncludes,
  expectMatch,
  expectTrue,
  present,
} from '../framework/expect.ts';
import { raw } from '../framework/raw.ts';
import { untilGone, untilObject, untilObjects } from '../framework/wait.ts';
import { isReady, untilReady, WEB_PORT, webPod } from '../framework/web-pods.ts';
import { pod, SLEEP, service } from '../objects.ts';

const needs = ['containers'] as const;
const sh = (script: string) => ['sh', '-c', script];
const restartsOf = (found: Pod | undefined): number => found?.status?.containerStatuses?.[0]?.restartCount ?? 0;

async function create(trial: Trial, container: Partial<Container>, spec: Partial<PodSpec> = {}, name = 'tested') {
  const namespace = await trial.namespace();
  const made = await trial.client
    .resource(Resources.pods)
    .create(pod({ namespace, name, labels: { own: 'true' } }, trial.image, container, spec));
  return { namespace, key: { namespace, name }, made };
}

/** How long a pod that must not restart is looked at: several periods of its probe. */
const CALM_MS = 12_000;
const RESTART_MS = 120_000;
const quick = (probe: Probe): Probe => ({ periodSeconds: 1, failureThreshold: 2, ...probe });

function liveness(probe: Probe, script: string, restarts: number) {
  return async (trial: Trial): Promise<void> => {
    const { key } = await create(trial, { command: sh(script), livenessProbe: quick(probe) });
    await untilReady(trial, key.namespace, key.name);
    if (restarts === 0) {
      await new Promise((resolve) => setTimeout(resolve, CALM_MS));
      expectEqual('restarts', restartsOf(await trial.client.resource(Resources.pods).get(key)), 0);
      return;
    }
    let last = 0;
    const what = `${restarts} restarts`;
    await untilObject(
      trial,
      Resources.pods,
      key,
      what,
      (found) => {
        const now = restartsOf(found);
        if (now < last) throw new ConformanceError(`restartCount went back from ${last} to ${now}`);
        last = now;
        return now >= restarts;
      },
      RESTART_MS * restarts,
    );
  };
}
const HTTPD = `mkdir -p /srv; echo ok > /srv/healthz; httpd -p ${WEB_PORT} -h /srv; `;
const httpGet = { path: '/healthz', port: WEB_PORT };
const exec = { command: ['cat', '/tmp/health'] };

/**
 * A gRPC server with one answer, written as bytes (RFC 9113): settings, an acknowledgement, headers (:status 200, content-type
 * application/grpc), a HealthCheckResponse that says SERVING, trailers (grpc-status 0). All of it is for the first stream.
 */
const GRPC = `cat > /answer <<'END'
printf '\\0\\0\\0\\4\\0\\0\\0\\0\\0\\0\\0\\0\\4\\1\\0\\0\\0\\0'
sleep 0.2
printf '\\0\\0\\24\\1\\4\\0\\0\\0\\1\\210\\17\\20\\20application/grpc'
printf '\\0\\0\\7\\0\\0\\0\\0\\0\\1\\0\\0\\0\\0\\2\\10\\1'
printf '\\0\\0\\17\\1\\5\\0\\0\\0\\1\\0\\13grpc-status\\0010'
exec cat > /dev/null
END
chmod 755 /answer; sed -i '1i #!/bin/sh' /answer
exec nc -ll -p ${WEB_PORT} -e /answer`;

async function readinessDelay(trial: Trial): Promise<void> {
  const initialDelaySeconds = 5;
  const { key } = await create(trial, {
    readinessProbe: { exec: { command: ['true'] }, initialDelaySeconds, periodSeconds: 1 },
  });
  const { status } = await untilReady(trial, key.namespace, key.name);
  const startedAt = Date.parse(status?.containerStatuses?.[0]?.state?.running?.startedAt ?? '');
  const readyAt = Date.parse(status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');
  // Both are told in whole seconds.
  expectTrue('not ready before the initial delay', readyAt - startedAt >= (initialDelaySeconds - 1) * 1000, status);
  expectEqual('restarts', status?.containerStatuses?.[0]?.restartCount, 0);
}

async function readinessFailure(trial: Trial): Promise<void> {
  const { key } = await create(trial, { readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 } });
  const running = (found: Pod | undefined) => found?.status?.phase === 'Running';
  await untilObject(trial, Resources.pods, key, 'the pod to run', running);
  await new Promise((resolve) => setTimeout(resolve, CALM_MS));
  const found = await trial.client.resource(Resources.pods).get(key);
  expectEqual('ready', isReady(found), false);
  expectEqual('restarts', restartsOf(found), 0);
}

type Hook = NonNullable<Container['lifecycle']>;

/** A pod whose hook tells another pod's web server. */
function hook(kind: keyof Hook & ('postStart' | 'preStop'), means: 'exec' | 'httpGet') {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const listener = await webPod(trial, namespace, 'listener');
    const host = present('the pod IP', listener.status?.podIP);
    const path = `/cgi-bin/note?${kind}`;
    const action =
      means === 'exec'
        ? { exec: { command: sh(`wget -q -O - "http://${host}:${WEB_PORT}${path}"`) } }
        : { httpGet: { host, port: WEB_PORT, path } };
    const made = pod(
      { namespace, name: 'hooked' },
      trial.image,
      { lifecycle: { [kind]: action } },
      {
        terminationGracePeriodSeconds: 15,
      },
    );
    await trial.client.resource(Resources.pods).create(made);
    await untilReady(trial, namespace, 'hooked');
    if (kind === 'preStop') await trial.client.resource(Resources.pods).delete({ namespace, name: 'hooked' });
    await untilLog(trial, listener, 'main', new RegExp(`^note: ${kind}$`, 'm'));
  };
}

const initialiser = (name: string, image: string, script: string): Container => ({ name, image, command: sh(script) });

function initSucceeds(restartPolicy: 'Always' | 'Never') {
  return async (trial: Trial): Promise<void> => {
    const initContainers = ['one', 'two'].map((name) => initialiser(name, trial.image, 'true'));
    const command = restartPolicy === 'Never' ? ['true'] : SLEEP;
    const { key } = await create(trial, { command }, { restartPolicy, initContainers });
    const phase = restartPolicy === 'Never' ? 'Succeeded' : 'Running';
    const found = await untilObject(
      trial,
      Resources.pods,
      key,
      `the pod to be ${phase}`,
      (each) => each?.status?.phase === phase,
    );
    const { initContainerStatuses = [], conditions = [] } = found?.status ?? {};
    for (const each of initContainerStatuses) {
      expectIncludes(each.name, each, { ready: true, restartCount: 0 });
      expectEqual(`${each.name}: exit code`, each.state?.terminated?.exitCode, 0);
    }
    expectEqual('Initialized', conditions.find(({ type }) => type === 'Initialized')?.status, 'True');
  };
}

async function initFailsAlways(trial: Trial): Promise<void> {
  const initContainers = [initialiser('one', trial.image, 'false'), initialiser('two', trial.image, 'true')];
  const { key } = await create(trial, {}, { initContainers });
  const found = await untilObject(
    trial,
    Resources.pods,
    key,
    'three runs of the first init container',
    (each) => (each?.status?.initContainerStatuses?.[0]?.restartCount ?? 0) >= 3,
  );
  const { status } = present('the pod', found);
  expectEqual('phase', status?.phase, 'Pending');
  expectIncludes('the second init container', status?.initContainerStatuses?.[1]?.state, {
    waiting: { reason: 'PodInitializing' },
  });
  expectIncludes('the app container', status?.containerStatuses?.[0]?.state, {
    waiting: { reason: 'PodInitializing' },
  });
  expectIncludes(
    'Initialized',
    status?.conditions?.find(({ type }) => type === 'Initialized'),
    {
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [one two]',
    },
  );
}

async function initFailsNever(trial: Trial): Promise<void> {
  const initContainers = [initialiser('one', trial.image, 'true'), initialiser('two', trial.image, 'exit 4')];
  const { key } = await create(trial, {}, { restartPolicy: 'Never', initContainers });
  const failed = (each: Pod | undefined) => each?.status?.phase === 'Failed';
  const found = await untilObject(trial, Resources.pods, key, 'the pod to fail', failed);
  expectIncludes('the second init container', found?.status?.initContainerStatuses?.[1]?.state, {
    terminated: { exitCode: 4, reason: 'Error' },
  });
  expectIncludes('the app container', found?.status?.containerStatuses?.[0]?.state, {
    waiting: { reason: 'PodInitializing' },
  });
}

async function deadline(trial: Trial): Promise<void> {
  const { key } = await create(trial, {});
  await untilReady(trial, key.namespace, key.name);
  const pods = trial.client.resource(Resources.pods);
  await pods.patch(key, { type: 'merge', body: { spec: { activeDeadlineSeconds: 2 } } });
  const failed = (each: Pod | undefined) => each?.status?.phase === 'Failed';
  const found = await untilObject(trial, Resources.pods, key, 'the pod to fail', failed);
  expectEqual('reason', found?.status?.reason, 'DeadlineExceeded');
}

async function life(trial: Trial): Promise<void> {
  const { namespace, key } = await create(trial, {});
  const pods = trial.client.resource(Resources.pods);
  const selected = { namespace, labelSelector: 'own=true' };
  expectEqual('pods found by label', (await pods.list(selected)).items.length, 1);
  const { status } = await untilReady(trial, namespace, key.name);
  expectMatch('the host IP', status?.hostIP, /^[0-9a-f.:]+$/);
  await pods.patch(key, { type: 'merge', body: { metadata: { labels: { own: 'patched' } } } });
  const found = async (label: string) => (await pods.list({ namespace, labelSelector: `own=${label}` })).items.length;
  expectEqual('pods found by the old and the new label', [await found('true'), await found('patched')], [0, 1]);
  await pods.delete(key, { gracePeriodSeconds: 5 });
  const terminating = await pods.find(key);
  if (terminating !== undefined) expectEqual('its grace', terminating.metadata.deletionGracePeriodSeconds, 5);
  await untilGone(trial, Resources.pods, key);
  expectEqual('pods left', (await pods.list({ namespace })).items.length, 0);
}

async function collection(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const pods = trial.client.resource(Resources.pods);
  for (const name of ['one', 'two', 'three'])
    await pods.create(pod({ namespace, name, labels: { own: 'true' } }, trial.image));
  await raw(trial, `/api/v1/namespaces/${namespace}/pods?labelSelector=own%3Dtrue`, { method: 'DELETE' });
  await untilObjects(trial, Resources.pods, { namespace }, 'no pods', (items) => items.length === 0);
}

async function statusLife(trial: Trial): Promise<void> {
  const { key } = await create(trial, {});
  const pods = trial.client.resource(Resources.pods);
  await untilReady(trial, key.namespace, key.name);
  const image = (await pods.get(key)).spec.containers[0]?.image;
  expectEqual('its image', image, trial.image);
  // The kubelet writes the same status.
  await retryOnConflict(async () => {
    const found = await pods.get(key);
    const conditions = (found.status?.conditions ?? []).concat({ type: 'example.com/seen', status: 'True' });
    return pods.updateStatus({ ...found, status: { ...found.status, conditions } });
  });
  const kept = await untilObject(trial, Resources.pods, key, 'the condition to stay', (each) =>
    Boolean(each?.status?.conditions?.some(({ type }) => type === 'example.com/seen')),
  );
  expectTrue('the pod is still ready', isReady(kept), kept?.status);
  await pods.delete(key);
  await untilGone(trial, Resources.pods, key);
}

async function serviceVariables(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client
    .resource(Resources.services)
    .create(service({ namespace, name: 'my-web' }, { app: 'x' }, 8765, 80));
  // A kubelet learns of a Service a moment after the client that made it.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const output = await scriptOutput(trial, namespace, 'env', 'env');
  for (const expected of [
    /^MY_WEB_SERVICE_HOST=/m,
    /^MY_WEB_SERVICE_PORT=8765$/m,
    /^MY_WEB_PORT=tcp:\/\/[0-9a-f.:]+:8765$/m,
    /^MY_WEB_PORT_8765_TCP=tcp:/m,
    /^MY_WEB_PORT_8765_TCP_PROTO=tcp$/m,
    /^MY_WEB_PORT_8765_TCP_PORT=8765$/m,
    /^MY_WEB_PORT_8765_TCP_ADDR=/m,
    /^KUBERNETES_SERVICE_HOST=/m,
  ])
    expectMatch('the environment', output, expected);
}

async function podEvents(trial: Trial): Promise<void> {
  const { namespace, key } = await create(trial, {});
  await untilReady(trial, namespace, key.name);
  const wanted = ['Scheduled', 'Pulled', 'Created', 'Started'];
  await untilObjects(trial, Resources.events, { namespace }, 'the events of scheduler and kubelet', (events) => {
    const reasons = new Set(events.map(({ reason }) => reason));
    return wanted.every((reason) => reasons.has(reason));
  });
}

async function qos(trial: Trial): Promise<void> {
  const resources = { cpu: '100m', memory: '32Mi' };
  const { made } = await create(trial, { resources: { requests: resources, limits: resources } });
  expectEqual('the QoS class', made.status?.qosClass, 'Guaranteed');
}

async function readinessGate(trial: Trial): Promise<void> {
  const { key } = await create(trial, {}, { readinessGates: [{ conditionType: 'example.com/gate' }] });
  const pods = trial.client.resource(Resources.pods);
  const found = await untilObject(trial, Resources.pods, key, 'its containers to be ready', (each) =>
    Boolean(each?.status?.conditions?.some(({ type, status }) => type === 'ContainersReady' && status === 'True')),
  );
  expectEqual('ready', isReady(found), false);
  const body = { status: { conditions: [{ type: 'example.com/gate', status: 'True' }] } };
  const path = `/api/v1/namespaces/${key.namespace}/pods/${key.name}/status`;
  await raw(trial, path, { method: 'PATCH', contentType: 'application/strategic-merge-patch+json', body });
  await untilObject(trial, Resources.pods, key, 'the pod to be ready', isReady);
  expectEqual('pods', (await pods.list({ namespace: key.namespace })).items.length, 1);
}

async function gracefulEnd(trial: Trial): Promise<void> {
  const script = 'trap "echo told; sleep 2; echo done; exit 0" TERM; echo up; while true; do sleep 0.2; done';
  const { namespace, key, made } = await create(trial, { command: sh(script) }, { terminationGracePeriodSeconds: 20 });
  await untilLog(trial, made, 'main', /^up$/m);
  const pods = trial.client.resource(Resources.pods);
  await pods.delete(key);
  await untilLog(trial, made, 'main', /^told$/m);
  expectTrue(
    'it is there while it ends',
    (await pods.find(key)) !== undefined,
    await logOf(trial, namespace, key.name),
  );
  await untilGone(trial, Resources.pods, key);
}

async function ephemeral(trial: Trial): Promise<void> {
  const { namespace, key } = await create(trial, {});
  await untilReady(trial, namespace, key.name);
  const looker = { name: 'looker', image: trial.image, command: sh('ps'), targetContainerName: 'main' };
  const body = { spec: { ephemeralContainers: [looker] } };
  const pods = trial.client.resource(Resources.pods);
  const made = await pods.patch(key, { type: 'strategic', body }, { subresource: 'ephemeralcontainers' });
  await untilLog(trial, made, 'looker', /sleep 3600/);
}

const TIMES = 'i=0; while true; do i=$((i+1)); echo line $i; sleep 0.2; done';

async function previousLog(trial: Trial): Promise<void> {
  const script = 'echo run of $(date +%s); sleep 1; exit 1';
  const { namespace, key } = await create(trial, { command: sh(script) });
  await untilObject(trial, Resources.pods, key, 'a restart', (found) => restartsOf(found) >= 1);
  const kubectl = trial.kubectl(namespace);
  expectMatch('the log of the run before', await kubectl('logs', '--previous', key.name), /^run of \d+\n$/);
}

async function followedLog(trial: Trial): Promise<void> {
  const { namespace, key, made } = await create(trial, { command: sh(TIMES) });
  await untilLog(trial, made, 'main', /^line 3$/m);
  const child = trial.kubectl(namespace).spawn('logs', '-f', '--tail=1', key.name);
  trial.cleanup(async () => void child.kill());
  let seen = '';
  for await (const chunk of child.stdout ?? []) {
    seen += String(chunk);
    if (seen.split('\n').length > 8) break;
  }
  const numbers = seen
    .trim()
    .split('\n')
    .slice(0, 7)
    .map((line) => Number(line.split(' ')[1]));
  expectEqual(
    'the lines follow each other',
    numbers,
    numbers.map((_, index) => (numbers[0] ?? 0) + index),
  );
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Pod liveness probe, using local file, restart': liveness(
    { exec },
    'touch /tmp/health; sleep 5; rm /tmp/health; sleep 600',
    1,
  ),
  'Pod liveness probe, using local file, no restart': liveness({ exec }, 'touch /tmp/health; sleep 600', 0),
  'Pod liveness probe, using http endpoint, restart': liveness(
    { httpGet },
    `${HTTPD} sleep 5; rm /srv/healthz; sleep 600`,
    1,
  ),
  'Pod liveness probe, using http endpoint, failure': liveness({ httpGet }, `${HTTPD} sleep 600`, 0),
  'Pod liveness probe, using tcp socket, no restart': liveness(
    { tcpSocket: { port: WEB_PORT } },
    `${HTTPD} sleep 600`,
    0,
  ),
  'Pod liveness probe, using grpc call, success': liveness({ grpc: { port: WEB_PORT } }, GRPC, 0),
  'Pod liveness probe, using grpc call, failure': liveness({ grpc: { port: WEB_PORT + 1 } }, GRPC, 1),
  'Pod readiness probe, with initial delay': readinessDelay,
  'Pod readiness probe, failure': readinessFailure,
  'Pod Lifecycle, post start exec hook': hook('postStart', 'exec'),
  'Pod Lifecycle, post start http hook': hook('postStart', 'httpGet'),
  'Pod Lifecycle, prestop exec hook': hook('preStop', 'exec'),
  'Pod Lifecycle, prestop http hook': hook('preStop', 'httpGet'),
  'Pods, prestop hook': hook('preStop', 'exec'),
  'init-container-starts-app-restartalways-pod': initSucceeds('Always'),
  'init-container-starts-app-restartnever-pod': initSucceeds('Never'),
  'init-container-fails-stops-app-restartalways-pod': initFailsAlways,
  'init-container-fails-stops-app-restartnever-pod': initFailsNever,
  'Pods, ActiveDeadlineSeconds': deadline,
  'Pods, lifecycle': life,
  'Pods, assigned hostip': life,
  'Pods, update': life,
  'Pods, delete a collection': collection,
  'Pods, completes the lifecycle of a Pod and the PodStatus': statusLife,
  'Pods, service environment variables': serviceVariables,
  'Pods, QOS': qos,
  'Pods, ephemeral containers': ephemeral,
  'Pods, readiness gates': readinessGate,
  'Pods, graceful termination': gracefulEnd,
  'Pod events, verify event from Scheduler and Kubelet': podEvents,
};
const kubectlRuns: Readonly<Record<string, ConformanceTest['run']>> = {
  'Pods, log of the previous container': previousLog,
  'Pods, log followed': followedLog,
};
const slowRuns: Readonly<Record<string, ConformanceTest['run']>> = {
  'Pod liveness probe, using http endpoint, multiple restarts (slow)': liveness(
    { httpGet },
    `${HTTPD} sleep 5; rm /srv/healthz; sleep 600`,
    5,
  ),
};

const withNeeds = (entries: Readonly<Record<string, ConformanceTest['run']>>, all: readonly Need[]) =>
  Object.entries(entries).map(([name, run]) => ({ name, needs: all, run }));

export const nodePodTests: readonly ConformanceTest[] = [
  ...withNeeds(runs, needs),
  ...withNeeds(kubectlRuns, ['containers', 'kubectl']),
  ...withNeeds(slowRuns, ['containers', 'slow']),
];
