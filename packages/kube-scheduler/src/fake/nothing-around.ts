import { fakeClock, seededRandom } from '@steersman/machinery';
import type { PluginDependencies } from '../config/profile.ts';

/** Dependencies of plugins where there are no budgets and nobody listens. */
export const NOTHING_AROUND: Pick<PluginDependencies, 'disruptionBudgets' | 'recorder' | 'effects'> = {
  disruptionBudgets: () => [],
  recorder: { event: () => {} },
  effects: { clock: fakeClock(), random: seededRandom(1) },
};
