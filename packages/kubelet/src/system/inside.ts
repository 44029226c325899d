/**
 * The part of the system test that runs inside a namespaced host, beside its containerd: a real kubelet on the fake API
 * server. Started by kubelet.system.test.ts with `node --test`.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { type ContainerStatus, type Pod, type PodSpec, Resources } from '@steersman/api';
import { createClient, createFakeApi } from '@steersman/client';
import { createMetrics, realClock, realRandom, silentLogger } from '@steersman/machinery';
import { parseComponentFlags } from '@steersman/server';
import { startNodeKubelet } from '../command/adapters/node-kubelet.ts';
import { configOf, flags } from '../command/config.ts';
import { runtimeConformance } from '../runtime/conformance.suite.ts';
import { connectCri } from '../runtime/cri/adapters/connection.ts';
import { createCriRuntime } from '../runtime/cri/cri.ts';

const IMAGE = 'steersman.local/busybox:1';
const CGROUP = process.env['STEERSMAN_TEST_CGROUP'] ?? '/steersman-kubelet-test';
const SOCKET = 'unix:///run/containerd/containerd.sock';
const MANIFESTS = '/run/steersman/manifests';
const SHARED = '/run/steersman/shared';
const WAIT_MS = 120_000; // On a machine that is busy with other things.
const effects = { clock: realClock(), random: realRandom(), metrics: createMetrics(), log: silentLogger };
const alive = setInterval(() => {}, 1000); // tidy-allow: the effects' own timers keep no process alive.

runtimeConformance('CRI', async () => ({
  runtime: createCriRuntime(connectCri(SOCKET)),
  image: IMAGE,
  logDirectory: '/var/log/pods',
  cgroupParent: `${CGROUP}/conformance`,
  until: (what, holds) => until(what, async () => ((await holds()) ? true : undefined)).then(() => {}),
}));

async function until<T>(what: string, look: () => Promise<T | undefined>, waitMs = WAIT_MS): Promise<T> {
  for (const end = performance.now() + waitMs; performance.now() < end; await effects.clock.sleep(20)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new assert.AssertionError({ message: `not within ${waitMs} ms: ${what}` });
}

const api = createFakeApi({ effects });
const client = createClient(api.transport);
const pods = client.resource(Resources.pods);
let kubelet: { readonly abort: AbortController; readonly stopped: Promise<void> } | undefined;

async function startKubelet(): Promise<void> {
  const args = [
    '--hostname-override=inside',
    '--node-ip=127.0.0.1',
    `--cgroup-root=${CGROUP}`,
    '--port=0',
    '--cluster-dns=10.96.0.10',
    `--pod-manifest-path=${MANIFESTS}`,
  ];
  const parsed = parseComponentFlags({ name: 'kubelet', summary: '', flags }, args);
  assert.ok(parsed.kind === 'run');
  const abort = new AbortController();
  const { stopped } = await startNodeKubelet({
    client,
    effects,
    signal: abort.signal,
    config: configOf(parsed.flags, undefined),
  });
  kubelet = { abort, stopped };
}
async function stopKubelet(): Promise<void> {
  kubelet?.abort.abort();
  await kubelet?.stopped;
  kubelet = undefined;
}
mkdirSync(MANIFESTS, { recursive: true });
mkdirSync(SHARED, { recursive: true });

after(async () => {
  await stopKubelet();
  clearInterval(alive);
});

const container = (command: string, more: object = {}) => ({
  name: 'main',
  image: IMAGE,
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', command],
  ...more,
});
const forever = 'trap "exit 0" TERM; while true; do sleep 0.1; done';

async function run(name: string, spec: PodSpec, metadata: object = {}): Promise<void> {
  await pods.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { nodeName: 'inside', terminationGracePeriodSeconds: 2, ...spec },
  });
}
const read = (name: string) => pods.find({ namespace: 'default', name });
const mainOf = (pod: Pod | undefined): ContainerStatus | undefined => pod?.status?.containerStatuses?.[0];
const phase = (name: string, wanted: string) =>
  until(`${name} is ${wanted}`, async () => {
    const pod = await read(name);
    return pod?.status?.phase === wanted ? pod : undefined;
  });
const ready = (name: string) =>
  until(`${name} is Ready`, async () => {
    const pod = await read(name);
    return pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? pod : undefined;
  });
const remove = async (name: string, gracePeriodSeconds = 2) => {
  await pods.delete({ namespace: 'default', name }, { gracePeriodSeconds });
  await until(`${name} is gone`, async () => ((await read(name)) === undefined ? true : undefined));
};
/** Runs a script to its end and returns what it left in /dev/termination-log. */
async function said(
  name: string,
  script: string,
  spec: Partial<PodSpec> = {},
  more: object = {},
  metadata: object = {},
): Promise<string> {
  await run(
    name,
    { restartPolicy: 'Never', ...spec, containers: [container(`{ ${script}; } >/dev/termination-log 2>&1`, more)] },
    metadata,
  );
  const message = mainOf(await phase(name, 'Succeeded'))?.state?.terminated?.message ?? '';
  await remove(name);
  return message.trim();
}

