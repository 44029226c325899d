import type { Effects } from './contract.ts';
import { exponentialBuckets } from './metrics.ts';

/** What a queue reports; durations in milliseconds. */
export interface WorkQueueMetrics {
  added(): void;
  retried(): void;
  depth(keys: number): void;
  waited(durationMs: number): void;
  worked(durationMs: number): void;
}

/** The metrics of upstream's work queues, by their names, so that dashboards made for Kubernetes fit. */
export function workQueueMetrics({ metrics }: Effects, name: string): WorkQueueMetrics {
  const labels = { name };
  const buckets = exponentialBuckets(1e-8, 10, 12);
  const depth = metrics.gauge('workqueue_depth', 'Keys waiting in the queue', ['name']);
  const adds = metrics.counter('workqueue_adds_total', 'Keys added to the queue', ['name']);
  const retries = metrics.counter('workqueue_retries_total', 'Passes that failed and are tried again', ['name']);
  const queued = metrics.histogram('workqueue_queue_duration_seconds', 'Seconds a key waits for its pass', buckets, [
    'name',
  ]);
  const work = metrics.histogram('workqueue_work_duration_seconds', 'Seconds a pass takes', buckets, ['name']);
  return {
    added: () => adds.add(1, labels),
    retried: () => retries.add(1, labels),
    depth: (keys) => depth.set(keys, labels),
    waited: (durationMs) => queued.observe(durationMs / 1000, labels),
    worked: (durationMs) => work.observe(durationMs / 1000, labels),
  };
}
