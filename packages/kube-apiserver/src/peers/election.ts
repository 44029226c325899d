/**
 * Who of the candidates for a Lease should hold it (KEP-4355): the one with the oldest emulated version, so that of a control plane
 * of two releases the older one leads until all have been replaced. Here is only the decision; see election-controller.ts.
 */
import { formatMicroTime, type Lease, type ObjectKey, parseTime, type V1beta1LeaseCandidate } from '@steersman/api';

export const CONTROLLER = 'leader-election-controller';
export const STRATEGY = 'OldestEmulationVersion';
/** Upstream's times. */
const ELECTION_MS = 5000;
const LEASE_SECONDS = 5;
export const CANDIDATE_VALID_MS = 1_800_000;
/** Candidates say nothing unless they are asked; they are before they would be taken for gone. */
const ASK_ANYWAY_MS = CANDIDATE_VALID_MS / 2;

export type Step =
  | { readonly kind: 'none' }
  /** Who has not been heard of lately is asked whether it is there; the vote follows when they had time to answer. */
  | { readonly kind: 'ask'; readonly candidates: readonly V1beta1LeaseCandidate[] }
  | { readonly kind: 'write'; readonly lease: Lease };

const NONE: Step = { kind: 'none' };

/** What to do next about one Lease. All candidates are for it. */
export function electionStep(
  key: ObjectKey,
  lease: Lease | undefined,
  all: readonly V1beta1LeaseCandidate[],
  nowMs: number,
): Step {
  const candidates = all.filter((candidate) => nowMs - since(candidate.spec.renewTime) < CANDIDATE_VALID_MS);
  if (candidates.length === 0 || !isNeeded(lease, candidates, nowMs)) return NONE;
  const silent = candidates.filter(({ spec }) => nowMs - since(spec.renewTime) >= ELECTION_MS);
  const unasked = silent.filter(({ spec }) => since(spec.pingTime) <= since(spec.renewTime));
  if (unasked.length > 0) return { kind: 'ask', candidates: unasked };
  if (silent.some(({ spec }) => nowMs - since(spec.pingTime) < ELECTION_MS)) return NONE;
  const present = candidates.filter((candidate) => !silent.includes(candidate));
  const strategy = commonStrategy(present);
  const electee = strategy === STRATEGY ? best(present) : undefined;
  if (strategy === undefined || (strategy === STRATEGY && electee === undefined)) return NONE;
  if (isHeld(lease, nowMs) && (electee === undefined || isSettled(lease, electee))) return NONE;
  // By other strategies somebody else elects: the lease is made, or says so, and nobody holds it.
  if (electee === undefined && lease?.spec?.strategy === strategy) return NONE;
  return { kind: 'write', lease: electedLease(key, lease, strategy, electee?.metadata.name, nowMs) };
}

/** Whether nobody leads, somebody better could, or a candidate has to be asked whether it is there. */
function isNeeded(lease: Lease | undefined, candidates: readonly V1beta1LeaseCandidate[], nowMs: number): boolean {
  if (!isHeld(lease, nowMs)) return true;
  if (candidates.some(({ spec }) => nowMs - since(spec.renewTime) > ASK_ANYWAY_MS)) return true;
  const favourite = commonStrategy(candidates) === STRATEGY ? best(candidates) : undefined;
  return favourite !== undefined && !isSettled(lease, favourite);
}

/** The strategy that the newest binaries ask for; undefined when they do not agree. */
function commonStrategy(candidates: readonly V1beta1LeaseCandidate[]): string | undefined {
  const newest = candidates
    .map(({ spec }) => spec.binaryVersion)
    .toSorted(compareVersions)
    .at(-1);
  const newestOnes = candidates.filter(({ spec }) => compareVersions(spec.binaryVersion, newest) === 0);
  const strategies = new Set(newestOnes.map(({ spec }) => spec.strategy));
  return strategies.size === 1 ? [...strategies][0] : undefined;
}

const since = (time: string | undefined): number => (time === undefined || time === '' ? 0 : parseTime(time));

function isHeld(lease: Lease | undefined, nowMs: number): boolean {
  const { holderIdentity, renewTime, leaseDurationSeconds } = lease?.spec ?? {};
  if (!holderIdentity || renewTime === undefined || leaseDurationSeconds === undefined) return false;
  return parseTime(renewTime) + leaseDurationSeconds * 1000 >= nowMs;
}

/** Whether it is this one that leads, or that will once the one that leads has ended its term. */
function isSettled(lease: Lease | undefined, { metadata: { name } }: V1beta1LeaseCandidate): boolean {
  return lease?.spec?.holderIdentity === name || lease?.spec?.preferredHolder === name;
}

function electedLease(
  key: ObjectKey,
  lease: Lease | undefined,
  strategy: string,
  electee: string | undefined,
  nowMs: number,
): Lease {
  const head = lease ?? { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: key };
  // Who holds a running lease is only told to leave: two must never lead at once.
  const { preferredHolder: _done, ...spec } = lease?.spec ?? {};
  if (electee !== undefined && isHeld(lease, nowMs))
    return { ...head, spec: { ...spec, strategy, preferredHolder: electee } };
  const { acquireTime: _before, ...rest } = spec;
  const vacant = { strategy, leaseDurationSeconds: LEASE_SECONDS, renewTime: formatMicroTime(nowMs) };
  return { ...head, spec: { ...rest, ...vacant, ...(electee === undefined ? {} : { holderIdentity: electee }) } };
}

/** The oldest emulated version, then the oldest binary, then the first one made. */
function best(candidates: readonly V1beta1LeaseCandidate[]): V1beta1LeaseCandidate | undefined {
  const valid = candidates.filter(
    ({ spec }) => versionOf(spec.emulationVersion) !== undefined && versionOf(spec.binaryVersion) !== undefined,
  );
  return valid.toSorted(
    (a, b) =>
      compareVersions(a.spec.emulationVersion, b.spec.emulationVersion) ||
      compareVersions(a.spec.binaryVersion, b.spec.binaryVersion) ||
      since(a.metadata.creationTimestamp) - since(b.metadata.creationTimestamp),
  )[0];
}

function versionOf(text: string | undefined): readonly number[] | undefined {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text ?? '');
  return match === null ? undefined : [1, 2, 3].map((part) => Number(match[part] ?? 0));
}

function compareVersions(a: string | undefined, b: string | undefined): number {
  const [left, right] = [versionOf(a) ?? [], versionOf(b) ?? []];
  for (let part = 0; part < 3; part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
