import { formatMicroTime, isAlreadyExists, isConflict, type Lease, type ObjectKey, Resources } from '@steersman/api';
import type { Clock, Effects } from '@steersman/machinery';
import type { Client } from './contract.ts';
import { type CandidateVersions, keepCandidate } from './lease-candidate.ts';

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly effects: Effects;
  /** The Lease that candidates compete for, such as `kube-system/kube-scheduler`. */
  readonly lease: ObjectKey;
  /** Unique among candidates: upstream uses `<hostname>_<uuid>`. */
  readonly identity: string;
  /** How long others wait for a silent leader; 15 s when absent. */
  readonly leaseDurationMs?: number;
  /** How long a leader tries to renew before it stops; 10 s when absent. */
  readonly renewDeadlineMs?: number;
  /** The pause between tries; 2 s when absent. */
  readonly retryPeriodMs?: number;
  /** Whether to give the lease up when the signal aborts, so that the next leader need not wait. */
  readonly releaseOnCancel?: boolean;
  /** Stand for election by the API server instead of taking the lease (KEP-4355); the versions say who is the best candidate. */
  readonly coordinated?: CandidateVersions;
}

/** client-go adds up to this share to the pause of candidates, so that they do not try in step. */
const JITTER = 1.2;
const RETRY_PERIOD_MS = 2_000;

interface Observed {
  readonly renewTime: string;
  readonly holder: string;
  readonly atMs: number;
}

/** What the leader is given to work with. */
export interface Leadership {
  /** Aborts when leadership is lost or the caller's signal aborts. */
  readonly signal: AbortSignal;
  /**
   * Whether nobody else can lead yet, by the time of the last renewal. After a pause of the whole process it says no before the
   * signal has had a chance to abort.
   */
  readonly mayAct: () => boolean;
}

/** The lease that the candidate writes: a renewal of its own, or a takeover. */
export function nextLease(
  current: Lease | undefined,
  lease: ObjectKey,
  identity: string,
  nowMs: number,
  durationMs: number,
): Lease {
  const now = formatMicroTime(nowMs);
  const mine = current?.spec?.holderIdentity === identity;
  const transitions = current?.spec?.leaseTransitions ?? 0;
  return {
    ...(current ?? { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }),
    metadata: current?.metadata ?? {
      name: lease.name,
      ...(lease.namespace === undefined ? {} : { namespace: lease.namespace }),
    },
    spec: {
      ...current?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(durationMs / 1000),
      acquireTime: mine ? (current?.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: current === undefined || mine ? transitions : transitions + 1,
    },
  };
}

/**
 * Waits until this candidate leads, runs `lead`, and keeps renewing. The signal given to `lead` aborts when leadership
 * is lost or the caller's signal aborts; then `lead` must end. Resolves after that: with true when leadership was lost
 * (the process should start over), false when the caller stopped it.
 *
 * Two candidates may both believe to lead for a moment if a clock runs fast by more than the difference between lease
 * duration and renew deadline; writes with preconditions are what protects data.
 */
export async function runAsLeader(
  options: LeaderElectionOptions,
  lead: (signal: AbortSignal, leadership: Leadership) => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, effects, lease, identity, coordinated, retryPeriodMs = RETRY_PERIOD_MS } = options;
  const { clock, random, log } = effects;
  const hold = createHold(options, signal);
  const ended = new AbortController();
  const untilEnded = AbortSignal.any([signal, ended.signal]);
  const candidacy =
    coordinated === undefined
      ? undefined
      : keepCandidate({ client, effects, lease, identity, ...coordinated }, untilEnded);
  while (!signal.aborted && !(await hold.tried()))
    await clock.sleep(retryPeriodMs * (1 + JITTER * random.float()), signal).catch(() => {});
  if (signal.aborted) return false;
  log.info('Became leader', { lease: lease.name, identity });
  const lost = new AbortController();
  const leading = AbortSignal.any([signal, lost.signal]);
  const renewing = hold.renewUntilLost(untilEnded).then(() => lost.abort());
  try {
    await lead(leading, { signal: leading, mayAct: hold.mayAct });
  } finally {
    ended.abort();
    await renewing;
    await candidacy;
  }
  if (hold.yielded() || (signal.aborted && options.releaseOnCancel === true)) await hold.release();
  return !signal.aborted && leading.aborted;
}

