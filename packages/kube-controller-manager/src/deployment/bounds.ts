import type { Deployment } from '@steersman/api';

/** How many pods a rollout may have above, and lack below, the wanted number. */
export interface Bounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** A number, or a percentage of the total, rounded up or down. */
export function scaledValue(
  value: number | string | undefined,
  total: number,
  round: (fraction: number) => number,
): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const percent = Number(value.replace(/%$/, ''));
  return Number.isFinite(percent) ? round((percent * total) / 100) : 0;
}

/** The bounds of a rolling update: surge rounds up, unavailable down, and both cannot be zero or it would never move. */
export function boundsOf({ spec }: Deployment): Bounds {
  const replicas = spec.replicas ?? 1;
  const { maxSurge, maxUnavailable } = spec.strategy?.rollingUpdate ?? {};
  if (spec.strategy?.type === 'Recreate' || replicas === 0) return { maxSurge: 0, maxUnavailable: 0 };
  const surge = scaledValue(maxSurge, replicas, Math.ceil);
  const unavailable = scaledValue(maxUnavailable, replicas, Math.floor);
  if (surge === 0 && unavailable === 0) return { maxSurge: 0, maxUnavailable: 1 };
  return { maxSurge: surge, maxUnavailable: Math.min(unavailable, replicas) };
}
