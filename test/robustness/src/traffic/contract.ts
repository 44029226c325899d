import type { Outcome, Request, WatchEvent, WatchRecord } from '../history.ts';

export interface WatchWish {
  readonly after: number | 'state';
  readonly color?: string;
}

/** One server of what is under test, in the words of the history. Nothing here retries: a repetition would hide what happened. */
export interface ClientUnderTest {
  readonly server: string;
  /** How many keys one write may change at once; 1 when absent. More than one are compared by exact revisions only. */
  readonly keysPerWriteMax?: number;
  /** Never throws: what went wrong is an outcome. */
  perform(request: Request): Promise<Outcome>;
  /** Tells events as they arrive, those that arrived together together, until the signal aborts or the server ends it. */
  watch(
    wish: WatchWish,
    tell: (events: readonly WatchEvent[]) => void,
    signal: AbortSignal,
  ): Promise<WatchRecord['end']>;
  close(): Promise<void>;
}
