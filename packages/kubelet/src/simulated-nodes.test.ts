import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pod, Resources } from '@steersman/api';
import { createClient, createFakeApi } from '@steersman/client';
import { type FakeEffects, fakeEffects } from '@steersman/machinery';
import { startSimulatedNodes } from './simulated-nodes.ts';

/** A cluster of one simulated node on the fake API server, with time that stands still. */
async function oneNode() {
  const effects: FakeEffects = fakeEffects();
  const api = createFakeApi({ effects });
  const client = createClient(api.transport);
  const abort = new AbortController();
  const starting = startSimulatedNodes({
    client,
    effects,
    signal: abort.signal,
    count: 1,
    podCidr: () => '10.244.0.0/24',
  });
  await effects.clock.advance(1000);
  const nodes = await starting;
  const pods = client.resource(Resources.pods);
  const read = async (name: string) => pods.find({ namespace: 'default', name });
  const run = async (pod: Pick<Pod, 'spec'> & { annotations?: Record<string, string> }, name = 'web') => {
    await pods.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'default',
        ...(pod.annotations === undefined ? {} : { annotations: pod.annotations }),
      },
      spec: { nodeName: 'node-0', terminationGracePeriodSeconds: 30, ...pod.spec },
    });
    await effects.clock.advance(50);
  };
  const stop = async () => {
    abort.abort();
    await effects.clock.advance(10);
    await nodes.stopped;
  };
  return { effects, client, api, pods, nodes, read, run, stop };
}
const conditionOf = (pod: Pod | undefined, type: string) =>
  pod?.status?.conditions?.find((each) => each.type === type)?.status;

test('startSimulatedNodes() registers a Ready node with a lease', async () => {
  const { client, stop } = await oneNode();
  const node = await client.resource(Resources.nodes).get({ name: 'node-0' });
  assert.equal(node.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  assert.equal(node.metadata.labels?.['kubernetes.io/hostname'], 'node-0');
  const lease = await client.resource(Resources.leases).get({ namespace: 'kube-node-lease', name: 'node-0' });
  assert.equal(lease.spec?.holderIdentity, 'node-0');
  await stop();
});

test('startSimulatedNodes() refuses what does not fit, but not what an earlier kubelet has started', async () => {
  const { pods, run, read, stop, effects } = await oneNode();
  const spec = { containers: [{ name: 'app', image: 'nginx', resources: { requests: { cpu: '100000' } } }] };
  await run({ spec }, 'refused');
  assert.equal((await read('refused'))?.status?.reason, 'OutOfcpu');
  const started = {
    name: 'app',
    ready: true,
    restartCount: 0,
    image: 'nginx',
    imageID: '',
    containerID: 'simulated://1',
  };
  await pods.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'started', namespace: 'default' },
    spec: { nodeName: 'node-0', ...spec },
    status: { phase: 'Running', containerStatuses: [started] },
  });
  await effects.clock.advance(50);
  assert.equal((await read('started'))?.status?.reason, undefined);
  await run({ spec: { containers: [{ name: 'app', image: 'nginx' }] } }, 'small');
  assert.equal(conditionOf(await read('small'), 'Ready'), 'True');
  await stop();
});

test('startSimulatedNodes() makes a bound pod Ready with an address out of its range', async () => {
  const { run, read, stop } = await oneNode();
  await run({ spec: { containers: [{ name: 'app', image: 'nginx' }] } });
  const pod = await read('web');
  assert.equal(pod?.status?.phase, 'Running');
  assert.equal(conditionOf(pod, 'Ready'), 'True');
  assert.match(pod?.status?.podIP ?? '', /^10\.244\.0\.\d+$/);
  assert.equal(pod?.status?.containerStatuses?.[0]?.ready, true);
  await stop();
});

test('startSimulatedNodes() runs init containers one after the other before the others', async () => {
  const { run, read, effects, stop } = await oneNode();
  await run({
    spec: {
      initContainers: [
        { name: 'one', image: 'a' },
        { name: 'two', image: 'a' },
      ],
      containers: [{ name: 'app', image: 'nginx' }],
    },
  });
  let pod = await read('web');
  assert.equal(pod?.status?.initContainerStatuses?.[0]?.state?.running !== undefined, true);
  assert.equal(pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
  assert.equal(conditionOf(pod, 'Initialized'), 'False');
  await effects.clock.advance(500);
  pod = await read('web');
  assert.equal(conditionOf(pod, 'Ready'), 'True');
  assert.deepEqual(
    pod?.status?.initContainerStatuses?.map(({ state }) => state?.terminated?.exitCode),
    [0, 0],
  );
  await stop();
});

test('startSimulatedNodes() starts what comes after a sidecar once the sidecar has started', async () => {
  const { run, read, effects, stop } = await oneNode();
  await run({
    spec: {
      initContainers: [{ name: 'mesh', image: 'a', restartPolicy: 'Always' }],
      containers: [{ name: 'app', image: 'nginx' }],
    },
  });
  await effects.clock.advance(100);
  const pod = await read('web');
  assert.equal(conditionOf(pod, 'Ready'), 'True');
  assert.equal(pod?.status?.initContainerStatuses?.[0]?.ready, true);
  await stop();
});

test('startSimulatedNodes() restarts a crashing container after a growing delay', async () => {
  const { run, read, effects, stop } = await oneNode();
  await run({ spec: { restartPolicy: 'Always', containers: [{ name: 'app', image: 'a', command: ['false'] }] } });
  await effects.clock.advance(1000);
  let pod = await read('web');
  const status = pod?.status?.containerStatuses?.[0];
  assert.equal(status?.restartCount, 1);
  assert.equal(status?.state?.waiting?.reason, 'CrashLoopBackOff');
  assert.match(
    status?.state?.waiting?.message ?? '',
    /^back-off 10s restarting failed container=app pod=web_default\(/,
  );
  assert.equal(status?.lastState?.terminated?.exitCode, 1);
  assert.equal(pod?.status?.phase, 'Running');
  await effects.clock.advance(11_000);
  pod = await read('web');
  assert.equal(pod?.status?.containerStatuses?.[0]?.restartCount, 2);
  await stop();
});

test('startSimulatedNodes() ends a pod that is not restarted as Succeeded or Failed', async () => {
  const { run, read, effects, stop } = await oneNode();
  await run(
    {
      spec: {
        restartPolicy: 'Never',
        containers: [{ name: 'app', image: 'a', command: ['sh', '-c', 'sleep 1; exit 0'] }],
      },
    },
    'good',
  );
  await run(
    { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'a', command: ['sh', '-c', 'exit 3'] }] } },
    'bad',
  );
  await effects.clock.advance(2000);
  const [good, bad] = [await read('good'), await read('bad')];
  assert.equal(good?.status?.phase, 'Succeeded');
  assert.equal(good?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'PodCompleted');
  assert.equal(bad?.status?.phase, 'Failed');
  assert.equal(bad?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 3);
  await stop();
});