test('startNodeKubelet() registers the node of the host it runs in', async () => {
  await startKubelet();
  const node = await client.resource(Resources.nodes).get({ name: 'inside' });
  assert.equal(node.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  assert.match(node.status?.nodeInfo?.containerRuntimeVersion ?? '', /^containerd:\/\//);
});

test('startNodeKubelet() gives containers their environment from all sources', async () => {
  await client.resource(Resources.configMaps).create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { mode: 'fast', colour: 'red' },
  });
  await client.resource(Resources.secrets).create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'default' },
    data: { token: Buffer.from('s3cret').toString('base64') },
  });
  const env = [
    { name: 'A', value: 'x' },
    { name: 'B', value: '$(A)-$(NOPE)-$$(A)' },
    { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } },
    { name: 'D', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
    { name: 'E', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'F', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
  ];
  const message = await said(
    'env',
    'echo "$A|$B|$C|$D|$E|$F|$P_colour"',
    {},
    { env, envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }], resources: { limits: { memory: '64Mi' } } },
  );
  assert.equal(message, 'x|x-$(NOPE)-$(A)|fast|s3cret|env|64|red');
});

test('startNodeKubelet() mounts volumes of every kind it supports', async () => {
  const volumes = [
    { name: 'scratch', emptyDir: {} },
    { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: 'settings', configMap: { name: 'settings', items: [{ key: 'mode', path: 'deep/mode', mode: 0o400 }] } },
    { name: 'keys', secret: { secretName: 'keys' } },
    { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    { name: 'all', projected: { sources: [{ configMap: { name: 'settings' } }, { secret: { name: 'keys' } }] } },
    { name: 'host', hostPath: { path: `${SHARED}/made`, type: 'DirectoryOrCreate' } },
  ];
  const volumeMounts = [
    ...volumes.map(({ name }) => ({ name, mountPath: `/${name}`, ...(name === 'host' ? { readOnly: true } : {}) })),
    { name: 'scratch', mountPath: '/sub', subPath: 'a/b' },
    { name: 'settings', mountPath: '/one/mode', subPath: 'deep/mode' },
  ];
  const script =
    'echo hi >/sub/file; cat /scratch/a/b/file /settings/deep/mode; echo; cat /keys/token; echo; cat /info/labels; echo; ls /all; cat /one/mode; echo; grep -c " /memory tmpfs" /proc/mounts; touch /host/x; stat -c %a /settings/..data/deep/mode; stat -c %g /scratch';
  const message = await said(
    'volumes',
    script,
    { volumes, securityContext: { fsGroup: 2000 } },
    { volumeMounts },
    { labels: { app: 'demo' } },
  );
  assert.deepEqual(message.split('\n'), [
    'hi',
    'fast',
    's3cret',
    'app="demo"',
    'colour',
    'mode',
    'token',
    'fast',
    '1',
    'touch: /host/x: Read-only file system',
    '440',
    '2000',
  ]);
});

test('startNodeKubelet() brings mounted config maps up to date', async () => {
  await run('live', {
    volumes: [{ name: 'v', configMap: { name: 'settings' } }],
    containers: [
      container('until grep -q slow /v/mode; do sleep 0.1; done; echo seen >/dev/termination-log', {
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      }),
    ],
    restartPolicy: 'Never',
  });
  await phase('live', 'Running');
  await client
    .resource(Resources.configMaps)
    .patch({ namespace: 'default', name: 'settings' }, { type: 'merge', body: { data: { mode: 'slow' } } });
  assert.equal(mainOf(await phase('live', 'Succeeded'))?.state?.terminated?.message, 'seen\n');
  await remove('live');
});

test('startNodeKubelet() writes the resolver and hosts files of a pod', async () => {
  const message = await said('names', 'hostname; cat /etc/resolv.conf; grep -v "^#" /etc/hosts', {
    hostname: 'me',
    subdomain: 'svc',
    hostAliases: [{ ip: '1.2.3.4', hostnames: ['there'] }],
  });
  assert.match(message, /^me\n/);
  assert.match(message, /search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/);
  assert.match(message, /nameserver 10\.96\.0\.10/);
  assert.match(message, /options ndots:5/);
  assert.match(message, /me\.svc\.default\.svc\.cluster\.local\tme/);
  assert.match(message, /1\.2\.3\.4\tthere/);
});

test('startNodeKubelet() runs init containers in order and sidecars beside the rest', async () => {
  const share = [{ name: 'v', mountPath: '/v' }];
  const step = (name: string, command: string, more: object = {}) => ({
    ...container(command),
    name,
    volumeMounts: share,
    ...more,
  });
  await run('steps', {
    restartPolicy: 'Never',
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: [
      step('one', 'echo one >>/v/log'),
      step('side', `echo side >>/v/log; ${forever}`, { restartPolicy: 'Always' }),
      step('two', 'echo two >>/v/log'),
    ],
    containers: [container('cat /v/log >/dev/termination-log', { volumeMounts: share })],
  });
  const pod = await phase('steps', 'Succeeded');
  assert.equal(mainOf(pod)?.state?.terminated?.message, 'one\nside\ntwo\n');
  assert.equal(pod.status?.initContainerStatuses?.[1]?.state?.terminated?.exitCode, 0);
  await remove('steps');
});

test('startNodeKubelet() restarts what crashes and keeps the end of its log as its message', async () => {
  await run('crash', {
    restartPolicy: 'Always',
    containers: [container('echo broken; exit 7', { terminationMessagePolicy: 'FallbackToLogsOnError' })],
  });
  const pod = await until('crash backs off', async () => {
    const found = await read('crash');
    return mainOf(found)?.state?.waiting?.reason === 'CrashLoopBackOff' ? found : undefined;
  });
  assert.equal(mainOf(pod)?.restartCount, 1);
  assert.equal(mainOf(pod)?.lastState?.terminated?.exitCode, 7);
  assert.equal(mainOf(pod)?.lastState?.terminated?.message, 'broken\n');
  await remove('crash');
});

test('startNodeKubelet() runs hooks around the life of a container', async () => {
  const lifecycle = {
    postStart: { exec: { command: ['sh', '-c', 'echo started >>/shared/hooks'] } },
    preStop: { exec: { command: ['sh', '-c', 'echo stopping >>/shared/hooks'] } },
  };
  await run('hooks', {
    volumes: [{ name: 'v', hostPath: { path: SHARED } }],
    containers: [container(forever, { lifecycle, volumeMounts: [{ name: 'v', mountPath: '/shared' }] })],
  });
  await ready('hooks');
  await remove('hooks');
  assert.equal(readFileSync(`${SHARED}/hooks`, 'utf8'), 'started\nstopping\n');
});

test('startNodeKubelet() kills a container that fails its liveness probe', async () => {
  await run('sick', {
    containers: [
      container(`touch /tmp/ok; sleep 2; rm /tmp/ok; ${forever}`, {
        livenessProbe: { exec: { command: ['cat', '/tmp/ok'] }, periodSeconds: 1, failureThreshold: 1 },
      }),
    ],
  });
  await until('sick restarts', async () => ((mainOf(await read('sick'))?.restartCount ?? 0) > 0 ? true : undefined));
  for (const said of [
    "Liveness probe failed: cat: can't open '/tmp/ok'",
    'Container main failed liveness probe, will be restarted',
  ])
    await until(`an event says "${said}"`, async () =>
      (await client.resource(Resources.events).list()).items.find(({ message }) => message?.startsWith(said)),
    );
  await remove('sick');
});

test('startNodeKubelet() holds readiness back until the probe succeeds', async () => {
  const probes = {
    startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 100 },
    readinessProbe: { httpGet: { port: 'web', path: '/index.html' }, periodSeconds: 1 },
  };
  const told = 'until [ -e /shared/serve ]; do sleep 0.1; done; exec serve 8080';
  const ports = [{ name: 'web', containerPort: 8080 }];
  await run('served', {
    volumes: [{ name: 'v', hostPath: { path: SHARED } }],
    containers: [container(told, { ports, volumeMounts: [{ name: 'v', mountPath: '/shared' }], ...probes })],
  });
  const early = await phase('served', 'Running');
  assert.equal(mainOf(early)?.ready, false);
  writeFileSync(`${SHARED}/serve`, '');
  await ready('served');
  await remove('served');
});

