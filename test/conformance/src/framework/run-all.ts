/** Runs many tests at once and tells how each ended. */
import { isTransportError } from '@steersman/client';
import type { ConformanceTest } from './contract.ts';
import type { Environment } from './environment.ts';
import { runTrial, skipReason } from './trial.ts';

export type Outcome =
  | { readonly kind: 'passed'; readonly name: string; readonly seconds: number }
  | { readonly kind: 'failed'; readonly name: string; readonly seconds: number; readonly error: unknown }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string };

export interface RunOptions {
  readonly tests: readonly ConformanceTest[];
  readonly environment: Environment;
  /** How many tests may be under way at a time. */
  readonly parallelMax: number;
  /** Called as each test ends. */
  readonly report: (outcome: Outcome) => void;
  readonly complain: (problem: string) => void;
  /** Servers are being killed: a test that lost an answer with one, and cannot know what came of its request, begins anew. */
  readonly serversDie?: boolean;
}

/** kubectl's words for a connection that broke. */
const LOST =
  /EOF|connection (?:lost|refused|reset by peer)|GOAWAY|broken pipe|transport is closing|aborted: use of closed/i;
const TRIES_MAX = 3;

const lostAnswer = (error: unknown) => isTransportError(error) || (error instanceof Error && LOST.test(error.message));

async function outcomeOf(test: ConformanceTest, options: RunOptions, tries = 1): Promise<Outcome> {
  const { environment, complain } = options;
  const { name } = test;
  const reason = skipReason(test, environment);
  if (reason !== undefined) return { kind: 'skipped', name, reason };
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  try {
    await runTrial(test, environment, complain);
    return { kind: 'passed', name, seconds: seconds() };
  } catch (error) {
    if (options.serversDie === true && tries < TRIES_MAX && lostAnswer(error)) {
      complain(`${name}: lost an answer with a server, again: ${String(error).split('\n')[0]}`);
      return outcomeOf(test, options, tries + 1);
    }
    return { kind: 'failed', name, seconds: seconds(), error };
  }
}

/** Runs the tests, those that must be alone last; resolves with the outcomes in the order in which they ended. Never rejects. */
export async function runAll(options: RunOptions): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  async function worker(waiting: ConformanceTest[]): Promise<void> {
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      const outcome = await outcomeOf(test, options);
      outcomes.push(outcome);
      options.report(outcome);
    }
  }
  const together = options.tests.filter(({ serial }) => serial !== true);
  await Promise.all(Array.from({ length: options.parallelMax }, () => worker(together)));
  await worker(options.tests.filter(({ serial }) => serial === true));
  return outcomes;
}
