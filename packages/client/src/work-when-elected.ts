import type { Effects } from '@steersman/machinery';
import { candidateIdentity } from './adapters/candidate-identity.ts';
import { createClient } from './client.ts';
import type { Transport } from './contract.ts';
import { type LeaderElectionOptions, type Leadership, runAsLeader } from './leader-election.ts';
import { TransportError } from './transport-error.ts';

export interface ElectedWorkOptions {
  /** Upstream's name, such as `kube-scheduler`. */
  readonly component: string;
  readonly transport: Transport;
  readonly effects: Effects;
  /** The lease to hold while working; absent, the component works without an election. */
  readonly standing?:
    | Pick<LeaderElectionOptions, 'lease' | 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs' | 'coordinated'>
    | undefined;
  /** Ends when the signal of the leadership aborts. Its writes go through `fencedTransport` with `mayAct`. */
  readonly work: (leadership: Leadership) => Promise<void>;
}

/**
 * Does a component's work once: when elected, or at once if it stands for no election. Resolves when the signal has ended it, and
 * throws TransportError ConnectionLost when leadership was lost: the process ends then, as upstream's, so that nothing of what it
 * knew as a leader lives on.
 */
export async function workWhenElected(options: ElectedWorkOptions, signal: AbortSignal): Promise<void> {
  const { component, transport, effects, standing, work } = options;
  if (standing === undefined) return work({ signal, mayAct: () => true });
  // A client of its own: elections do not wait behind the work's requests.
  const client = createClient(transport, { userAgent: `${component}/leader-election` });
  const identity = candidateIdentity(effects.random);
  const candidate = { ...standing, client, effects, identity, releaseOnCancel: true };
  const lost = await runAsLeader(candidate, (_leading, leadership) => work(leadership), signal);
  if (lost) throw new TransportError('ConnectionLost', `leader election lost; start ${component} again`);
}