/** A candidate's hold on the lease. */
interface Hold {
  /** One try to take or renew it; false when another has it or the server could not be asked. */
  tried(): Promise<boolean>;
  /** Renews it until the signal aborts; resolves earlier when the hold is lost. */
  renewUntilLost(stop: AbortSignal): Promise<void>;
  readonly mayAct: () => boolean;
  /** A better candidate waits: who leads ends its work at once, and gives the lease up after that. */
  yielded(): boolean;
  /** Gives the lease up, if the server can be reached in time. */
  release(): Promise<void>;
}

function createHold(options: LeaderElectionOptions, signal: AbortSignal): Hold {
  const { client, effects, lease, identity } = options;
  const { clock, log } = effects;
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = RETRY_PERIOD_MS } = options;
  const leases = client.resource(Resources.leases);
  let observed: Observed | undefined;
  let yielded = false;
  /** When the last try began that renewed the lease; others cannot have it for the duration of the lease from then on. */
  let renewedMs = Number.NEGATIVE_INFINITY;

  /** What only an elected candidate may do; undefined when nobody holds elections for this lease. */
  async function renewElected(current: Lease | undefined, until: AbortSignal): Promise<boolean | undefined> {
    if (current === undefined) return false;
    if (current.spec?.strategy === undefined || current.spec.strategy === '') return undefined;
    if (current.spec.holderIdentity !== identity) return false;
    const preferred = current.spec.preferredHolder ?? '';
    yielded = preferred !== '' && preferred !== identity;
    if (!yielded)
      await leases.update(nextLease(current, lease, identity, clock.now(), leaseDurationMs), { signal: until });
    return !yielded;
  }

  /** One try to hold the lease. Time is measured from when we saw a renewal, not by the clock of who wrote it. */
  async function acquireOrRenew(until: AbortSignal): Promise<boolean> {
    const current = await leases.find(lease, { signal: until });
    const elected = options.coordinated === undefined ? undefined : await renewElected(current, until);
    if (elected !== undefined) return elected;
    const renewTime = current?.spec?.renewTime ?? '';
    const holder = current?.spec?.holderIdentity ?? '';
    if (observed === undefined || observed.renewTime !== renewTime || observed.holder !== holder) {
      observed = { renewTime, holder, atMs: clock.monotonic() };
    }
    const heldByOther = holder !== '' && holder !== identity && clock.monotonic() - observed.atMs < leaseDurationMs;
    if (heldByOther) return false;
    const wanted = nextLease(current, lease, identity, clock.now(), leaseDurationMs);
    if (current === undefined) await leases.create(wanted, { signal: until });
    else await leases.update(wanted, { signal: until });
    return true;
  }

  async function tried(): Promise<boolean> {
    const beganMs = clock.monotonic();
    // A server that does not answer must not keep a leader from noticing that it leads no more.
    const leftMs = Number.isFinite(renewedMs) ? renewDeadlineMs - (beganMs - renewedMs) : renewDeadlineMs;
    try {
      const held = await inTime(clock, Math.max(0, leftMs), signal, acquireOrRenew);
      if (held) renewedMs = beganMs;
      return held;
    } catch (error) {
      if (!signal.aborted && !isConflict(error) && !isAlreadyExists(error))
        log.warn('Could not reach the leader lease', { lease: lease.name, error: String(error) });
      return false;
    }
  }

  const mayAct = () => clock.monotonic() - renewedMs < leaseDurationMs;

  async function renewUntilLost(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await clock.sleep(retryPeriodMs, stop).catch(() => {});
      // What has not been renewed in time may be another's by now, whatever the next try would say.
      if (stop.aborted || !mayAct()) return;
      if (!(await tried()) && (yielded || clock.monotonic() - renewedMs >= renewDeadlineMs)) return;
    }
  }

  async function emptied(until: AbortSignal): Promise<void> {
    const current = await leases.find(lease, { signal: until });
    if (current?.spec?.holderIdentity !== identity) return;
    const spec = { ...current.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await leases.update({ ...current, spec }, { signal: until });
  }

  return {
    tried,
    renewUntilLost,
    mayAct,
    yielded: () => yielded,
    release: () => inTime(clock, renewDeadlineMs, new AbortController().signal, emptied).catch(() => {}),
  };
}

/** Runs the work with a signal that aborts after the time, or with the other signal. */
async function inTime<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const cancel = clock.schedule(ms, () => late.abort());
  return work(AbortSignal.any([signal, late.signal])).finally(cancel);
}
