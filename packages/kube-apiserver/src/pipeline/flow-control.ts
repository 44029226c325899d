import type { Clock } from '@steersman/machinery';
import type { FlowClass } from '../flow-control/flow-class.ts';
import type { FlowController } from '../flow-control/flow-controller.ts';
import type { Rejection, Waiting } from '../flow-control/priority-level.ts';
import { type CountObjects, seatsOf } from '../flow-control/seat-estimate.ts';
import type { Exchange, Outcome, Stage } from './exchange.ts';
import { isLongRunning } from './max-in-flight.ts';
import { sendTooManyRequests } from './send-error.ts';

/** Longer than this nobody waits in a queue: upstream's quarter of its request timeout. */
const WAIT_MS_MAX = 15_000;

export interface FlowControlOptions {
  readonly controller: FlowController;
  readonly clock: Clock;
  readonly count: CountObjects;
}

/**
 * Gives each request seats of its priority level, lets it wait for them, or tells it to come back (429). Watches hold a
 * seat until they have begun; logs and tunnels take none.
 */
export function flowControlStage({ controller, clock, count }: FlowControlOptions): Stage {
  return (exchange) => {
    const { user, info, request, response } = exchange;
    if (isLongRunning(exchange) && info.verb !== 'watch') return 'next';
    const of = controller.classOf(user, info, request.path);
    response.setHeader('x-kubernetes-pf-flowschema-uid', of.schemaUid);
    response.setHeader('x-kubernetes-pf-prioritylevel-uid', of.levelUid);
    const seats = of.level.exempt ? 1 : seatsOf(exchange, count);
    if (!of.level.tryEnter(of, seats)) return wait(exchange, of, seats, controller, clock);
    leaveWhenFinished(exchange, of, seats, controller);
    return 'next';
  };
}

/** What tells the flows of a schema apart. */
export function flowOf({ distinguisher }: FlowClass, { user, info }: Exchange): string {
  return distinguisher === 'user' ? user.name : distinguisher === 'namespace' ? info.namespace : '';
}

function leaveWhenFinished(exchange: Exchange, of: FlowClass, seats: number, { executing }: FlowController): void {
  const ended = executing.add({ exchange, of, seats, since: exchange.clock.now() });
  exchange.finished.push(() => {
    ended();
    of.level.leave(of, seats);
  });
}

function wait(
  exchange: Exchange,
  of: FlowClass,
  seats: number,
  controller: FlowController,
  clock: Clock,
): Outcome | Promise<Outcome> {
  const { metrics } = controller;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const since = clock.monotonic();
  const { signal } = exchange.request;
  const done = (execute: boolean) => {
    cancelTimer();
    signal.removeEventListener('abort', giveUp);
    exchange.work.waitedMs += clock.monotonic() - since;
    metrics.waited(of, clock.monotonic() - since, execute);
  };
  const item: Waiting = {
    of,
    seats,
    exchange,
    arrivedAt: clock.now(),
    grant() {
      done(true);
      leaveWhenFinished(exchange, of, seats, controller);
      resolve('next');
    },
  };
  const refuse = (reason: Rejection): Outcome => {
    metrics.rejected(of, reason);
    return sendTooManyRequests(exchange);
  };
  const leaveQueue = (reason: Rejection) => {
    if (!of.level.remove(item)) return;
    done(false);
    resolve(refuse(reason));
  };
  const giveUp = () => leaveQueue('cancelled');
  const flow = flowOf(of, exchange);
  const queued = of.level.enqueue(item, flow);
  if (queued !== 'waiting') return refuse(queued);
  const cancelTimer = clock.schedule(WAIT_MS_MAX, () => leaveQueue('time-out'));
  signal.addEventListener('abort', giveUp, { once: true });
  return promise;
}
