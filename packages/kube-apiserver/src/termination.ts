/**
 * The end of a server, so that nobody who retries connections notices it: /readyz fails first, while requests are still answered
 * and load balancers look away; then no new connection is taken, what is under way is answered, watches end, and only then do
 * the parts stop that answers need.
 */
import type { Listener } from '@steersman/server';
import type { Exchange, Outcome, Stage } from './pipeline/exchange.ts';
import type { ApiServerOptions } from './server-options.ts';

/** Upstream's --request-timeout: whatever is not a watch or a stream has ended by then. */
const DRAIN_MS_MAX = 60_000;
/** What a server does before it goes must not keep it: the store may be out of reach. */
const FAREWELL_MS_MAX = 20_000;
/** Requests that last: nobody waits for their end. */
const LONG_VERBS = new Set(['watch', 'proxy']);
const LONG_SUBRESOURCES = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

const HEALTH_PATH = /^\/(?:healthz|livez|readyz)(?:\/|$)/;

export interface Termination {
  /** Counts what is under way, and turns away what comes too late. */
  readonly stage: Stage;
  /** From the moment at which the server was told to end. */
  readonly begun: boolean;
  beforeShutdown(work: () => Promise<void>): void;
  /** Resolves when nobody waits for an answer any more. Runs once. */
  run(parts: { readonly listeners: readonly Listener[]; readonly fanouts: readonly Ending[] }): Promise<void>;
}

/** What holds watches. */
interface Ending {
  end(): void;
}

type TerminationOptions = Pick<
  ApiServerOptions,
  'effects' | 'shutdownDelayMs' | 'shutdownSendRetryAfter' | 'shutdownWatchGraceMs'
>;

export function createTermination(options: TerminationOptions): Termination {
  const { clock, log } = options.effects;
  const { shutdownDelayMs = 0, shutdownSendRetryAfter = false, shutdownWatchGraceMs = 0 } = options;
  const farewells: (() => Promise<void>)[] = [];
  const underWay = createCount();
  let begun = false;
  let refusing = false;
  let running: Promise<void> | undefined;
  /** Resolves with what `work` does, or when the time is over. */
  const atMost = async (ms: number, work: Promise<unknown>) => {
    const over = new AbortController();
    await Promise.race([work, clock.sleep(ms, over.signal).catch(() => undefined)]);
    over.abort();
  };
  const run: Termination['run'] = async ({ listeners, fanouts }) => {
    const delay = shutdownDelayMs > 0 ? clock.sleep(shutdownDelayMs) : undefined;
    if (farewells.length > 0) await atMost(FAREWELL_MS_MAX, Promise.all(farewells.map(farewell)));
    await delay;
    refusing = shutdownSendRetryAfter;
    if (!refusing) await stopAccepting(listeners);
    await endAll(fanouts, (pauses) => clock.sleep(shutdownWatchGraceMs / pauses), shutdownWatchGraceMs > 0);
    const drained = underWay.none();
    if (drained !== undefined) await atMost(DRAIN_MS_MAX, drained);
    await stopAccepting(listeners);
  };
  const farewell = (work: () => Promise<void>) =>
    work().catch((error: unknown) => log.warn('Work before the end of the server failed', { error: String(error) }));
  return {
    get begun() {
      return begun;
    },
    beforeShutdown: (work) => void farewells.push(work),
    stage(exchange): Outcome {
      if (isLong(exchange)) return 'next';
      if (refusing && !isExempt(exchange)) return turnAway(exchange);
      underWay.enter();
      exchange.finished.push(underWay.leave);
      return 'next';
    },
    run(parts) {
      begun = true;
      running ??= run(parts);
      return running;
    },
  };
}

/** What comes on connections that are there already is answered, and not begun and forgotten. */
async function stopAccepting(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.stopAccepting()));
}

/** At once, or one kind after the other over some time: all clients at once would be a storm for the other servers. */
async function endAll(
  fanouts: readonly Ending[],
  pause: (of: number) => Promise<void>,
  slowly: boolean,
): Promise<void> {
  for (const fanout of fanouts) {
    fanout.end();
    if (slowly) await pause(fanouts.length);
  }
}

function isLong({ info }: Exchange): boolean {
  return LONG_VERBS.has(info.verb) || LONG_SUBRESOURCES.has(info.subresource);
}

/** Load balancers want to see the state, and the server calls itself until the end. */
function isExempt({ request }: Exchange): boolean {
  return request.peer.scheme === 'process' || HEALTH_PATH.test(request.path);
}

/** In upstream's words; clients with a retry of their own find another server. */
function turnAway({ request, response }: Exchange): Outcome {
  response.setHeader('retry-after', '5');
  if (request.headers[':authority'] === undefined) response.setHeader('connection', 'close');
  const text = 'The apiserver is shutting down, please try again later.\n';
  response.send(429, { 'content-type': 'text/plain; charset=utf-8' }, Buffer.from(text));
  return 'answered';
}

/** How many there are, and when there are none. */
function createCount() {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    enter: () => {
      count += 1;
    },
    leave: () => {
      count -= 1;
      if (count > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    /** Undefined when that is now. */
    none: () => (count === 0 ? undefined : new Promise<void>((resolve) => waiting.push(resolve))),
  };
}
