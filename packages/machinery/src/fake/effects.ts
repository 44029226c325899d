import type { Effects, Logger } from '../contract.ts';
import { createMetrics } from '../metrics.ts';
import { type FakeClock, fakeClock } from './clock.ts';
import { silentLogger } from './logger.ts';
import { seededRandom } from './random.ts';

export interface FakeEffects extends Effects {
  readonly clock: FakeClock;
}

/** Effects of a test: time that stands still until advanced, seeded randomness (seed 1), silence, real metrics. */
export function fakeEffects(
  options: { readonly seed?: number; readonly startMs?: number; readonly log?: Logger } = {},
): FakeEffects {
  return {
    clock: fakeClock(options.startMs),
    random: seededRandom(options.seed ?? 1),
    log: options.log ?? silentLogger,
    metrics: createMetrics(),
  };
}
