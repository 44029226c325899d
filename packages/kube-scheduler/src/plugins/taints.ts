import type { Taint } from '@steersman/api';

/** Taints that keep pods away; PreferNoSchedule only makes a node less liked. */
export const keepsAway = (taint: Taint) => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute';