test('startNodeKubelet() says why an image is missing', async () => {
  await run('never', {
    containers: [container('true', { image: 'nowhere.example/none:1', imagePullPolicy: 'Never' })],
  });
  await run('pull', {
    containers: [container('true', { image: '127.0.0.1:1/none:1', imagePullPolicy: 'IfNotPresent' })],
  });
  const reason = (name: string, wanted: string) =>
    until(`${name} says ${wanted}`, async () =>
      mainOf(await read(name))?.state?.waiting?.reason === wanted ? true : undefined,
    );
  await reason('never', 'ErrImageNeverPull');
  await reason('pull', 'ImagePullBackOff');
  await Promise.all([remove('never'), remove('pull')]);
});

test('startNodeKubelet() puts limits into cgroups', async () => {
  const script =
    'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.shares; cat /proc/self/oom_score_adj';
  const message = await said(
    'limits',
    script,
    {},
    { resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '500m', memory: '64Mi' } } },
  );
  assert.deepEqual(message.split('\n').slice(0, 3), [String(64 * 1024 ** 2), '50000', '102']);
});

test('startNodeKubelet() kills what ignores SIGTERM when its grace is over', async () => {
  await run('stubborn', { containers: [container('trap "" TERM; while true; do sleep 0.1; done')] });
  await ready('stubborn');
  const began = performance.now();
  await remove('stubborn', 2);
  const tookMs = performance.now() - began;
  assert.ok(tookMs > 1500, `${tookMs} ms`);
});

