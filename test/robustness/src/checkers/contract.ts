import type { Attempts } from '../attempts.ts';
import type { Bounds } from '../bounds.ts';
import type { History } from '../history.ts';
import type { World } from '../world.ts';

/** The properties of a trustworthy store and API; the reference numbers them R1 to R15. */
export type Property =
  | 'R1'
  | 'R2'
  | 'R3'
  | 'R4'
  | 'R5'
  | 'R6'
  | 'R7'
  | 'R8'
  | 'R9'
  | 'R10'
  | 'R11'
  | 'R12'
  | 'R13'
  | 'R14'
  | 'R15';

export interface Evidence {
  readonly history: History;
  readonly world: World;
  readonly bounds: Bounds;
  readonly attempts: Attempts;
}

export interface Checker {
  readonly property: Property;
  /** One line: what must hold. */
  readonly promise: string;
  /** One sentence per violation. Says in `judged` how many cases it looked at: a run that judged nothing proves nothing. */
  check(evidence: Evidence): Verdict;
}
export interface Verdict {
  readonly judged: number;
  readonly violations: readonly string[];
}

/** Collects a verdict: `expect` counts a case and keeps the sentence when the case fails. */
export class Judgement {
  #judged = 0;
  readonly #violations: string[] = [];

  expect(holds: boolean, otherwise: () => string): void {
    this.#judged += 1;
    if (!holds) this.#violations.push(otherwise());
  }

  verdict(): Verdict {
    return { judged: this.#judged, violations: this.#violations };
  }
}
