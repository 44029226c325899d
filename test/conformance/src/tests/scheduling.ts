/** Where pods may run: room, labels, host ports, and who makes way for whom. These change nodes, so they run alone. */
import {
  type Container,
  type Node,
  nameOf,
  type Pod,
  type PodSpec,
  type PriorityClass,
  parseQuantity,
  Resources,
  uidOf,
} from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectMatch, expectRefused, expectTrue, present } from '../framework/expect.ts';
import { rawExpecting } from '../framework/raw.ts';
import { untilGone, untilObject, untilObjects } from '../framework/wait.ts';
import { pod, replicaSet } from '../objects.ts';

/** An extended resource of this suite's own: how much there is of it does not depend on the machine. */
const THINGS = 'conformance.example.com/things';

const isUsable = ({ spec }: Node) => spec?.unschedulable !== true && (spec?.taints ?? []).length === 0;

async function usableNodes(trial: Trial): Promise<readonly Node[]> {
  const { items } = await trial.client.resource(Resources.nodes).list();
  const usable = items.filter(isUsable);
  expectTrue('a node without taints', usable.length > 0, items.map(nameOf));
  return usable;
}

const onNode = (node: Node): Partial<PodSpec> => ({ nodeSelector: { 'kubernetes.io/hostname': nameOf(node) } });
const requests = (resources: Readonly<Record<string, string>>): Partial<Container> => ({
  resources: { requests: resources, limits: resources },
});

async function create(
  trial: Trial,
  namespace: string,
  name: string,
  container: Partial<Container>,
  spec: Partial<PodSpec>,
) {
  const labels = { app: name };
  return trial.client.resource(Resources.pods).create(pod({ namespace, name, labels }, trial.image, container, spec));
}

async function untilScheduled(trial: Trial, namespace: string, name: string): Promise<string> {
  const scheduled = (found: Pod | undefined) => (found?.spec.nodeName ?? '') !== '';
  const found = await untilObject(trial, Resources.pods, { namespace, name }, `${name} to get a node`, scheduled);
  return present('the node', found?.spec.nodeName);
}

const untilRunning = (trial: Trial, namespace: string, name: string) =>
  untilObject(
    trial,
    Resources.pods,
    { namespace, name },
    `${name} to run`,
    (found) => found?.status?.phase === 'Running',
  );

/** Waits until the scheduler says that the pod fits nowhere; resolves with why. */
async function untilUnschedulable(trial: Trial, namespace: string, name: string): Promise<string> {
  const conditionOf = (found: Pod | undefined) =>
    found?.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const told = (found: Pod | undefined) => conditionOf(found)?.reason === 'Unschedulable';
  const found = await untilObject(trial, Resources.pods, { namespace, name }, `${name} to fit nowhere`, told);
  expectEqual('its node', found?.spec.nodeName ?? '', '');
  return conditionOf(found)?.message ?? '';
}

const milli = (quantity: string | undefined): number => Number(parseQuantity(quantity ?? '0').milliValue());

/** What pods of a node have asked for, as the scheduler counts for pods with plain containers. */
async function freeCpu(trial: Trial, node: Node): Promise<number> {
  const { items } = await trial.client
    .resource(Resources.pods)
    .list({ fieldSelector: `spec.nodeName=${nameOf(node)},status.phase!=Failed,status.phase!=Succeeded` });
  const asked = items
    .flatMap(({ spec }) => spec.containers)
    .reduce((sum, { resources }) => sum + milli(resources?.requests?.['cpu']), 0);
  return milli(node.status?.allocatable?.['cpu']) - asked;
}

/** 70 % of every node is taken; half of the largest node's room is then more than any has left. */
async function resourceLimits(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const nodes = await usableNodes(trial);
  const room: number[] = [];
  for (const [index, node] of nodes.entries()) {
    const free = await freeCpu(trial, node);
    room.push(free);
    const cpu = `${Math.floor(free * 0.7)}m`;
    await create(trial, namespace, `filler-${index}`, requests({ cpu }), onNode(node));
    expectEqual('the node of the filler', await untilScheduled(trial, namespace, `filler-${index}`), nameOf(node));
  }
  await create(trial, namespace, 'additional', requests({ cpu: `${Math.ceil(Math.max(...room) * 0.5)}m` }), {});
  expectMatch('why', await untilUnschedulable(trial, namespace, 'additional'), /Insufficient cpu/);
}

async function selectorMatches(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const node = present('a node', (await usableNodes(trial)).at(-1));
  const label = 'conformance.example.com/selected';
  const mark = (value: string | null) =>
    trial.client
      .resource(Resources.nodes)
      .patch({ name: nameOf(node) }, { type: 'merge', body: { metadata: { labels: { [label]: value } } } });
  trial.cleanup(() => mark(null));
  await mark(namespace);
  await create(trial, namespace, 'with-labels', {}, { nodeSelector: { [label]: namespace } });
  expectEqual('its node', await untilScheduled(trial, namespace, 'with-labels'), nameOf(node));
  await untilRunning(trial, namespace, 'with-labels');
}

