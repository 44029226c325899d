/** One pass over one pod: observe, plan, act, report. */
import { isPodFinished, isTerminating, type PodStatus, parseTime } from '@steersman/api';
import type { NextPass } from '@steersman/machinery';
import { messageOf } from '../runtime/error.ts';
import type { PodDependencies } from './dependencies.ts';
import { PodSetupError } from './host.ts';
import { observe } from './observe.ts';
import { type PodAction, planPod } from './plan.ts';
import type { PodRecord } from './record.ts';
import { type ResizeContainer, resizeContainer } from './resize.ts';
import { createSandbox, startContainer } from './start.ts';
import { podStatus } from './status.ts';
import { graceOf, stopContainer } from './stop.ts';
import { deadlineLeftMs, planEnding } from './termination.ts';
import { findSpecContainer, usableSandbox } from './view.ts';

/** A plan leads to the next one (sandbox, then init containers ...); a pod that needs more waits for its next pass. */
const ROUNDS_MAX = 50;
const SETUP_RETRY_MAX_MS = 10_000;
const SETUP_RETRY_BASE_MS = 500;
const ENDING_RETRY_MS = 5_000;

export async function runPass(record: PodRecord, deps: PodDependencies): Promise<NextPass> {
  await observe(record, deps.runtime, deps.host);
  if (record.stage === 'running' && mustEnd(record, deps)) beginEnding(record, deps);
  if (record.stage === 'running') {
    const next = await keepRunning(record, deps);
    if (!isEnding(record)) return next;
  }
  return end(record, deps);
}
/** Asked anew because passes and source events both move the stage. */
const isEnding = (record: PodRecord): boolean => record.stage !== 'running';

/** From here on the pod only goes down. Whatever its pass waits for is given up. */
export function beginEnding(record: PodRecord, deps: Pick<PodDependencies, 'probes'>): void {
  if (record.stage !== 'running') return;
  record.stage = 'ending';
  record.startAbort.abort(new PodSetupError('Terminating', 'the pod is being stopped'));
  deps.probes.ending(record.uid);
}

function mustEnd(record: PodRecord, deps: PodDependencies): boolean {
  const { pod } = record;
  if (record.gone || record.verdict !== undefined || isTerminating(pod)) return true;
  if (isPodFinished(pod)) return true;
  const left = deadlineLeftMs(pod, startedAt(record), deps.effects.clock.now());
  if (left === undefined || left > 0) return false;
  const message = 'Pod was active on the node longer than the specified deadline';
  record.verdict = { phase: 'Failed', reason: 'DeadlineExceeded', message };
  deps.event(pod, 'Normal', 'DeadlineExceeded', message);
  return true;
}

const startedAt = ({ pod, firstSeenAt }: PodRecord): number =>
  pod.status?.startTime === undefined ? firstSeenAt : parseTime(pod.status.startTime);

async function keepRunning(record: PodRecord, deps: PodDependencies): Promise<NextPass> {
  report(record, deps);
  let retryMs: number | undefined = untilDeadline(record, deps);
  const wait = (ms: number) => {
    retryMs = retryMs === undefined ? ms : Math.min(retryMs, ms);
  };
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const plan = planPod({
      pod: record.pod,
      runtime: record.runtime,
      probes: deps.probes.results,
      stopping: new Set(record.stopping.keys()),
      resized: record.resized,
    });
    if (plan.kind === 'finished') {
      beginEnding(record, deps);
      return 'on-change';
    }
    if (plan.actions.length === 0) break;
    const outcome = await actOn(record, plan.actions, deps);
    await observe(record, deps.runtime, deps.host);
    if (isEnding(record)) return 'on-change';
    report(record, deps);
    if (outcome.retryMs !== undefined) wait(outcome.retryMs);
    if (!outcome.progressed) break;
  }
  const staleMs = await freshen(record, deps);
  if (staleMs !== undefined) wait(staleMs);
  const address = usableSandbox(record.runtime)?.ips[0] ?? deps.node.ips()[0] ?? '127.0.0.1';
  deps.probes.update(record.uid, record.pod, record.runtime, address);
  return retryMs === undefined ? 'on-change' : { afterMs: retryMs };
}

/** Volumes of running pods follow the API; after a restart of the kubelet this is also where it finds them again. */
async function freshen(record: PodRecord, deps: PodDependencies): Promise<number | undefined> {
  if (!record.stale || usableSandbox(record.runtime) === undefined) return undefined;
  record.stale = false;
  try {
    record.prepared = await deps.host.prepare(record.pod, record.startAbort.signal);
    return undefined;
  } catch (error) {
    record.stale = true;
    deps.event(record.pod, 'Warning', 'FailedMount', messageOf(error));
    return SETUP_RETRY_MAX_MS;
  }
}

function untilDeadline(record: PodRecord, deps: PodDependencies): number | undefined {
  return deadlineLeftMs(record.pod, startedAt(record), deps.effects.clock.now());
}

interface Outcome {
  readonly progressed: boolean;
  readonly retryMs?: number;
}

