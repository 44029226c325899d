/** Taints that evict, and nodes that come and go. These change nodes, so they run alone. */
import { type Node, nameOf, type Pod, Resources, type Toleration } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { everyVerb } from '../framework/every-verb.ts';
import { expectEqual, expectTrue, present } from '../framework/expect.ts';
import { untilGone, untilObject } from '../framework/wait.ts';
import { pod } from '../objects.ts';

const TAINT = { key: 'kubernetes.io/e2e-evict-taint-key', value: 'evictTaintVal', effect: 'NoExecute' };

const tolerating = (tolerationSeconds: number): Toleration => ({
  key: TAINT.key,
  operator: 'Equal',
  value: TAINT.value,
  effect: TAINT.effect,
  tolerationSeconds,
});

async function aNode(trial: Trial): Promise<Node> {
  const { items } = await trial.client.resource(Resources.nodes).list();
  const usable = items.find(({ spec }) => spec?.unschedulable !== true && (spec?.taints ?? []).length === 0);
  return present('a node without taints', usable);
}

/** Taints a node, or takes the taint away; it is gone after the test in any case. */
function tainter(trial: Trial, node: Node): (tainted: boolean) => Promise<unknown> {
  const nodes = trial.client.resource(Resources.nodes);
  const set = (tainted: boolean) => {
    const others = node.spec?.taints ?? [];
    const body = { spec: { taints: tainted ? [...others, TAINT] : others } };
    return nodes.patch({ name: nameOf(node) }, { type: 'merge', body });
  };
  trial.cleanup(() => set(false));
  return set;
}

async function runningOn(trial: Trial, node: Node, namespace: string, name: string, seconds: number): Promise<void> {
  const spec = {
    nodeSelector: { 'kubernetes.io/hostname': nameOf(node) },
    tolerations: [tolerating(seconds)],
    terminationGracePeriodSeconds: 0,
  };
  await trial.client.resource(Resources.pods).create(pod({ namespace, name }, trial.image, {}, spec));
  const running = (found: Pod | undefined) => found?.status?.phase === 'Running';
  await untilObject(trial, Resources.pods, { namespace, name }, `${name} to run`, running);
}

const [SOON_S, LATER_S] = [3, 9];

/** Each pod goes when its own patience is over, not before and not much later. */
async function tolerationLimits(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const node = await aNode(trial);
  await runningOn(trial, node, namespace, 'impatient', SOON_S);
  await runningOn(trial, node, namespace, 'patient', LATER_S);
  const taintedAt = performance.now(); // Before anybody can know of it.
  await tainter(trial, node)(true);
  const seconds = () => (performance.now() - taintedAt) / 1000;
  await untilGone(trial, Resources.pods, { namespace, name: 'impatient' });
  expectTrue('not before its time', seconds() >= SOON_S - 1, seconds());
  const patient = await trial.client.resource(Resources.pods).find({ namespace, name: 'patient' });
  if (seconds() < LATER_S - 1)
    // Else nothing is known, because the cluster is slow.
    expectEqual(
      'the other stays meanwhile',
      patient?.metadata.deletionTimestamp === undefined && patient !== undefined,
      true,
    );
  await untilGone(trial, Resources.pods, { namespace, name: 'patient' });
  expectTrue('not before its time', seconds() >= LATER_S - 1, seconds());
}

/** How long a pod puts up with the taint: longer when the cluster was too slow to take the taint away in good time. */
const PATIENCES_S = [6, 60] as const;

async function cancelled(trial: Trial): Promise<void> {
  for (const patience of PATIENCES_S) if (await stays(trial, patience)) return;
  expectTrue('a taint is taken away within half a minute', false, 'it was not');
}

/** Whether the pod could be judged. */
async function stays(trial: Trial, patience: number): Promise<boolean> {
  const namespace = await trial.namespace();
  const node = await aNode(trial);
  await runningOn(trial, node, namespace, 'tested', patience);
  const taint = tainter(trial, node);
  const taintedAt = performance.now();
  const secondsUntil = (seconds: number) =>
    new Promise((resolve) => setTimeout(resolve, taintedAt + seconds * 1000 - performance.now()));
  await taint(true);
  await secondsUntil(patience / 3);
  await taint(false);
  if (performance.now() > taintedAt + patience * 500) return false;
  await secondsUntil(patience * 1.5);
  const found = await trial.client.resource(Resources.pods).find({ namespace, name: 'tested' });
  expectEqual('the pod stays', found?.metadata.deletionTimestamp === undefined && found !== undefined, true);
  expectEqual('its phase', found?.status?.phase, 'Running');
  return true;
}

function nodeLife(trial: Trial): Promise<void> {
  const object = (name: string) => ({ metadata: { name }, spec: { unschedulable: true } });
  const ready = { type: 'Ready', status: 'True', reason: 'Tested', message: 'says the test' };
  return everyVerb(trial, { type: Resources.nodes, object, status: { phase: 'Running', conditions: [ready] } });
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Pod Eviction, Toleration limits': tolerationLimits,
  'Taint, Pod Eviction on taint removal': cancelled,
  'Node, resource lifecycle': nodeLife,
};

export const taintTests: readonly ConformanceTest[] = Object.entries(runs).map(([name, run]) => ({
  name,
  serial: true,
  run,
}));
