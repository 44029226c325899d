import { type Effects, exponentialBuckets } from '@steersman/machinery';

/** What the scheduler reports; durations in milliseconds. */
export interface SchedulerMetrics {
  attempt(result: 'scheduled' | 'unschedulable' | 'error', profile: string, durationMs: number): void;
  bound(attempts: number, sinceEnqueuedMs: number): void;
  pending(counts: Readonly<Record<'active' | 'backoff' | 'unschedulable' | 'gated', number>>): void;
}

/** Upstream's metrics, by their names. */
export function schedulerMetrics({ metrics }: Effects): SchedulerMetrics {
  const labels = ['result', 'profile'];
  const attempts = metrics.counter('scheduler_schedule_attempts_total', 'Attempts to schedule pods, by result', labels);
  const durations = metrics.histogram(
    'scheduler_scheduling_attempt_duration_seconds',
    'Seconds an attempt takes, binding included',
    exponentialBuckets(0.001, 2, 15),
    labels,
  );
  const sli = metrics.histogram(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'Seconds from entering the queue to being bound',
    exponentialBuckets(0.01, 2, 20),
    ['attempts'],
  );
  const tries = metrics.histogram(
    'scheduler_pod_scheduling_attempts',
    'Attempts until a pod was bound',
    exponentialBuckets(1, 2, 5),
  );
  const pending = metrics.gauge('scheduler_pending_pods', 'Pods waiting for a node, by queue', ['queue']);
  return {
    attempt(result, profile, durationMs) {
      attempts.add(1, { result, profile });
      durations.observe(durationMs / 1000, { result, profile });
    },
    bound(count, sinceEnqueuedMs) {
      tries.observe(count);
      sli.observe(sinceEnqueuedMs / 1000, { attempts: count > 15 ? '16+' : String(count) });
    },
    pending(counts) {
      for (const queue of ['active', 'backoff', 'unschedulable', 'gated'] as const)
        pending.set(counts[queue], { queue });
    },
  };
}
