/** Work that one of several control planes does at a time. */
import { type Client, runAsLeader } from '@steersman/client';
import type { Effects } from '@steersman/machinery';

export interface TermsOptions {
  readonly client: Client;
  /** Of the Lease in kube-system that the candidates compete for: upstream's, so that upstream's components may compete too. */
  readonly lease: string;
  /** Of this candidate; what follows it in the Lease makes each of its terms another. */
  readonly candidate: string;
  readonly effects: Effects;
  /** `mayAct` says whether nobody else can lead yet, also right after the process was paused. */
  readonly work: (leading: AbortSignal, mayAct: () => boolean) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Does the work whenever elected, until the signal aborts. Unlike upstream's components, who end when they lose an election, this
 * one stands again: the API server in the same process is needed by others.
 */
export async function workInTerms({ client, lease, candidate, effects, work, signal }: TermsOptions): Promise<void> {
  while (!signal.aborted) {
    const identity = `${candidate}_${effects.random.uuid()}`;
    const key = { namespace: 'kube-system', name: lease };
    const standing = { client, effects, lease: key, identity, releaseOnCancel: true };
    const lost = await runAsLeader(standing, (leading, { mayAct }) => work(leading, mayAct), signal);
    if (lost) effects.log.warn('Another leads now', { lease });
  }
}
