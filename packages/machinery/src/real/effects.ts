import type { Effects } from '../contract.ts';
import type { LogLevel } from '../log-format.ts';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import { realClock } from './clock.ts';
import { processMetrics } from './process-metrics.ts';
import { realRandom } from './random.ts';

export interface RealEffectsOptions {
  readonly component: string;
  readonly level?: LogLevel | 'silent';
  readonly format?: 'text' | 'json';
  /** Takes log lines; standard error when absent. */
  readonly write?: (line: string) => void;
}

/** Effects of a real process: machine clock, system randomness, log lines to standard error, an own metrics registry. */
export function realEffects(options: RealEffectsOptions): Effects {
  const clock = realClock();
  const { component, level = 'info', format = 'text' } = options;
  const write = options.write ?? ((line) => void process.stderr.write(line));
  return {
    clock,
    random: realRandom(),
    log: createLogger({ component, level, format, write, now: clock.now }),
    metrics: createMetrics({ extra: processMetrics() }),
  };
}
