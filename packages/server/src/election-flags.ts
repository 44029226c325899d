/** How a component stands for leader of its kind. */
import { type Candidacy, candidacyOf, emulatedVersionFlag } from './candidacy.ts';
import type { Flag, FlagValues } from './contract.ts';
import { durationFlag, ignoredFlag, textFlag } from './flag-makers.ts';

/** The `leaderElection` of upstream's component configurations; times in milliseconds. */
export interface ElectionSettings {
  readonly leaderElect: boolean;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly resourceName: string;
  readonly resourceNamespace: string;
}

/** Upstream's, for a lease in kube-system of that name. */
export function defaultElection(resourceName: string): ElectionSettings {
  return {
    leaderElect: true,
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2_000,
    resourceName,
    resourceNamespace: 'kube-system',
  };
}

/** With `--feature-gates` and `--emulated-version`, by which a component asks to be elected by the API server. */
export function electionFlags(preset: ElectionSettings): readonly Flag[] {
  return [
    {
      name: 'leader-elect',
      type: 'bool',
      default: preset.leaderElect,
      help: 'Whether to work only while holding the leader lease.',
    },
    durationFlag('leader-elect-lease-duration', preset.leaseDurationMs, 'How long others wait for a silent leader.'),
    durationFlag(
      'leader-elect-renew-deadline',
      preset.renewDeadlineMs,
      'How long the leader tries to renew before it gives up.',
    ),
    durationFlag('leader-elect-retry-period', preset.retryPeriodMs, 'The pause between tries.'),
    textFlag('leader-elect-resource-name', 'The name of the leader lease.', preset.resourceName),
    textFlag('leader-elect-resource-namespace', 'The namespace of the leader lease.', preset.resourceNamespace),
    ignoredFlag('leader-elect-resource-lock', 'The kind of lock; always leases.'),
    {
      name: 'feature-gates',
      type: 'map',
      default: '',
      help: "Turns features on or off by upstream's names. CoordinatedLeaderElection: be elected by the API server.",
    },
    emulatedVersionFlag,
  ];
}

/** What was given on the command line, over what a configuration file says. */
export function electionSettingsOf(values: FlagValues, configured: ElectionSettings): ElectionSettings {
  const given = <T>(flag: string, value: (flag: string) => T, otherwise: T): T =>
    values.given(flag) ? value(flag) : otherwise;
  return {
    leaderElect: given('leader-elect', values.bool, configured.leaderElect),
    leaseDurationMs: given('leader-elect-lease-duration', values.number, configured.leaseDurationMs),
    renewDeadlineMs: given('leader-elect-renew-deadline', values.number, configured.renewDeadlineMs),
    retryPeriodMs: given('leader-elect-retry-period', values.number, configured.retryPeriodMs),
    resourceName: given('leader-elect-resource-name', values.string, configured.resourceName),
    resourceNamespace: given('leader-elect-resource-namespace', values.string, configured.resourceNamespace),
  };
}

/** The lease that a component stands for, in the words of the client's election. */
export interface Standing extends Pick<ElectionSettings, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'> {
  readonly lease: { readonly namespace: string; readonly name: string };
  readonly coordinated?: Candidacy;
}

/** Undefined for a component that works without an election. Throws FlagError for versions that cannot be emulated. */
export function standingOf(values: FlagValues, settings: ElectionSettings): Standing | undefined {
  const coordinated = candidacyOf(values);
  const { leaderElect, resourceName: name, resourceNamespace: namespace, ...timings } = settings;
  if (!leaderElect) return undefined;
  return { lease: { namespace, name }, ...timings, ...(coordinated && { coordinated }) };
}