async function selectorMatchesNot(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await create(trial, namespace, 'restricted', {}, { nodeSelector: { 'conformance.example.com/none': 'nonempty' } });
  const why = await untilUnschedulable(trial, namespace, 'restricted');
  expectMatch('why', why, /didn't match Pod's node affinity\/selector/);
}

const hostPort = (port: number, hostIP?: string, protocol = 'TCP'): Partial<Container> => ({
  ports: [{ containerPort: 8080, hostPort: port, protocol, ...(hostIP === undefined ? {} : { hostIP }) }],
});

async function hostPortConflict(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const node = present('a node', (await usableNodes(trial))[0]);
  await create(trial, namespace, 'everywhere', hostPort(54322), onNode(node));
  expectEqual('its node', await untilScheduled(trial, namespace, 'everywhere'), nameOf(node));
  const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  await create(trial, namespace, 'one-address', hostPort(54322, address), onNode(node));
  expectMatch('why', await untilUnschedulable(trial, namespace, 'one-address'), /free ports/);
}

async function hostPortsBeside(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const node = present('a node', (await usableNodes(trial))[0]);
  const address = present('its address', node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address);
  const ways = { one: ['127.0.0.1', 'TCP'], two: [address, 'TCP'], three: [address, 'UDP'] } as const;
  for (const [name, [hostIP, protocol]] of Object.entries(ways)) {
    await create(trial, namespace, name, hostPort(54323, hostIP, protocol), onNode(node));
    expectEqual('the node', await untilScheduled(trial, namespace, name), nameOf(node));
    await untilRunning(trial, namespace, name);
  }
}

/** Makes priority classes of these values, by name; their full names are unique. */
async function priorities(trial: Trial, values: Readonly<Record<string, number>>): Promise<(name: string) => string> {
  const unique = await trial.namespace();
  const classes = trial.client.resource(Resources.priorityClasses);
  for (const [name, value] of Object.entries(values)) {
    await classes.create({ metadata: { name: `${unique}-${name}` }, value });
    trial.cleanup(() => classes.delete({ name: `${unique}-${name}` }));
  }
  return (name) => `${unique}-${name}`;
}

/** Gives nodes so many things of the extended resource, until the test ends. */
async function offerThings(trial: Trial, nodes: readonly Node[], amount: string): Promise<void> {
  for (const node of nodes) {
    const path = `/api/v1/nodes/${nameOf(node)}/status`;
    const set = (value: string | null) =>
      rawExpecting(trial, 200, path, {
        method: 'PATCH',
        contentType: 'application/merge-patch+json',
        body: { status: { capacity: { [THINGS]: value }, allocatable: { [THINGS]: value } } },
      });
    trial.cleanup(() => set(null));
    await set(amount);
  }
}
const things = (amount: number): Partial<Container> => requests({ [THINGS]: String(amount) });

/** All nodes are full with pods of which one is the least important: it makes way for a more important one. */
function preemption(critical: boolean) {
  return async (trial: Trial): Promise<void> => {
    const className = await priorities(trial, { low: 1, medium: 100, high: 1000 });
    const namespace = await trial.namespace();
    const nodes = await usableNodes(trial);
    await offerThings(trial, nodes, '5');
    for (const [index, node] of nodes.entries()) {
      for (const half of [0, 1]) {
        const priorityClassName = className(index === 0 && half === 0 ? 'low' : 'medium');
        await create(trial, namespace, `pod-${index}-${half}`, things(2), { ...onNode(node), priorityClassName });
        await untilRunning(trial, namespace, `pod-${index}-${half}`);
      }
    }
    const at = critical ? 'kube-system' : namespace;
    const name = critical ? `critical-${namespace}` : 'preemptor';
    const priorityClassName = critical ? 'system-cluster-critical' : className('high');
    trial.cleanup(async () => {
      if (critical) await trial.client.resource(Resources.pods).delete({ namespace: at, name });
    });
    await create(trial, at, name, things(2), { priorityClassName });
    await untilGone(trial, Resources.pods, { namespace, name: 'pod-0-0' });
    expectEqual('the node of the preemptor', await untilScheduled(trial, at, name), nameOf(nodes[0] as Node));
    await untilRunning(trial, at, name);
    const { items } = await trial.client.resource(Resources.pods).list({ namespace });
    const left = items.map(nameOf).filter((each) => each.startsWith('pod-'));
    expectEqual('pods of medium priority that are left', left.length, nodes.length * 2 - 1);
  };
}

