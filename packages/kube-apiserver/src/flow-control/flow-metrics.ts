import { DURATION_BUCKETS, type Histogram, type Metrics } from '@steersman/machinery';
import type { Level } from './configuration.ts';
import type { FlowClass, FlowCounts } from './flow-class.ts';
import type { Rejection } from './priority-level.ts';

const PREFIX = 'apiserver_flowcontrol';
const LABELS = ['priority_level', 'flow_schema'];

/**
 * Flow control under upstream's metric names. Requests that find a seat only count up numbers; `flush` makes series of them
 * when somebody looks.
 */
export class FlowMetrics {
  readonly #metrics: Metrics;
  readonly #counts = new Map<string, FlowCounts>();
  readonly #dispatchedBefore = new Map<FlowCounts, number>();
  readonly #waited: Histogram;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#waited = metrics.histogram(
      `${PREFIX}_request_wait_duration_seconds`,
      'Time that requests spent in their queue, in seconds.',
      DURATION_BUCKETS,
      [...LABELS, 'execute'],
    );
  }

  /** The counts of a schema at a level; the same whenever asked. */
  countsOf(schema: string, level: string): FlowCounts {
    const key = `${schema} ${level}`;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      counts = {
        schema,
        level,
        executing: 0,
        executingSeats: 0,
        waiting: 0,
        waitingSeats: 0,
        dispatched: 0,
        rejected: 0,
        timedOut: 0,
        cancelled: 0,
      };
      this.#counts.set(key, counts);
    }
    return counts;
  }

  /** The counts of a level's schemas. */
  countsAt(level: string): readonly FlowCounts[] {
    return [...this.#counts.values()].filter((counts) => counts.level === level);
  }

  waited({ counts }: FlowClass, ms: number, execute: boolean): void {
    this.#waited.observe(ms / 1000, { ...labelsOf(counts), execute: String(execute) });
  }

  rejected({ counts }: FlowClass, reason: Rejection): void {
    if (reason === 'time-out') counts.timedOut += 1;
    else if (reason === 'cancelled') counts.cancelled += 1;
    else counts.rejected += 1;
    this.#metrics
      .counter(`${PREFIX}_rejected_requests_total`, 'Requests that were refused.', [...LABELS, 'reason'])
      .add(1, { ...labelsOf(counts), reason });
  }

  flush(levels: ReadonlyMap<string, Level>): void {
    for (const counts of this.#counts.values()) this.#flushCounts(counts);
    for (const { level, limits } of levels.values()) {
      const labels = { priority_level: level.name };
      this.#level('nominal_limit_seats', 'Seats by shares.', labels, limits.nominal);
      this.#level('lower_limit_seats', 'Seats that stay whatever others want.', labels, limits.lower);
      this.#level('upper_limit_seats', 'Seats that it may get at most.', labels, limits.upper);
      this.#level('current_limit_seats', 'Seats that it has now.', labels, level.limit);
    }
  }

  #level(name: string, help: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.#metrics.gauge(`${PREFIX}_${name}`, help, ['priority_level']).set(value, labels);
  }

  #flushCounts(counts: FlowCounts): void {
    const labels = labelsOf(counts);
    const gauge = (name: string, help: string, value: number) =>
      this.#metrics.gauge(`${PREFIX}_${name}`, help, LABELS).set(value, labels);
    gauge('current_inqueue_requests', 'Requests in queues.', counts.waiting);
    gauge('current_inqueue_seats', 'Seats that queued requests want.', counts.waitingSeats);
    gauge('current_executing_requests', 'Requests under way.', counts.executing);
    gauge('current_executing_seats', 'Seats taken.', counts.executingSeats);
    const before = this.#dispatchedBefore.get(counts) ?? 0;
    this.#dispatchedBefore.set(counts, counts.dispatched);
    this.#metrics
      .counter(`${PREFIX}_dispatched_requests_total`, 'Requests that got their seats.', LABELS)
      .add(counts.dispatched - before, labels);
  }
}

function labelsOf({ schema, level }: FlowCounts) {
  return { priority_level: level, flow_schema: schema };
}
