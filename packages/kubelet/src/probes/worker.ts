/** One probe of one container: what is known of it, and when it is tried next. */
import type { Container, Pod, Probe } from '@steersman/api';
import type { ProbeResult } from '../pod/view.ts';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';

export type ProbeKind = 'Startup' | 'Liveness' | 'Readiness';

export interface Worker {
  readonly uid: string;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly containerId: string;
  readonly startedAt: number;
  pod: Pod;
  container: Container;
  address: string;
  result: ProbeResult;
  /** Equal outcomes in a row. */
  streak: { outcome: 'success' | 'failure'; count: number };
  cancel: () => void;
  stopped: boolean;
  /** Attempts before the first full period: see `hurriedDelayMs`. */
  hurried: number;
}
/**
 * A container is first probed the moment it starts, when most are not listening yet. Waiting a whole period (10 s) for the
 * second try would make every pod slow to become Ready, so until one period has passed it is tried again soon and
 * failures neither count nor show. Commands cost more than connections: they start slower.
 */
const HURRIED_BASE_MS = 100;
const HURRIED_EXEC_BASE_MS = 500;

export const initialResult: Record<ProbeKind, ProbeResult> = {
  Startup: 'unknown',
  Liveness: 'success',
  Readiness: 'failure',
};
export const probeOf = (container: Container, kind: ProbeKind): Probe | undefined =>
  kind === 'Startup'
    ? container.startupProbe
    : kind === 'Liveness'
      ? container.livenessProbe
      : container.readinessProbe;

type Subject = Pick<Worker, 'uid' | 'kind' | 'probe' | 'pod' | 'container' | 'address'>;

export function newWorker(subject: Subject, { id, startedAt }: RuntimeContainerStatus): Worker {
  return {
    ...subject,
    containerId: id,
    startedAt,
    result: initialResult[subject.kind],
    streak: { outcome: 'success', count: 0 },
    cancel: () => {},
    stopped: false,
    hurried: 0,
  };
}

/** 0 once the container has had a whole period, or has been ready. */
export function hurriedDelayMs({ kind, probe, result, hurried }: Worker): number {
  if (kind === 'Liveness' || result === 'success') return 0;
  const base = probe.exec === undefined ? HURRIED_BASE_MS : HURRIED_EXEC_BASE_MS;
  // The delays so far add up to base * (2^n - 1).
  return base * (2 ** (hurried + 1) - 1) < periodMs(probe) ? base * 2 ** hurried : 0;
}

/** The pause before the next try; `gated` while a startup probe has to succeed first. */
export function nextDelayMs(worker: Worker, gated: boolean): number {
  const delayMs = gated ? 0 : hurriedDelayMs(worker);
  if (delayMs === 0) return periodMs(worker.probe);
  worker.hurried += 1;
  return delayMs;
}

/** Counts an outcome; true when it is the one that turns the result, which it has done then. */
export function turnsResult(worker: Worker, outcome: 'success' | 'failure'): boolean {
  const { streak, probe } = worker;
  if (outcome === 'success') worker.hurried = Number.POSITIVE_INFINITY;
  worker.streak = { outcome, count: streak.outcome === outcome ? streak.count + 1 : 1 };
  const threshold = outcome === 'success' ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  if (worker.streak.count < threshold || worker.result === outcome) return false;
  worker.result = outcome;
  return true;
}

const periodMs = ({ periodSeconds = 10 }: Probe): number => periodSeconds * 1000;
