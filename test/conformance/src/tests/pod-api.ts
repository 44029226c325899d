/** Pods through the API: generations, statuses, WebSockets, runtime classes, ephemeral containers, volumes of others. */
import { type KubeObject, nameOf, type Pod, Resources, type RuntimeClass } from '@steersman/api';
import { logOf, untilLog } from '../framework/containers.ts';
import type { ConformanceTest, Need, Trial } from '../framework/contract.ts';
import { everyVerb } from '../framework/every-verb.ts';
import { expectEqual, expectIncludes, expectMatch, expectRefused, expectTrue } from '../framework/expect.ts';
import { untilGone, untilObject, WAIT_MS } from '../framework/wait.ts';
import { untilReady } from '../framework/web-pods.ts';
import { configMap, pod } from '../objects.ts';

const name = 'tested';

async function readyPod(trial: Trial, metadata: object = {}) {
  const namespace = await trial.namespace();
  const key = { namespace, name };
  const made = pod(key, trial.image);
  await trial.client.resource(Resources.pods).create({ ...made, metadata: { ...made.metadata, ...metadata } });
  return { namespace, key, ready: await untilReady(trial, namespace, name) };
}

/** Waits until whoever runs the pod has seen the newest spec. */
function untilObserved(trial: Trial, key: { namespace: string; name: string }, generation: number) {
  const observed = (found: Pod | undefined) =>
    found?.metadata.generation === generation && found.status?.observedGeneration === generation;
  return untilObject(trial, Resources.pods, key, `generation ${generation} to be observed`, observed);
}

async function generations(trial: Trial): Promise<void> {
  const { key, ready } = await readyPod(trial);
  const pods = trial.client.resource(Resources.pods);
  expectEqual('the first generation', ready.metadata.generation, 1);
  await untilObserved(trial, key, 1);
  const patch = async (body: object) => (await pods.patch(key, { type: 'strategic', body })).metadata.generation;
  expectEqual('after a deadline', await patch({ spec: { activeDeadlineSeconds: 5000 } }), 2);
  await untilObserved(trial, key, 2);
  const toleration = { key: 'e2e', operator: 'Exists' };
  expectEqual(
    'after a toleration',
    await patch({ spec: { tolerations: [...(ready.spec.tolerations ?? []), toleration] } }),
    3,
  );
  await untilObserved(trial, key, 3);
  expectEqual('after a label', await patch({ metadata: { labels: { own: 'true' } } }), 3);
  expectEqual('after what is there already', await patch({ spec: { activeDeadlineSeconds: 5000 } }), 3);
  expectEqual('after naming another', await patch({ metadata: { generation: 77 } }), 3);
}

const UPDATES = 499;

async function manyGenerations(trial: Trial): Promise<void> {
  const { key } = await readyPod(trial);
  const pods = trial.client.resource(Resources.pods);
  for (let count = 0; count < UPDATES; count += 1)
    await pods.patch(key, { type: 'merge', body: { spec: { activeDeadlineSeconds: 10_000 - count } } });
  await untilObserved(trial, key, UPDATES + 1);
}

async function generationOfDeletion(trial: Trial): Promise<void> {
  const finalizers = ['example.com/test-finalizer'];
  const { key, ready } = await readyPod(trial, { generation: 100, finalizers });
  const pods = trial.client.resource(Resources.pods);
  trial.cleanup(
    async () => (await pods.find(key)) && pods.patch(key, { type: 'merge', body: { metadata: { finalizers: null } } }),
  );
  expectEqual('a generation of its own choice', ready.metadata.generation, 1);
  await pods.delete(key, { gracePeriodSeconds: 2 });
  expectEqual('the generation of a pod that is deleted', (await pods.get(key)).metadata.generation, 2);
  await pods.patch(key, { type: 'merge', body: { metadata: { finalizers: null } } });
  await untilGone(trial, Resources.pods, key);
}

async function patchedStatus(trial: Trial): Promise<void> {
  const { key } = await readyPod(trial);
  const pods = trial.client.resource(Resources.pods);
  const body = { status: { message: 'Patched by the test', reason: 'E2E' } };
  const patched = await pods.patch(key, { type: 'merge', body }, { subresource: 'status' });
  expectIncludes('the status as patched', patched.status, { message: 'Patched by the test', reason: 'E2E' });
  expectEqual('the phase', patched.status?.phase, 'Running');
}