test('startSimulatedNodes() lets a deleted pod end before the API forgets it', async () => {
  const { run, read, pods, effects, nodes, stop } = await oneNode();
  await run({ spec: { containers: [{ name: 'app', image: 'a' }] } });
  await pods.delete({ namespace: 'default', name: 'web' });
  await effects.clock.advance(500);
  assert.equal(await read('web'), undefined);
  assert.equal((await nodes.kubelets[0]!.runtime.listSandboxes()).length, 0);
  assert.equal([...nodes.kubelets[0]!.manager.records()].length, 0);
  await stop();
});

test('startSimulatedNodes() kills a container that ignores its stop when the grace is over', async () => {
  const { run, read, pods, effects, stop } = await oneNode();
  await run({
    spec: { containers: [{ name: 'app', image: 'a' }] },
    annotations: { 'simulation.steersman.dev/ignore-stop': 'true' },
  });
  await pods.delete({ namespace: 'default', name: 'web' }, { gracePeriodSeconds: 20 });
  await effects.clock.advance(19_000);
  assert.notEqual(await read('web'), undefined);
  await effects.clock.advance(3000);
  assert.equal(await read('web'), undefined);
  await stop();
});

test('startSimulatedNodes() holds Ready back until a readiness gate is set', async () => {
  const { run, read, stop } = await oneNode();
  await run({
    spec: { readinessGates: [{ conditionType: 'example.com/gate' }], containers: [{ name: 'app', image: 'a' }] },
  });
  const pod = await read('web');
  assert.equal(conditionOf(pod, 'ContainersReady'), 'True');
  assert.equal(pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'ReadinessGatesNotReady');
  await stop();
});

test('startSimulatedNodes() refuses a pod that asks for more than the node has', async () => {
  const { run, read, stop } = await oneNode();
  await run({ spec: { containers: [{ name: 'app', image: 'a', resources: { requests: { cpu: '64' } } }] } });
  const pod = await read('web');
  assert.equal(pod?.status?.phase, 'Failed');
  assert.equal(pod?.status?.reason, 'OutOfcpu');
  assert.equal(
    pod?.status?.message,
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: 0, capacity: 32000",
  );
  await stop();
});

test('startSimulatedNodes() says why a container cannot be configured and starts it when it can', async () => {
  const { run, read, client, effects, stop } = await oneNode();
  const env = [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } }];
  await run({ spec: { containers: [{ name: 'app', image: 'a', env }] } });
  let pod = await read('web');
  assert.deepEqual(pod?.status?.containerStatuses?.[0]?.state?.waiting, {
    reason: 'CreateContainerConfigError',
    message: 'configmap "settings" not found',
  });
  await client.resource(Resources.configMaps).create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { mode: 'fast' },
  });
  await effects.clock.advance(10_000);
  pod = await read('web');
  assert.equal(conditionOf(pod, 'Ready'), 'True');
  await stop();
});

test('startSimulatedNodes() fails a pod that outlives its active deadline', async () => {
  const { run, read, effects, stop } = await oneNode();
  await run({ spec: { activeDeadlineSeconds: 5, containers: [{ name: 'app', image: 'a' }] } });
  await effects.clock.advance(6000);
  const pod = await read('web');
  assert.equal(pod?.status?.phase, 'Failed');
  assert.equal(pod?.status?.reason, 'DeadlineExceeded');
  await stop();
});

test('startSimulatedNodes() waits for no initial delay: simulated containers answer at once', async () => {
  const { run, read, stop } = await oneNode();
  const readinessProbe = { grpc: { port: 80 }, initialDelaySeconds: 60 };
  await run({ spec: { containers: [{ name: 'app', image: 'a', readinessProbe }] } });
  assert.equal(conditionOf(await read('web'), 'Ready'), 'True');
  await stop();
});

test('startSimulatedNodes() backs off from images of unreachable hosts', async () => {
  const { run, read, stop } = await oneNode();
  await run({ spec: { containers: [{ name: 'app', image: 'registry.invalid/app:1' }] } });
  const pod = await read('web');
  assert.equal(pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'ImagePullBackOff');
  await stop();
});
