/** Which level and version of the Pod Security Standards a namespace asks for, and whether a pod keeps it (KEP-2579). */
import type { Pod } from '@steersman/api';
import { baselineChecks } from './baseline.ts';
import type { Check, Level, Minor, Violation } from './check.ts';
import { restrictedChecks } from './restricted.ts';

export interface Policy {
  readonly level: Level;
  readonly version: Minor;
}
type Labels = Readonly<Record<string, string>> | undefined;
const PREFIX = 'pod-security.kubernetes.io/';

/** The policy that labels set for a mode. An unknown level counts as the strictest, an unknown version as the newest. */
export function policyOf(labels: Labels, mode: 'enforce' | 'warn'): Policy {
  const level = labels?.[`${PREFIX}${mode}`];
  const version = /^v1\.(\d+)$/.exec(labels?.[`${PREFIX}${mode}-version`] ?? '');
  return { level: levelOf(level), version: version === null ? Number.POSITIVE_INFINITY : Number(version[1]) };
}

function levelOf(text: string | undefined): Level {
  if (text === undefined || text === 'privileged') return 'privileged';
  return text === 'baseline' ? 'baseline' : 'restricted';
}

export function policyText({ level, version }: Policy): string {
  return `${level}:${version === Number.POSITIVE_INFINITY ? 'latest' : `v1.${version}`}`;
}

/** Everything about the pod that breaks the policy, lower level first. */
export function violationsOf(pod: Pod, { level, version }: Policy): readonly Violation[] {
  return checksOf(level, version).flatMap((check) => check.find(pod, version) ?? []);
}

function checksOf(level: Level, version: Minor): readonly Check[] {
  if (level === 'privileged') return [];
  const baseline = baselineChecks.filter(({ since }) => since <= version);
  if (level === 'baseline') return baseline;
  const restricted = restrictedChecks.filter(({ since }) => since <= version);
  const replaced = new Set(restricted.map(({ replaces }) => replaces));
  return [...baseline.filter(({ id }) => !replaced.has(id)), ...restricted];
}

/** The findings as messages show them: `reason (detail), reason (detail)`. */
export function violationsText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}