const text = (messages: readonly Uint8Array[]) => Buffer.concat([...messages]).toString();

async function execOverWebSocket(trial: Trial): Promise<void> {
  const { namespace } = await readyPod(trial);
  const query = 'command=echo&command=remote%20execution%20test&stdout=1&stderr=1&container=main';
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/exec?${query}`;
  const { protocol, messages } = await trial.webSocket(path, 'channel.k8s.io');
  expectEqual('the subprotocol', protocol, 'channel.k8s.io');
  const said = messages.filter((message) => message[0] === 1 && message.length > 1).map((message) => message.slice(1));
  expectEqual('what came on the channel of standard output', text(said), 'remote execution test\n');
  const wrong = messages.filter((message) => message[0] !== 1 && message.length > 1 && message[0] !== 3);
  expectEqual('what came on others', wrong.length, 0);
}

async function logOverWebSocket(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const command = ['sh', '-c', 'echo container is alive; sleep 600 & trap "exit 0" TERM; wait'];
  const made = await trial.client.resource(Resources.pods).create(pod({ namespace, name }, trial.image, { command }));
  await untilLog(trial, made, 'main', /^container is alive$/m);
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?container=main`;
  const { messages } = await trial.webSocket(path, 'binary.k8s.io');
  expectEqual('the log', text(messages), 'container is alive\n');
}

/** A runtime class of this test's own; resolves with its name. */
async function runtimeClass(trial: Trial, rest: Partial<RuntimeClass> = {}): Promise<string> {
  const classes = trial.client.resource(Resources.runtimeClasses);
  const unique = await trial.namespace();
  await classes.create({ metadata: { name: unique }, handler: 'nobody-has-it', ...rest });
  trial.cleanup(async () => (await classes.find({ name: unique })) && classes.delete({ name: unique }));
  return unique;
}

const ofClass = (trial: Trial, namespace: string, runtimeClassName: string) =>
  trial.client.resource(Resources.pods).create(pod({ namespace, name }, trial.image, {}, { runtimeClassName }));

async function missingClass(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const refusal = { code: 403, reason: 'Forbidden', message: /RuntimeClass "nonexistent" not found/ };
  await expectRefused('a pod of a class that never was', ofClass(trial, namespace, 'nonexistent'), refusal);
}

async function deletedClass(trial: Trial): Promise<void> {
  const deleted = await runtimeClass(trial);
  await trial.client.resource(Resources.runtimeClasses).delete({ name: deleted });
  await untilGone(trial, Resources.runtimeClasses, { name: deleted });
  const pods = trial.client.resource(Resources.pods);
  // Admission knows the classes from a cache, which learns of the deletion a moment later.
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const namespace = await trial.namespace();
    const created = ofClass(trial, namespace, deleted);
    if (performance.now() < end && (await created.catch(() => undefined)) !== undefined) {
      await pods.delete({ namespace, name });
      continue;
    }
    await expectRefused('a pod of a deleted class', created, { code: 403, reason: 'Forbidden' });
    return;
  }
}

function scheduledWithClass(overhead?: Readonly<Record<string, string>>) {
  return async (trial: Trial): Promise<void> => {
    const rest = overhead === undefined ? {} : { overhead: { podFixed: overhead } };
    const runtimeClassName = await runtimeClass(trial, rest);
    const namespace = await trial.namespace();
    const made = await ofClass(trial, namespace, runtimeClassName);
    expectEqual('the overhead', made.spec.overhead, overhead);
    const scheduled = (found: Pod | undefined) => (found?.spec.nodeName ?? '') !== '';
    await untilObject(trial, Resources.pods, { namespace, name }, 'the pod to get a node', scheduled);
  };
}

