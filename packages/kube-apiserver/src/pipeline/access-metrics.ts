import { type Clock, type Counter, exponentialBuckets, type Histogram, type Metrics } from '@steersman/machinery';
import type { Exchange, Outcome, Stage } from './exchange.ts';

/** Milliseconds to half a minute. */
const BUCKETS = exponentialBuckets(0.001, 2, 15);
/** Half an hour to a year, in seconds: upstream's. */
const LIFETIMES = [
  0, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800, 2_592_000, 7_776_000, 15_552_000, 31_104_000,
];
/** Users whose names upstream shows; all others are put together, so that their number does not matter. */
const SHOWN_USERS = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** Upstream's series about who comes in, around the stage that finds it out. */
export function measuredAuthentication(stage: Stage, metrics: Metrics, clock: Clock): Stage {
  const attempts = metrics.counter('authentication_attempts', 'Requests by whether somebody vouched for them.', [
    'result',
  ]);
  const users = metrics.counter('authenticated_user_requests', 'Requests by well-known users and others.', [
    'username',
  ]);
  const seconds = metrics.histogram('authentication_duration_seconds', 'Time to find out who asks.', BUCKETS, [
    'result',
  ]);
  const note = resultNote(attempts, seconds);
  const lifetimes = metrics.histogram(
    'apiserver_client_certificate_expiration_seconds',
    'How long the certificates of clients are still valid when they are shown.',
    LIFETIMES,
  );
  return measured(stage, clock, (exchange, passed, ms) => {
    note(passed ? 'success' : 'failure', ms);
    if (!passed) return;
    users.add(1, { username: shownUser(exchange.user.name) });
    observeCertificate(exchange, lifetimes, clock);
  });
}

function observeCertificate({ request }: Exchange, lifetimes: Histogram, clock: Clock): void {
  const { certificate } = request.peer;
  if (certificate?.verified === true && request.headers['authorization'] === undefined)
    lifetimes.observe((certificate.notAfter - clock.now()) / 1000);
}

function shownUser(name: string): string {
  if (SHOWN_USERS.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}

/** The same around the stage that decides what they may do. */
export function measuredAuthorization(stage: Stage, metrics: Metrics, clock: Clock): Stage {
  const attempts = metrics.counter('authorization_attempts_total', 'Decisions about requests.', ['result']);
  const seconds = metrics.histogram('authorization_duration_seconds', 'Time to decide about a request.', BUCKETS, [
    'result',
  ]);
  const note = resultNote(attempts, seconds);
  return measured(stage, clock, (_, passed, ms) => {
    note(passed ? 'allowed' : 'denied', ms);
  });
}

/** Every request counts here, so the two series are looked up once. */
function resultNote(attempts: Counter, seconds: Histogram): (result: string, ms: number) => void {
  const known = new Map<string, { readonly attempts: Counter; readonly seconds: Histogram }>();
  return (result, ms) => {
    let series = known.get(result);
    if (series === undefined) {
      series = { attempts: attempts.with({ result }), seconds: seconds.with({ result }) };
      known.set(result, series);
    }
    series.attempts.add();
    series.seconds.observe(ms / 1000);
  };
}

type Note = (exchange: Exchange, passed: boolean, ms: number) => void;

function measured(stage: Stage, clock: Clock, note: Note): Stage {
  return (exchange) => {
    const since = clock.monotonic();
    const passed = (outcome: Outcome): Outcome => {
      note(exchange, true, clock.monotonic() - since);
      return outcome;
    };
    const refused = (error: unknown): never => {
      note(exchange, false, clock.monotonic() - since);
      throw error;
    };
    try {
      const outcome = stage(exchange);
      return typeof outcome === 'string' ? passed(outcome) : outcome.then(passed, refused);
    } catch (error) {
      return refused(error);
    }
  };
}