async function actOn(record: PodRecord, actions: readonly PodAction[], deps: PodDependencies): Promise<Outcome> {
  let progressed = false;
  let retryMs: number | undefined;
  for (const action of actions) {
    if (isEnding(record)) break;
    const outcome = await perform(record, action, deps);
    if (outcome.retryMs === undefined) progressed = progressed || action.kind !== 'stop-container';
    else retryMs = Math.min(retryMs ?? outcome.retryMs, outcome.retryMs);
  }
  if (progressed) deps.acted();
  return { progressed, ...(retryMs === undefined ? {} : { retryMs }) };
}

async function perform(
  record: PodRecord,
  action: PodAction,
  deps: PodDependencies,
): Promise<{ readonly retryMs?: number }> {
  switch (action.kind) {
    case 'create-sandbox':
      return trySandbox(record, action.attempt, deps);
    case 'stop-container':
      stopContainer(record, action, deps);
      return {};
    case 'resize-container':
      return tryResize(record, action, deps);
    case 'start-container': {
      const sandbox = usableSandbox(record.runtime);
      return sandbox === undefined ? {} : startContainer(record, sandbox, action, deps);
    }
  }
}

async function tryResize(
  record: PodRecord,
  action: ResizeContainer,
  deps: PodDependencies,
): Promise<{ readonly retryMs?: number }> {
  try {
    await resizeContainer(record, action, deps);
    return {};
  } catch (error) {
    if (!isEnding(record)) deps.event(record.pod, 'Warning', 'ResizeError', messageOf(error), action.container.name);
    return { retryMs: SETUP_RETRY_MAX_MS };
  }
}

async function trySandbox(
  record: PodRecord,
  attempt: number,
  deps: PodDependencies,
): Promise<{ readonly retryMs?: number }> {
  const problem = record.pod.spec.hostNetwork ? undefined : deps.node.networkProblem();
  try {
    if (problem !== undefined) throw new PodSetupError('NetworkNotReady', `network is not ready: ${problem}`);
    await createSandbox(record, attempt, deps);
    record.failures = 0;
    return {};
  } catch (error) {
    if (isEnding(record)) return {};
    const reason = error instanceof PodSetupError ? error.reason : 'FailedSync';
    deps.event(record.pod, 'Warning', reason, messageOf(error));
    deps.effects.log.warn('Pod could not be set up', { pod: record.uid, reason, error: messageOf(error) });
    record.failures += 1;
    return { retryMs: Math.min(SETUP_RETRY_BASE_MS * 2 ** Math.min(record.failures - 1, 10), SETUP_RETRY_MAX_MS) };
  }
}

async function end(record: PodRecord, deps: PodDependencies): Promise<NextPass> {
  const step = planEnding(record.pod, record.runtime);
  if (step.kind === 'stop-containers') {
    report(record, deps);
    for (const { id, name } of step.containers) {
      const graceSeconds = record.graceSeconds ?? graceOf(record.pod);
      stopContainer(record, { id, container: findSpecContainer(record.pod, name)?.container, graceSeconds }, deps);
    }
    return { afterMs: ENDING_RETRY_MS };
  }
  if (step.kind === 'stop-sandboxes') {
    for (const id of step.ids) await deps.runtime.stopSandbox(id);
    await observe(record, deps.runtime, deps.host);
  }
  return finish(record, deps);
}

/** Nothing runs any more: report, give everything back, and let the API forget the pod if it was deleted. */
async function finish(record: PodRecord, deps: PodDependencies): Promise<NextPass> {
  record.stage = 'ended';
  deps.probes.remove(record.uid);
  report(record, deps);
  if (!record.released) {
    await deps.host.release(record.pod);
    record.released = true;
  }
  if (record.gone) {
    await removeAll(record, deps);
    return 'on-change';
  }
  if (isTerminating(record.pod) && deps.writer.settled(record.uid)) await deps.finalDelete(record.pod);
  return 'on-change';
}

async function removeAll(record: PodRecord, deps: PodDependencies): Promise<void> {
  for (const { id } of record.runtime.containers) await deps.runtime.removeContainer(id);
  for (const { id } of record.runtime.sandboxes) await deps.runtime.removeSandbox(id);
  await deps.host.remove(record.pod);
  deps.crashes.forget(`${record.uid}/`);
  deps.writer.forget(record.uid);
  record.removed = true;
}

function report(record: PodRecord, deps: PodDependencies): void {
  if (record.gone) return;
  const pod = deps.writer.freshest(record.uid, record.pod);
  deps.writer.set(record.uid, record.pod, statusOf(record, deps, pod));
}

export function statusOf(record: PodRecord, deps: PodDependencies, pod = record.pod): PodStatus {
  return podStatus({
    pod,
    runtime: record.runtime,
    probes: deps.probes.results,
    waiting: record.waiting,
    terminationMessages: record.terminationMessages,
    resized: record.resized,
    runtimeName: deps.runtimeName,
    ending: record.stage === 'ended',
    now: deps.effects.clock.now(),
    startedAt: record.firstSeenAt,
    hostIps: deps.node.ips(),
    verdict: record.verdict,
  });
}