/** Adds ephemeral containers one by one; each runs, those before stay. */
function ephemeralContainers(count: number) {
  return async (trial: Trial): Promise<void> => {
    const { namespace, key } = await readyPod(trial);
    const pods = trial.client.resource(Resources.pods);
    for (let index = 1; index <= count; index += 1) {
      const at = `debugger-${index}`;
      const command = ['sh', '-c', 'echo polo; sleep 600 & trap "exit 0" TERM; wait'];
      const container = { name: at, image: trial.image, command };
      const body = { spec: { ephemeralContainers: [container] } };
      await pods.patch(key, { type: 'strategic', body }, { subresource: 'ephemeralcontainers' });
      const running = (found: Pod | undefined) =>
        found?.status?.ephemeralContainerStatuses?.find((each) => each.name === at)?.state?.running !== undefined;
      const found = await untilObject(trial, Resources.pods, key, `${at} to run`, running);
      expectEqual('ephemeral containers', found?.spec.ephemeralContainers?.length, index);
      await untilLog(trial, found as Pod, at, /^polo$/m);
      expectMatch('its log', await logOf(trial, namespace, name, at), /polo/);
    }
  };
}

function inlineVolumes(trial: Trial): Promise<void> {
  const object = (at: string, namespace: string) => {
    const volumes = [{ name: 'inline', csi: { driver: 'e2e.example.com', fsType: 'ext4' } }];
    // Never scheduled: nobody has that driver.
    return pod({ namespace, name: at }, trial.image, {}, { volumes, nodeSelector: { 'example.com/none': 'true' } });
  };
  return everyVerb(trial, { type: Resources.pods, object });
}

/** Pods go first when their namespace is deleted: what they may still need stays until they are gone. */
async function orderedDeletion(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const pods = trial.client.resource(Resources.pods);
  const key = { namespace, name };
  const made = pod(key, trial.image);
  await pods.create({ ...made, metadata: { ...made.metadata, finalizers: ['example.com/test-finalizer'] } });
  const release = () => pods.patch(key, { type: 'merge', body: { metadata: { finalizers: null } } });
  trial.cleanup(async () => (await pods.find(key)) && release());
  const configMaps = trial.client.resource(Resources.configMaps);
  await configMaps.create(configMap({ namespace, name: 'needed' }));
  await trial.client.resource(Resources.namespaces).delete({ name: namespace });
  const waits = (found: KubeObject | undefined) => JSON.stringify(found).includes('NamespaceContentRemaining');
  await untilObject(trial, Resources.namespaces, { name: namespace }, 'the namespace to wait for its content', waits);
  expectTrue('the pod is being deleted', (await pods.get(key)).metadata.deletionTimestamp !== undefined, key);
  const kept = await configMaps.get({ namespace, name: 'needed' });
  expectEqual('its ConfigMap is not being deleted', kept.metadata.deletionTimestamp, undefined);
  expectEqual('the ConfigMap', nameOf(kept), 'needed');
  await release();
  await untilGone(trial, Resources.namespaces, { name: namespace });
}

type Runs = Readonly<Record<string, ConformanceTest['run']>>;
const anywhere: Runs = {
  'Pods Generation, updates': generations,
  'Pods Generation, 500 updates': manyGenerations,
  'Pods Generation, graceful delete': generationOfDeletion,
  'Pods, patching status': patchedStatus,
  'Pod with the non-existing RuntimeClass is rejected.': missingClass,
  'Pod with the deleted RuntimeClass is rejected.': deletedClass,
  'Can schedule a pod requesting existing RuntimeClass.': scheduledWithClass(),
  'RuntimeClass Overhead field must be respected.': scheduledWithClass({ cpu: '10m', memory: '1Mi' }),
  'CSIInlineVolumes should support Pods with inline volumes': inlineVolumes,
  'Ordered Namespace Deletion': orderedDeletion,
};
const withContainers: Runs = {
  'Pods, remote command execution over websocket': execOverWebSocket,
  'Pods, logs from websockets': logOverWebSocket,
  'Ephemeral Container Creation': ephemeralContainers(1),
  'Ephemeral Container, update ephemeral containers': ephemeralContainers(2),
};

const tests = (runs: Runs, needs: readonly Need[]) =>
  Object.entries(runs).map(([at, run]) => ({ name: at, needs, run }));
export const podApiTests: readonly ConformanceTest[] = [
  ...tests(anywhere, []),
  ...tests(withContainers, ['containers']),
];
