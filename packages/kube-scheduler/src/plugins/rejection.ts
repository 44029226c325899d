import type { Rejection } from '../contract.ts';

/** Removing pods could make room. */
export function unschedulable(...reasons: readonly string[]): Rejection {
  return { code: 'unschedulable', reasons };
}

/** Removing pods would not help. */
export function unresolvable(...reasons: readonly string[]): Rejection {
  return { code: 'unresolvable', reasons };
}
