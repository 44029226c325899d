/**
 * What every component's command line shares. A component package exports its `ComponentCommand`; the command line of
 * the `steersman` package finds it by name (`steersman kube-scheduler --help`).
 */
import type { Effects } from '@steersman/machinery';

export type FlagType = 'string' | 'bool' | 'int' | 'float' | 'duration' | 'strings' | 'map';

/** One flag, with upstream's name. `duration` values are milliseconds once parsed; `map` is `a=b,c=d`. */
export interface Flag {
  readonly name: string;
  readonly type: FlagType;
  readonly shorthand?: string;
  readonly default?: string | boolean | number | readonly string[];
  readonly help: string;
  /** Accepted for compatibility and without effect; help says so. */
  readonly ignored?: boolean;
}

/** Parsed flags by name, with defaults filled in. */
export interface FlagValues {
  string(name: string): string;
  bool(name: string): boolean;
  number(name: string): number;
  strings(name: string): readonly string[];
  map(name: string): ReadonlyMap<string, string>;
  /** Whether the flag was given on the command line. */
  given(name: string): boolean;
}

export interface ComponentCommand {
  /** Upstream's name, such as `kube-scheduler`. */
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** Works until the signal aborts. Throws an error with one line that says what is wrong and what to do. */
  run(flags: FlagValues, effects: Effects, signal: AbortSignal): Promise<void>;
}
