/**
 * API priority and fairness (KEP-1040): requests are told apart by FlowSchemas, take seats of their priority level, and wait
 * fairly when there are none.
 */

import type { FlowSchema, PriorityLevelConfiguration } from '@steersman/api';
import type { Clock, Metrics } from '@steersman/machinery';
import type { UserInfo } from '../authentication/contract.ts';
import type { ResourceCache } from '../cache/resource-cache.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import { Classifier } from './classifier.ts';
import { configure, type FlowConfiguration, type Level } from './configuration.ts';
import { Executing } from './executing.ts';
import type { FlowClass } from './flow-class.ts';
import { FlowMetrics } from './flow-metrics.ts';
import { sharedSeats } from './seats.ts';

/** How often seats are lent anew, as upstream. */
const BORROWING_INTERVAL_MS = 10_000;
/** How slowly the memory of a demand fades, per interval: upstream's decay. */
const DEMAND_DECAY = 0.977;

/** A cache, as far as flow control looks at it. */
export type ObjectSource = Pick<ResourceCache, 'listeners' | 'snapshot' | 'objectOf'>;

export interface FlowControllerOptions {
  readonly schemas: ObjectSource | undefined;
  readonly levels: ObjectSource | undefined;
  /** Requests under way at once, of all levels that are not exempt. */
  readonly totalSeats: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

export class FlowController {
  readonly metrics: FlowMetrics;
  /** Requests that have their seats. */
  readonly executing = new Executing();
  readonly #options: FlowControllerOptions;
  #configuration: FlowConfiguration | undefined;
  #classifier: Classifier | undefined;
  #levels: ReadonlyMap<string, Level> = new Map();
  readonly #smoothed = new Map<string, number>();

  constructor(options: FlowControllerOptions) {
    this.#options = options;
    this.metrics = new FlowMetrics(options.metrics);
    for (const source of [options.schemas, options.levels]) source?.listeners.add(() => this.#reconfigure());
    const { clock, signal } = options;
    const borrow = () => {
      this.#borrow();
      if (!signal.aborted) cancel = clock.schedule(BORROWING_INTERVAL_MS, borrow);
    };
    let cancel = clock.schedule(BORROWING_INTERVAL_MS, borrow);
    signal.addEventListener('abort', () => cancel(), { once: true });
  }

  classOf(user: UserInfo, info: RequestInfo, path: string): FlowClass {
    return (this.#classifier ?? this.#build()).classOf(user, info, path);
  }

  /** The levels by name, for people who look into them. */
  levels(): readonly Level[] {
    this.#build();
    return [...this.#levels.values()].toSorted((a, b) => (a.level.name < b.level.name ? -1 : 1));
  }

  /** Brings the series up to date. */
  flush(): void {
    this.#build();
    this.metrics.flush(this.#levels);
  }

  /** Stored objects changed. Whoever waits must hear of new limits now; the rest is done when the next request comes. */
  #reconfigure(): void {
    this.#classifier = undefined;
    const waiting = [...this.#levels.values()].some(({ level }) => level.waitingSeats > 0);
    if (waiting) this.#build();
  }

  #build(): Classifier {
    if (this.#classifier !== undefined) return this.#classifier;
    const { schemas, levels, totalSeats } = this.#options;
    this.#configuration = configure(
      objectsOf<FlowSchema>(schemas),
      objectsOf<PriorityLevelConfiguration>(levels),
      totalSeats,
      this.#levels,
      (schema, level) => this.metrics.countsOf(schema, level),
    );
    this.#levels = this.#configuration.levels;
    this.#classifier = new Classifier(this.#configuration.classes, this.#configuration.fallback);
    return this.#classifier;
  }

  /** Moves seats from levels that do not want theirs to those that want more. */
  #borrow(): void {
    const all = [...this.#levels.values()].filter(({ level }) => !level.exempt);
    const demands = all.map(({ level, limits }) => {
      const faded = (this.#smoothed.get(level.name) ?? 0) * DEMAND_DECAY;
      const demandSmooth = Math.max(level.demandMax, faded);
      this.#smoothed.set(level.name, demandSmooth);
      return { ...limits, demandMax: level.demandMax, demandSmooth };
    });
    const seats = sharedSeats(this.#options.totalSeats, demands);
    for (const [index, { level }] of all.entries()) {
      level.demandMax = level.taken + level.waitingSeats;
      level.limit = Math.max(1, seats[index]!);
      level.dispatch();
    }
  }
}

function objectsOf<T>(source: ObjectSource | undefined): readonly T[] {
  if (source === undefined) return [];
  return source.snapshot(undefined).flatMap((run) => run.map((entry) => source.objectOf(entry) as unknown as T));
}
