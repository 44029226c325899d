import { formatMicroTime, isAlreadyExists, isConflict, type Lease, type ObjectKey, Resources } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
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

interface Observed {
  readonly renewTime: string;
  readonly holder: string;
  readonly atMs: number;
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
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, effects, lease, identity } = options;
  const { clock, random, log } = effects;
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
  const leases = client.resource(Resources.leases);
  let observed: Observed | undefined;
  /** A better candidate waits: who leads ends its term at once. */
  let yielded = false;

  /** What only an elected candidate may do; undefined when nobody holds elections for this lease. */
  async function renewElected(current: Lease | undefined): Promise<boolean | undefined> {
    if (current === undefined) return false;
    if (current.spec?.strategy === undefined || current.spec.strategy === '') return undefined;
    if (current.spec.holderIdentity !== identity) return false;
    const preferred = current.spec.preferredHolder ?? '';
    yielded = preferred !== '' && preferred !== identity;
    if (yielded) await release();
    else await leases.update(nextLease(current, lease, identity, clock.now(), leaseDurationMs), { signal });
    return !yielded;
  }

  /** One try to hold the lease. Time is measured from when we saw a renewal, not by the clock of who wrote it. */
  async function acquireOrRenew(): Promise<boolean> {
    const current = await leases.find(lease, { signal });
    const elected = options.coordinated === undefined ? undefined : await renewElected(current);
    if (elected !== undefined) return elected;
    const renewTime = current?.spec?.renewTime ?? '';
    const holder = current?.spec?.holderIdentity ?? '';
    if (observed === undefined || observed.renewTime !== renewTime || observed.holder !== holder) {
      observed = { renewTime, holder, atMs: clock.monotonic() };
    }
    const heldByOther = holder !== '' && holder !== identity && clock.monotonic() - observed.atMs < leaseDurationMs;
    if (heldByOther) return false;
    const wanted = nextLease(current, lease, identity, clock.now(), leaseDurationMs);
    if (current === undefined) await leases.create(wanted, { signal });
    else await leases.update(wanted, { signal });
    return true;
  }

  async function tried(): Promise<boolean> {
    try {
      return await acquireOrRenew();
    } catch (error) {
      if (!signal.aborted && !isConflict(error) && !isAlreadyExists(error))
        log.warn('Could not reach the leader lease', { lease: lease.name, error: String(error) });
      return false;
    }
  }

  async function renewUntilLost(stop: AbortSignal): Promise<void> {
    let renewedAt = clock.monotonic();
    while (!stop.aborted) {
      await clock.sleep(retryPeriodMs, stop).catch(() => {});
      if (stop.aborted) return;
      if (await tried()) renewedAt = clock.monotonic();
      else if (yielded || clock.monotonic() - renewedAt >= renewDeadlineMs) return;
    }
  }

  async function release(): Promise<void> {
    const current = await leases.find(lease);
    if (current?.spec?.holderIdentity !== identity) return;
    await leases.update({ ...current, spec: { ...current.spec, holderIdentity: '', leaseDurationSeconds: 1 } });
  }

  const { coordinated } = options;
  const ended = new AbortController();
  const candidacy =
    coordinated === undefined
      ? undefined
      : keepCandidate({ client, effects, lease, identity, ...coordinated }, AbortSignal.any([signal, ended.signal]));
  while (!signal.aborted && !(await tried()))
    await clock.sleep(retryPeriodMs * (1 + JITTER * random.float()), signal).catch(() => {});
  if (signal.aborted) return false;
  log.info('Became leader', { lease: lease.name, identity });
  const lost = new AbortController();
  const leading = AbortSignal.any([signal, lost.signal]);
  const renewing = renewUntilLost(AbortSignal.any([signal, ended.signal])).then(() => lost.abort());
  try {
    await lead(leading);
  } finally {
    ended.abort();
    await renewing;
    await candidacy;
  }
  if (signal.aborted && options.releaseOnCancel === true) await release().catch(() => {});
  return !signal.aborted && leading.aborted;
}