test('startNodeKubelet() takes over running containers when it is started again', async () => {
  await run('survivor', { containers: [container(forever)] });
  const before = mainOf(await ready('survivor'));
  await stopKubelet();
  await run('meanwhile', { containers: [container(forever)] });
  await startKubelet();
  await ready('meanwhile');
  const later = mainOf(await read('survivor'));
  assert.equal(later?.containerID, before?.containerID);
  assert.equal(later?.restartCount, 0);
  await Promise.all([remove('survivor'), remove('meanwhile')]);
});

test('startNodeKubelet() ends pods that were deleted while it was down', async () => {
  await run('orphan', { containers: [container(forever)] });
  await ready('orphan');
  await stopKubelet();
  await pods.delete({ namespace: 'default', name: 'orphan' }, { gracePeriodSeconds: 0 });
  await startKubelet();
  const runtime = createCriRuntime(connectCri(SOCKET));
  await until('the orphan is gone', async () => ((await runtime.listContainers()).length === 0 ? true : undefined));
  runtime.close();
});

test('startNodeKubelet() runs static pods and mirrors them', async () => {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'static' },
    spec: { terminationGracePeriodSeconds: 1, containers: [container(forever)] },
  };
  writeFileSync(`${MANIFESTS}/static.json`, JSON.stringify(manifest));
  const mirror = await ready('static-inside');
  assert.equal(mirror.metadata.annotations?.['kubernetes.io/config.source'], 'file');
  rmSync(`${MANIFESTS}/static.json`);
  await until('the mirror is gone', async () => ((await read('static-inside')) === undefined ? true : undefined));
});

test('startNodeKubelet() writes container logs where upstream does', async () => {
  await run('logs', { containers: [container(`echo hello; ${forever}`)] });
  const { uid } = (await ready('logs')).metadata;
  const path = `/var/log/pods/default_logs_${uid}/main/0.log`;
  await until('the log has a line', async () => (existsSync(path) && statSync(path).size > 0 ? true : undefined));
  assert.match(readFileSync(path, 'utf8'), / stdout F hello\n$/);
  await remove('logs');
});

test('startNodeKubelet() leaves nothing of ended pods behind', async () => {
  await until('no pod directory is left', async () =>
    readdirSync('/var/lib/kubelet/pods').length === 0 ? true : undefined,
  );
  await until('no log is left', async () =>
    readdirSync('/var/log/pods').some((name) => name.startsWith('default_')) ? undefined : true,
  );
  assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), /\/var\/lib\/kubelet\/pods/);
  const left = ['', '/burstable', '/besteffort']
    .flatMap((tier) => readdirSync(`/sys/fs/cgroup/memory${CGROUP}/kubepods${tier}`))
    .filter((name) => name.startsWith('pod'));
  assert.deepEqual(left, []);
});
