/**
 * The effects that production code takes as arguments, so that a whole cluster also runs under simulated time.
 * Real implementations live in `real/`; tests use `fake/`.
 */

/** Wall-clock and monotonic time, and timers. All durations are milliseconds. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump; use it only for times that people or other machines see. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back. Use it to measure. */
  monotonic(): number;
  /** Calls back once after at least `delayMs`; the returned function cancels. Never keeps the process alive. */
  schedule(delayMs: number, callback: () => void): () => void;
  /** Resolves after at least `delayMs`; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness. Cryptographic in production, seeded in simulation. */
export interface Random {
  /** A number in [0, 1). */
  float(): number;
  /** An integer in [0, bound). */
  integer(bound: number): number;
  bytes(length: number): Uint8Array;
  /** An RFC 4122 version 4 UUID. */
  uuid(): string;
  /** Kubernetes' name suffix alphabet (no vowels, no look-alikes): `length` characters, 5 for generateName. */
  suffix(length: number): string;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured logging. Messages are constant sentences; what varies goes into the fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

export type Labels = Readonly<Record<string, string>>;
export interface Counter {
  add(amount?: number, labels?: Labels): void;
  /** The series of these labels alone, for hot paths: nothing is looked up any more. Labels given to it do not count. */
  with(labels: Labels): Counter;
}
export interface Gauge {
  set(value: number, labels?: Labels): void;
}
export interface Histogram {
  observe(value: number, labels?: Labels): void;
  /** The series of these labels alone, for hot paths. */
  with(labels: Labels): Histogram;
}

/** Prometheus metrics; a registry belongs to one component, never to the process. */
export interface Metrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;
  histogram(name: string, help: string, buckets: readonly number[], labelNames?: readonly string[]): Histogram;
  /** The text exposition format 0.0.4. */
  expose(): Promise<string>;
}

/** What a component is given to live in. */
export interface Effects {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * When a key wants to be looked at again: only when something changes, or also after a time.
 */
export type NextPass = 'on-change' | { readonly afterMs: number };

/**
 * One pass over one key: observe, plan, act. Throwing makes the queue retry the key with exponential backoff.
 * The queue promises: never two passes for one key at once; a key added during its own pass gets another one.
 */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<NextPass>;

export interface WorkQueueOptions {
  /** Names the queue in metrics and logs. */
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly effects: Effects;
  /** Passes under way at once; 5 when absent. */
  readonly concurrencyMax?: number;
  /** First retry delay (5 ms when absent) and its upper bound (1000 s when absent), doubled per failure. */
  readonly retryBaseMs?: number;
  readonly retryMaxMs?: number;
}

/** The worker loop, retries, backoff and metrics of every reconciler. */
export interface WorkQueue {
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  /** Keys waiting or under way. */
  readonly depth: number;
  /** Works until the signal aborts; resolves when the last pass has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing waits and nothing is under way (delayed keys not counted). For tests. */
  idle(): Promise<void>;
}
