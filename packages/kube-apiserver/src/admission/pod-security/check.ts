/** What a Pod Security check is, and how its findings are worded. */
import type { Container, Pod } from '@steersman/api';

export type Level = 'privileged' | 'baseline' | 'restricted';
/** The minor version of a policy; Infinity for `latest`. */
export type Minor = number;

export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export interface Check {
  /** Upstream's id: findings are reported in its order. */
  readonly id: string;
  readonly level: Exclude<Level, 'privileged'>;
  /** The first policy version that has it. */
  readonly since: Minor;
  /** A check of the lower level that this one says more exactly. */
  readonly replaces?: string;
  /** What is wrong with the pod, or nothing. */
  readonly find: (pod: Pod, version: Minor) => Violation | undefined;
}

type AnyContainer = Pick<
  Container,
  'name' | 'securityContext' | 'ports' | 'livenessProbe' | 'readinessProbe' | 'startupProbe' | 'lifecycle'
>;

export function containersOf({ spec }: Pod): readonly AnyContainer[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

export function namesWhere(pod: Pod, holds: (container: AnyContainer) => boolean): readonly string[] {
  return containersOf(pod)
    .filter(holds)
    .map(({ name }) => name);
}

/** `container "a"` or `containers "a", "b"`. */
export function containersText(names: readonly string[]): string {
  return `${names.length === 1 ? 'container' : 'containers'} ${quoted(names)}`;
}
export function quoted(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}
export function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].toSorted();
}

/** `pod`, containers, or both, in front of what they must not do. */
export function settersText(byPod: boolean, names: readonly string[]): string {
  const parts = [...(byPod ? ['pod'] : []), ...(names.length > 0 ? [containersText(names)] : [])];
  return parts.join(' and ');
}

export function isWindows({ spec }: Pod): boolean {
  return spec.os?.name === 'windows';
}

/** From this policy version on, what is root in a user namespace of its own may do what root elsewhere may not. */
const USER_NAMESPACE_SINCE = 35;

export function isInUserNamespace({ spec }: Pod, version: Minor): boolean {
  return version >= USER_NAMESPACE_SINCE && spec.hostUsers === false;
}
