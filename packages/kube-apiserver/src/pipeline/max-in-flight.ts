import { type Clock, DURATION_BUCKETS, type Gauge, type Histogram, type Metrics } from '@steersman/machinery';
import type { Exchange, Outcome, Stage } from './exchange.ts';
import { FairQueue } from './fair-queue.ts';
import { sendTooManyRequests } from './send-error.ts';

export interface InFlightLimits {
  /** Reads under way at once; 0: no limit. Upstream's default is 400. */
  readonly readsMax: number;
  /** Writes under way at once; 0: no limit. Upstream's default is 200. */
  readonly writesMax: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

const LONG_RUNNING = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);
const READS = new Set(['get', 'list', 'watch']);
/** Requests of one user that may wait; their bodies are not read yet, so each costs a few kilobytes. */
const WAITING_PER_USER_MAX = 1000;
/** Requests of all users that may wait. */
const WAITING_MAX = 5000;
/** Longer than this nobody waits: clients give up after about as long. */
const WAIT_MS_MAX = 30_000;

/** Watches, logs and tunnels take no place: they are not work under way. */
export function isLongRunning({ info }: Exchange): boolean {
  return info.verb === 'watch' || LONG_RUNNING.has(info.subresource);
}

/**
 * Bounds the requests under way, reads and writes apart. Beyond the bound requests wait, users served in turn; only when
 * too many wait, or one waits too long, it is told to come back (429). system:masters never wait.
 */
export function maxInFlightStage({ readsMax, writesMax, clock, metrics }: InFlightLimits): Stage {
  const waiting = metrics.gauge('apiserver_current_inqueue_requests', 'Requests waiting for a place.', [
    'request_kind',
  ]);
  const waited = metrics.histogram(
    'steersman_apiserver_in_flight_wait_seconds',
    'Time waited for a place, in seconds.',
    DURATION_BUCKETS,
    ['request_kind', 'execute'],
  );
  const reads = new Places('readOnly', readsMax, clock, waiting, waited);
  const writes = new Places('mutating', writesMax, clock, waiting, waited);
  return (exchange) => {
    if (isLongRunning(exchange) || exchange.user.groups.includes('system:masters')) return 'next';
    return (READS.has(exchange.info.verb) ? reads : writes).enter(exchange);
  };
}

interface Waiting {
  /** The place is the request's; called at most once. */
  readonly grant: () => void;
}

/** So many places, and the requests that wait for one. While a place is free, nobody waits. */
class Places {
  readonly #kind: string;
  readonly #max: number;
  readonly #clock: Clock;
  readonly #waitingGauge: Gauge;
  readonly #waited: Histogram;
  readonly #queue = new FairQueue<Waiting>({ perFlowMax: WAITING_PER_USER_MAX, totalMax: WAITING_MAX });
  #taken = 0;

  constructor(kind: string, max: number, clock: Clock, waiting: Gauge, waited: Histogram) {
    this.#kind = kind;
    this.#max = max;
    this.#clock = clock;
    this.#waitingGauge = waiting;
    this.#waited = waited;
  }

  enter(exchange: Exchange): Outcome | Promise<Outcome> {
    if (this.#max > 0 && this.#taken >= this.#max) return this.#wait(exchange);
    this.#taken += 1;
    exchange.finished.push(() => this.#leave());
    return 'next';
  }

  #leave(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#taken -= 1;
    else next.grant();
  }

  #wait(exchange: Exchange): Outcome | Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const flow = exchange.user.name;
    const since = this.#clock.monotonic();
    const done = (execute: boolean) => {
      cancel();
      exchange.work.waitedMs += this.#clock.monotonic() - since;
      this.#waitingGauge.set(this.#queue.size, { request_kind: this.#kind });
      this.#waited.observe((this.#clock.monotonic() - since) / 1000, {
        request_kind: this.#kind,
        execute: String(execute),
      });
    };
    const waiting: Waiting = {
      grant: () => {
        done(true);
        exchange.finished.push(() => this.#leave());
        resolve('next');
      },
    };
    let cancel: () => void = () => undefined;
    if (!this.#queue.push(flow, waiting)) return sendTooManyRequests(exchange);
    this.#waitingGauge.set(this.#queue.size, { request_kind: this.#kind });
    cancel = this.#clock.schedule(WAIT_MS_MAX, () => {
      this.#queue.remove(flow, waiting);
      done(false);
      resolve(sendTooManyRequests(exchange));
    });
    return promise;
  }
}
