/**
 * Probes of running containers: one timer per probe, results kept by container id. A change of a result asks for a pass
 * over the pod. A readiness probe is tried at once, and again the moment a startup probe succeeds.
 */
import type { Container, Pod } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import { findSpecContainer, isSidecar, type PodRuntime, type ProbeResult, type ProbeResults } from '../pod/view.ts';
import { type ProbeMeans, runProbe } from './probe.ts';
import {
  hurriedDelayMs,
  initialResult,
  newWorker,
  nextDelayMs,
  type ProbeKind,
  probeOf,
  turnsResult,
  type Worker,
} from './worker.ts';

export interface ProbeManager {
  /** Probes exactly the containers that run now. */
  update(uid: string, pod: Pod, runtime: PodRuntime, address: string): void;
  /** From now on only readiness is probed: the pod is being ended. */
  ending(uid: string): void;
  remove(uid: string): void;
  readonly results: ProbeResults;
}
export interface ProbeManagerOptions {
  readonly clock: Clock;
  readonly means: ProbeMeans;
  /** Containers answer from their first moment (simulated ones): initial delays would be waited for nothing. */
  readonly answersAtOnce?: boolean | undefined;
  readonly onChange: (uid: string) => void;
  readonly onUnhealthy: (
    pod: Pod,
    container: Container,
    kind: ProbeKind,
    outcome: 'failure' | 'error',
    output: string,
  ) => void;
}

const ERROR_RETRIES_MAX = 3;
const keyOf = (id: string, kind: ProbeKind) => `${id}/${kind}`;

export function createProbeManager({
  clock,
  means,
  answersAtOnce,
  onChange,
  onUnhealthy,
}: ProbeManagerOptions): ProbeManager {
  const byUid = new Map<string, Map<string, Worker>>();
  const byId = new Map<string, Worker>();

  const resultOf =
    (kind: ProbeKind) =>
    (container: Container, id: string): ProbeResult =>
      probeOf(container, kind) === undefined ? 'success' : (byId.get(keyOf(id, kind))?.result ?? initialResult[kind]);
  const results: ProbeResults = {
    liveness: resultOf('Liveness'),
    readiness: resultOf('Readiness'),
    startup: resultOf('Startup'),
  };

  function start(worker: Worker): void {
    const { uid, containerId, kind } = worker;
    const workers = byUid.get(uid) ?? new Map<string, Worker>();
    byUid.set(uid, workers.set(keyOf(containerId, kind), worker));
    byId.set(keyOf(containerId, kind), worker);
    void tick(worker);
  }

  function stop(worker: Worker): void {
    worker.stopped = true;
    worker.cancel();
    byId.delete(keyOf(worker.containerId, worker.kind));
    const workers = byUid.get(worker.uid);
    workers?.delete(keyOf(worker.containerId, worker.kind));
    if (workers?.size === 0) byUid.delete(worker.uid);
  }

  async function tick(worker: Worker): Promise<void> {
    const delayMs = answersAtOnce ? 0 : (worker.probe.initialDelaySeconds ?? 0) * 1000;
    const waitMs = worker.startedAt + delayMs - clock.now();
    const gated = worker.kind !== 'Startup' && results.startup(worker.container, worker.containerId) !== 'success';
    if (waitMs <= 0 && !gated) await attempt(worker);
    if (worker.stopped) return;
    if (worker.kind === 'Startup' && worker.result !== 'unknown') return; // Settled for the life of the container.
    if (worker.kind === 'Liveness' && worker.result === 'failure') return; // It is being killed.
    worker.cancel();
    worker.cancel = clock.schedule(waitMs > 0 ? waitMs : nextDelayMs(worker, gated), () => void tick(worker));
  }

  async function attempt(worker: Worker): Promise<void> {
    let outcome = await runProbe(worker.probe, worker, means);
    for (let retry = 1; outcome.result === 'error' && retry < ERROR_RETRIES_MAX; retry += 1)
      outcome = await runProbe(worker.probe, worker, means);
    if (worker.stopped) return;
    if (outcome.result !== 'success' && hurriedDelayMs(worker) > 0) return;
    if (outcome.result !== 'success')
      onUnhealthy(worker.pod, worker.container, worker.kind, outcome.result, outcome.output);
    if (outcome.result === 'error') return; // Says nothing about the container.
    if (!turnsResult(worker, outcome.result)) return;
    if (worker.kind === 'Startup' && outcome.result === 'success') hurry(worker);
    onChange(worker.uid);
  }

  /** The container has started: its other probes need not wait for their next turn. */
  function hurry({ uid, containerId }: Worker): void {
    for (const worker of byUid.get(uid)?.values() ?? []) {
      if (worker.containerId !== containerId || worker.kind === 'Startup') continue;
      worker.cancel();
      void tick(worker);
    }
  }

  return {
    results,
    update(uid, pod, runtime, address) {
      const running = new Map(
        runtime.containers.filter(({ state }) => state === 'running').map((each) => [each.id, each]),
      );
      for (const worker of [...(byUid.get(uid)?.values() ?? [])]) {
        if (!running.has(worker.containerId)) stop(worker);
        else Object.assign(worker, { pod, address });
      }
      for (const status of running.values()) {
        const spec = findSpecContainer(pod, status.name);
        if (spec === undefined || spec.kind === 'ephemeral' || (spec.kind === 'init' && !isSidecar(spec.container)))
          continue;
        for (const kind of ['Startup', 'Liveness', 'Readiness'] as const) {
          const probe = probeOf(spec.container, kind);
          if (probe !== undefined && !byId.has(keyOf(status.id, kind)))
            start(newWorker({ uid, kind, probe, pod, container: spec.container, address }, status));
        }
      }
    },
    ending(uid) {
      for (const worker of [...(byUid.get(uid)?.values() ?? [])]) if (worker.kind !== 'Readiness') stopQuietly(worker);
    },
    remove(uid) {
      for (const worker of [...(byUid.get(uid)?.values() ?? [])]) stop(worker);
    },
  };

  /** Ends the timer and keeps the result. */
  function stopQuietly(worker: Worker): void {
    worker.stopped = true;
    worker.cancel();
  }
}
