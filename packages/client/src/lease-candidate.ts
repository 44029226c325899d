/** How a component stands for election by the API server (KEP-4355). */

import type { V1beta1LeaseCandidate } from '@steersman/api';
import { formatMicroTime, isAlreadyExists, isConflict, type ObjectKey, parseTime, Resources } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { Client } from './contract.ts';

export interface CandidateVersions {
  /** Such as 1.36.0. */
  readonly binaryVersion: string;
  readonly emulationVersion: string;
}
export interface CandidateOptions extends CandidateVersions {
  readonly client: Client;
  readonly effects: Effects;
  /** The Lease to be elected for. */
  readonly lease: ObjectKey;
  /** Names the LeaseCandidate, and the holder of the Lease after the election. */
  readonly identity: string;
}

/** An election waits five seconds for answers. */
const LOOK_MS = 1000;

/** Keeps the LeaseCandidate and answers when the API server asks who is there, until the signal aborts. */
export async function keepCandidate(options: CandidateOptions, signal: AbortSignal): Promise<void> {
  const { client, effects, lease, identity, binaryVersion, emulationVersion } = options;
  const { clock, log } = effects;
  const candidates = client.resource(Resources.v1beta1LeaseCandidates);
  const key = { ...(lease.namespace === undefined ? {} : { namespace: lease.namespace }), name: identity };
  const wanted = (): V1beta1LeaseCandidate['spec'] => ({
    leaseName: lease.name,
    binaryVersion,
    emulationVersion,
    strategy: 'OldestEmulationVersion',
    renewTime: formatMicroTime(clock.now()),
  });
  const look = async () => {
    const current = await candidates.find(key, { signal });
    if (current === undefined) {
      const head = { apiVersion: 'coordination.k8s.io/v1beta1', kind: 'LeaseCandidate', metadata: key };
      await candidates.create({ ...head, spec: wanted() }, { signal });
    } else if (isAsked(current)) {
      await candidates.update({ ...current, spec: { ...current.spec, ...wanted() } }, { signal });
    }
  };
  while (!signal.aborted) {
    await look().catch((error: unknown) => {
      if (!signal.aborted && !isConflict(error) && !isAlreadyExists(error))
        log.warn('Could not stand for election', { lease: lease.name, error: String(error) });
    });
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}

/** API servers ask in time before they would take the candidate for gone. */
function isAsked({ spec: { renewTime, pingTime } }: V1beta1LeaseCandidate): boolean {
  return renewTime === undefined || (pingTime !== undefined && parseTime(pingTime) > parseTime(renewTime));
}