async function disruptionCondition(trial: Trial): Promise<void> {
  const className = await priorities(trial, { low: 1, high: 1000 });
  const namespace = await trial.namespace();
  const node = present('a node', (await usableNodes(trial))[0]);
  await offerThings(trial, [node], '1');
  const pods = trial.client.resource(Resources.pods);
  const victim = pod({ namespace, name: 'victim' }, trial.image, things(1), {
    ...onNode(node),
    priorityClassName: className('low'),
  });
  const finalizers = ['example.com/test-finalizer'];
  await pods.create({ ...victim, metadata: { ...victim.metadata, finalizers } });
  const key = { namespace, name: 'victim' };
  const release = () => pods.patch(key, { type: 'merge', body: { metadata: { finalizers: null } } });
  trial.cleanup(async () => (await pods.find(key)) && release());
  await untilRunning(trial, namespace, 'victim');
  const high = { ...onNode(node), priorityClassName: className('high') };
  await create(trial, namespace, 'preemptor', things(1), high);
  const terminating = (found: Pod | undefined) => found?.metadata.deletionTimestamp !== undefined;
  const found = await untilObject(trial, Resources.pods, key, 'the victim to be deleted', terminating);
  const condition = found?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  expectIncludes('its condition', condition, { status: 'True', reason: 'PreemptionByScheduler' });
  await release();
  await untilGone(trial, Resources.pods, key);
  await untilRunning(trial, namespace, 'preemptor');
}

/** Four replica sets, the last the most important: the least important make way for it, and only they. */
async function preemptionPath(trial: Trial): Promise<void> {
  const className = await priorities(trial, { p1: 1, p2: 2, p3: 3, p4: 4 });
  const namespace = await trial.namespace();
  const node = present('a node', (await usableNodes(trial))[0]);
  await offerThings(trial, [node], '1000');
  const start = async (name: string, replicas: number, amount: number) => {
    const made = replicaSet({ namespace, name }, trial.image, replicas);
    const [container] = pod({ namespace, name }, trial.image, things(amount)).spec.containers;
    const spec = { containers: [container as Container], ...onNode(node), priorityClassName: className(name) };
    const template = { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, ...spec } };
    await trial.client.resource(Resources.replicaSets).create({ ...made, spec: { ...made.spec, template } });
  };
  const running = (name: string, count: number) =>
    untilObjects(
      trial,
      Resources.pods,
      { namespace, labelSelector: `app=${name}` },
      `${count} running pods of ${name}`,
      (pods) =>
        pods.filter(({ status, metadata }) => status?.phase === 'Running' && !metadata.deletionTimestamp).length ===
        count,
    );
  await start('p1', 5, 40);
  await start('p2', 4, 50);
  await start('p3', 4, 125);
  await running('p1', 5);
  await running('p2', 4);
  const before = await running('p3', 4);
  await start('p4', 1, 250);
  await running('p4', 1);
  const after = await running('p3', 4);
  expectEqual('the pods of p3 were left alone', after.map(uidOf).toSorted(), before.map(uidOf).toSorted());
  // 100 were free; 150 more are three pods of the second set, or four of the first, which are the least important.
  await running('p1', 1);
  await running('p2', 4);
}

async function priorityClasses(trial: Trial): Promise<void> {
  const className = await priorities(trial, { p1: 1, p2: 2 });
  const classes = trial.client.resource(Resources.priorityClasses);
  const names = (await classes.list()).items.map(nameOf);
  for (const name of [className('p1'), 'system-cluster-critical', 'system-node-critical'])
    expectTrue(`${name} is listed`, names.includes(name), names);
  const key = { name: className('p1') };
  const found = await classes.get(key);
  const updated = await classes.update({ ...found, description: 'updated' });
  expectEqual('the description as updated', updated.description, 'updated');
  const patched = await classes.patch(key, { type: 'merge', body: { description: 'patched' } });
  expectEqual('the description as patched', patched.description, 'patched');
  const refusal = { code: 422, reason: 'Invalid', message: /value: Forbidden: may not be changed in an update/ };
  const value: PriorityClass = { ...patched, value: 1000 };
  await expectRefused('updating the value', classes.update(value), refusal);
  await expectRefused(
    'patching the value',
    classes.patch(key, { type: 'json', body: [{ op: 'replace', path: '/value', value: 7 }] }),
    refusal,
  );
  await expectRefused(
    'patching the policy',
    classes.patch(key, { type: 'merge', body: { preemptionPolicy: 'Never' } }),
    {
      code: 422,
      reason: 'Invalid',
    },
  );
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Scheduler, resource limits': resourceLimits,
  'Scheduler, node selector matching': selectorMatches,
  'Scheduler, node selector not matching': selectorMatchesNot,
  'Scheduling, HostPort and Protocol match, HostIPs different but one is default HostIP (0.0.0.0)': hostPortConflict,
  'Scheduling, HostPort matching and HostIP and Protocol not-matching': hostPortsBeside,
  'Scheduler, Basic Preemption': preemption(false),
  'Scheduler, Preemption for critical pod': preemption(true),
  'Verify the DisruptionTarget condition is added to the preempted pod': disruptionCondition,
  'Pod preemption verification': preemptionPath,
  'Scheduler, Verify PriorityClass endpoints': priorityClasses,
};

export const schedulingTests: readonly ConformanceTest[] = Object.entries(runs).map(([name, run]) => ({
  name,
  serial: true,
  run,
}));
