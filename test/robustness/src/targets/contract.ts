import type { Random } from '@steersman/machinery';
import type { Lack } from '../exercised.ts';
import type { FinalRecord, HashRecord } from '../history.ts';
import type { ClientUnderTest } from '../traffic/contract.ts';

/** Something that goes wrong in the world of a target, and is put right again. */
export interface Fault {
  readonly name: string;
  /**
   * Resolves once it is over and repaired, with how often it showed (see `FaultRecord`); what was killed runs again, though it may
   * not be ready yet.
   */
  inflict(random: Random): Promise<number>;
}

export interface TargetOptions {
  /** Removed when the run is over. */
  readonly work: string;
  /** Kept, for the logs of all processes. */
  readonly logs: string;
  /** Whether we are root in network and mount namespaces of our own. Faults that need it are left out otherwise. */
  readonly privileged: boolean;
}

/** Real processes under test. */
export interface Target {
  /** One per server; the traffic may use each of them many times at once. */
  readonly clients: readonly ClientUnderTest[];
  readonly faults: readonly Fault[];
  /** Promises and kinds of traffic that it has no case of, say of caches where there is none. Of all others a run must have some. */
  readonly lacks?: readonly Lack[];
  /** Starts everything; resolves when all servers serve. */
  start(): Promise<void>;
  /** Waits until every server serves, without any fault; rejects when one does not come back. */
  healed(): Promise<void>;
  /** What every server and every member of the store holds at the end. Nothing is served afterwards. */
  finals(): Promise<readonly (FinalRecord | HashRecord)[]>;
  /** Ends every process and removes everything, also when something failed before. */
  close(): Promise<void>;
}
