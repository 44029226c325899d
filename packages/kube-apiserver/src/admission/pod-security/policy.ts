/** Which level and version of the Pod Security Standards a namespace asks for, and whether a pod keeps it (KEP-2579). */
import { type FieldError, fieldErrors, type Pod, path } from '@steersman/api';
import { baselineChecks } from './baseline.ts';
import type { Check, Level, Minor, Violation } from './check.ts';
import { restrictedChecks } from './restricted.ts';

export interface Policy {
  readonly level: Level;
  readonly version: Minor;
}
type Labels = Readonly<Record<string, string>> | undefined;
export const PREFIX = 'pod-security.kubernetes.io/';

export const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];
export const MODES = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof MODES)[number];

const LATEST = Number.POSITIVE_INFINITY;
const ANYTHING: Policy = { level: 'privileged', version: LATEST };
/** What upstream starts with: nothing is held to anything. */
export const PRIVILEGED: Policies = { enforce: ANYTHING, audit: ANYTHING, warn: ANYTHING };

/** What counts in a namespace, for each mode. */
export type Policies = Readonly<Record<Mode, Policy>>;

/**
 * The policies that labels set over `defaults`: what cannot be read is enforced strictly, and never warned about. Without
 * a level of its own, warning follows what is enforced.
 */
export function policiesOf(labels: Labels, defaults: Policies = PRIVILEGED): Policies {
  const enforce = policyOf(labels, 'enforce', defaults.enforce);
  const warn = policyOf(labels, 'warn', defaults.warn);
  const follows = labels?.[`${PREFIX}enforce`] !== undefined && labels[`${PREFIX}warn`] === undefined;
  const version = labels?.[versionLabel('warn')] === undefined ? enforce.version : warn.version;
  const isStricter = LEVELS.indexOf(enforce.level) > LEVELS.indexOf(warn.level);
  return {
    enforce,
    audit: policyOf(labels, 'audit', defaults.audit),
    warn: follows && isStricter ? { level: enforce.level, version } : warn,
  };
}

function policyOf(labels: Labels, mode: Mode, standard: Policy): Policy {
  const [text, version] = [labels?.[PREFIX + mode], labels?.[versionLabel(mode)]];
  const unknown = mode === 'enforce' ? 'restricted' : 'privileged';
  return {
    level: text === undefined ? standard.level : (LEVELS.find((known) => known === text) ?? unknown),
    version: version === undefined ? standard.version : (versionOf(version) ?? LATEST),
  };
}

const versionLabel = (mode: Mode): string => `${PREFIX}${mode}-version`;

export function versionOf(text: string): Minor | undefined {
  if (text === 'latest') return LATEST;
  const match = /^v1\.(0|[1-9]\d*)$/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** Labels that no policy can be read from. */
export function validatePolicyLabels(labels: Labels): FieldError[] {
  const check = (label: string, isGood: (text: string) => boolean, detail: string) => {
    const text = labels?.[label];
    if (text === undefined || isGood(text)) return [];
    return [fieldErrors.invalid(path('metadata', 'labels').key(label), text, detail)];
  };
  return MODES.flatMap((mode) => [
    ...check(PREFIX + mode, (text) => LEVELS.some((level) => level === text), `must be one of ${LEVELS.join(', ')}`),
    ...check(versionLabel(mode), (text) => versionOf(text) !== undefined, 'must be "latest" or "v1.x"'),
  ]);
}

/** Whether pods that kept the old policy may break the new one. */
export function isStricter(policy: Policy, old: Policy): boolean {
  if (policy.level === 'privileged') return false;
  return policy.version !== old.version || LEVELS.indexOf(policy.level) > LEVELS.indexOf(old.level);
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

/** The findings in short, for lists of pods. */
export function reasonsText(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}
