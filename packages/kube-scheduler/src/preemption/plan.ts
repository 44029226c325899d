import type { FailedAttempt, FrameworkHandle, Rejection } from '../contract.ts';
import { failureMessage } from '../cycle/message.ts';
import type { NodeInfo } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { type Budget, type Candidate, selectVictims, startOf } from './victims.ts';

/** Upstream looks for victims on a tenth of the nodes, and on at least a hundred. */
const CANDIDATE_SHARE = 0.1;
const CANDIDATES_MIN = 100;

export type PreemptionPlan =
  | { readonly kind: 'preempt'; readonly candidate: Candidate }
  | { readonly kind: 'wait'; readonly message: string };

/** Whether the pod may preempt at all; a sentence when not. */
export function ineligibility(pod: PodInfo, framework: FrameworkHandle): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = framework.cluster.node(pod.pod.status?.nominatedNodeName ?? '');
  const isClearing = [...(nominated?.pods.values() ?? [])].some(
    (other) => other.isTerminating && other.priority < pod.priority,
  );
  return isClearing ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

/** Decides whose removal from which node makes room for the pod. `offset`: where to begin among the nodes. */
export function planPreemption(
  framework: FrameworkHandle,
  pod: PodInfo,
  failed: FailedAttempt,
  budgets: readonly Budget[],
  offset: number,
): PreemptionPlan {
  const reason = ineligibility(pod, framework);
  if (reason !== undefined) return { kind: 'wait', message: `preemption: ${reason}` };
  const rejections = new Map<string, Rejection & { readonly plugin: string }>();
  const promising: NodeInfo[] = [];
  for (const node of framework.cluster.nodes) {
    if (failed.rejections.get(node.name)?.code === 'unschedulable') promising.push(node);
    else rejections.set(node.name, { ...notHelpful, plugin: '' });
  }
  const enough = Math.max(CANDIDATES_MIN, Math.floor(failed.nodesInAll * CANDIDATE_SHARE));
  const candidates: Candidate[] = [];
  for (let at = 0; at < promising.length && candidates.length < enough; at += 1) {
    const node = promising[(offset + at) % promising.length]!;
    const result = selectVictims(framework, pod, node, budgets);
    if ('victims' in result) candidates.push(result);
    else rejections.set(node.name, { ...result, plugin: '' });
  }
  const [best] = candidates.toSorted(betterFirst);
  if (best !== undefined) return { kind: 'preempt', candidate: best };
  const message = failureMessage({ nodesInAll: failed.nodesInAll, rejections });
  return { kind: 'wait', message: `preemption: ${message}` };
}

const notHelpful: Rejection = { code: 'unresolvable', reasons: ['Preemption is not helpful for scheduling'] };

/** Offset that makes the sum of priorities grow with the number of victims, as priorities may be negative. */
const PRIORITY_OFFSET = 2 ** 31;
const sumOf = ({ victims }: Candidate) => victims.reduce((sum, { priority }) => sum + priority + PRIORITY_OFFSET, 0);
const highestOf = ({ victims }: Candidate) => victims[0]?.priority ?? Number.NEGATIVE_INFINITY;

/** The earliest start among the most important victims. */
function firstStart(candidate: Candidate): string {
  const starts = candidate.victims.filter(({ priority }) => priority === highestOf(candidate)).map(startOf);
  return starts.sort()[0] ?? '';
}

/** Upstream's order: fewest broken budgets, least important victims, least in sum, fewest, youngest. */
function betterFirst(a: Candidate, b: Candidate): number {
  const youngest = firstStart(a) > firstStart(b) ? -1 : firstStart(a) < firstStart(b) ? 1 : 0;
  return (
    a.violations - b.violations ||
    highestOf(a) - highestOf(b) ||
    sumOf(a) - sumOf(b) ||
    a.victims.length - b.victims.length ||
    youngest
  );
}
