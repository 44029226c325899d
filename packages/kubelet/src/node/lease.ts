/** The node's heartbeat: a Lease in kube-node-lease, renewed every 10 s (KEP-589). */
import {
  formatMicroTime,
  isAlreadyExists,
  isConflict,
  isNotFound,
  type Lease,
  type Node,
  nameOf,
  Resources,
  uidOf,
} from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { messageOf } from '../runtime/error.ts';

const NAMESPACE = 'kube-node-lease';
export const LEASE_SECONDS = 40;
export const RENEW_MS = 10_000;
const RETRY_MS = 1_000;

export interface NodeLeaseOptions {
  readonly client: Client;
  readonly effects: Effects;
  readonly name: string;
  /** The Node, once it is known; the lease goes when it goes. */
  readonly node: () => Node | undefined;
}

/** Renews until the signal aborts. Spread a little, so that many nodes started together do not renew together. */
export async function renewNodeLease(options: NodeLeaseOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, log } = options.effects;
  let held: Lease | undefined;
  while (!signal.aborted) {
    let waitMs = RENEW_MS * (1 + random.float() * 0.04);
    try {
      held = await renew(options, held, signal);
    } catch (error) {
      if (signal.aborted) return;
      held = undefined;
      waitMs = RETRY_MS;
      log.debug('Node lease not renewed', { node: options.name, error: messageOf(error) });
    }
    await clock.sleep(waitMs, signal).catch(() => {});
  }
}

async function renew(
  { client, effects, name, node }: NodeLeaseOptions,
  held: Lease | undefined,
  signal: AbortSignal,
): Promise<Lease> {
  const leases = client.resource(Resources.leases);
  const spec = {
    holderIdentity: name,
    leaseDurationSeconds: LEASE_SECONDS,
    renewTime: formatMicroTime(effects.clock.now()),
  };
  const current = held ?? (await leases.find({ namespace: NAMESPACE, name }, { signal }));
  const owner = node();
  const ownerReferences =
    owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'Node', name: nameOf(owner), uid: uidOf(owner) }];
  try {
    if (current !== undefined)
      return await leases.update(
        { ...current, metadata: { ...current.metadata, ownerReferences }, spec: { ...current.spec, ...spec } },
        { signal },
      );
    return await leases.create(
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: NAMESPACE, ownerReferences },
        spec,
      },
      { signal },
    );
  } catch (error) {
    // Somebody else wrote it: once more from what is there now.
    if (held === undefined || !(isConflict(error) || isNotFound(error) || isAlreadyExists(error))) throw error;
    return renew({ client, effects, name, node }, undefined, signal);
  }
}
