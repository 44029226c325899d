/** Who this server is: the Lease in kube-system by which everybody can see which API servers there are (KEP-1965). */
import { createHash } from 'node:crypto';
import { formatMicroTime, isNotFound, type Lease, parseTime, Resources } from '@steersman/api';
import type { PostStartContext } from '../post-start-hook.ts';
import { ID_LABEL, leaseRecords, PEER_FOLDER } from './lease-records.ts';

const NAMESPACE = 'kube-system';
/** Upstream's times. */
const DURATION_SECONDS = 3600;
const RENEW_MS = 10_000;
const COLLECT_MS = 3_600_000;
export const IDENTITY_LABEL = 'apiserver.kubernetes.io/identity';
const COMPONENT = 'kube-apiserver';
/** Where peers reach the server. */
const PEER_ANNOTATION = 'kubernetes.io/peer-advertise-address';
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** `apiserver-` and a hash of the host name, as upstream, so that a lease can be told from the host. */
export function serverIdOf(hostname: string): string {
  return `apiserver-${base32(createHash('sha256').update(hostname).digest().subarray(0, 16))}`;
}

/** RFC 4648, lower case, without padding. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((part) => BASE32[Number.parseInt(part.padEnd(5, '0'), 2)]).join('');
}

export interface Identity {
  readonly hostname: string;
  /** Unique to this process. */
  readonly holder: string;
  /** host:port for other servers; absent: not told. */
  readonly peerAddress?: string | undefined;
}

/** The lease after this server has renewed it, or made it. */
export function renewedLease(current: Lease | undefined, identity: Identity, nowMs: number): Lease {
  const { hostname, holder, peerAddress } = identity;
  const metadata = current?.metadata ?? { namespace: NAMESPACE, name: serverIdOf(hostname) };
  const annotations = peerAddress === undefined ? {} : { [PEER_ANNOTATION]: peerAddress };
  return {
    ...(current ?? { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }),
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [IDENTITY_LABEL]: COMPONENT, 'kubernetes.io/hostname': hostname },
      annotations: { ...metadata.annotations, ...annotations },
    },
    spec: {
      ...current?.spec,
      holderIdentity: holder,
      leaseDurationSeconds: DURATION_SECONDS,
      renewTime: formatMicroTime(nowMs),
    },
  };
}

/** Keeps the lease of this server until the signal aborts. It stays when the server goes: whoever collects leases removes it. */
export async function keepIdentity({ client, effects, signal }: PostStartContext, identity: Identity): Promise<void> {
  const { clock, log } = effects;
  const leases = client.resource(Resources.leases);
  const key = { namespace: NAMESPACE, name: serverIdOf(identity.hostname) };
  const renew = async () => {
    const current = await leases.find(key);
    const wanted = renewedLease(current, identity, clock.now());
    await (current === undefined ? leases.create(wanted) : leases.update(wanted));
  };
  while (!signal.aborted) {
    await renew().catch((error: unknown) => {
      if (!signal.aborted) log.warn('The identity lease cannot be renewed', { lease: key.name, error: String(error) });
    });
    await clock.sleep(RENEW_MS, signal).catch(() => undefined);
  }
}

/** Whether nobody renews it any more. */
export function isExpired({ spec }: Lease, nowMs: number): boolean {
  if (spec?.renewTime === undefined || spec.leaseDurationSeconds === undefined) return true;
  return parseTime(spec.renewTime) + spec.leaseDurationSeconds * 1000 < nowMs;
}

/**
 * Removes the leases of servers that are gone, until the signal aborts. The times in them are of other machines' clocks; who has a record
 * in the store, which runs out by the clock of the store, is there whatever its lease says.
 */
export async function collectIdentities({ client, storage, effects, signal }: PostStartContext): Promise<void> {
  const { clock, log } = effects;
  const leases = client.resource(Resources.leases);
  const records = leaseRecords(storage, PEER_FOLDER);
  const collect = async () => {
    const labelSelector = `${IDENTITY_LABEL}=${COMPONENT}`;
    const { items } = await leases.list({ namespace: NAMESPACE, labelSelector });
    const expired = items.filter((lease) => isExpired(lease, clock.now()));
    if (expired.length === 0) return;
    const there = new Set((await records.list()).map(({ labels }) => labels[ID_LABEL]));
    for (const { metadata } of expired.filter((lease) => !there.has(lease.metadata.name))) {
      const key = { namespace: NAMESPACE, name: metadata.name ?? '' };
      // A server that has been away may have come back since the list was read.
      const now = await leases.find(key);
      if (now === undefined || !isExpired(now, clock.now())) continue;
      await leases.delete(key).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  };
  while (!signal.aborted) {
    await collect().catch((error: unknown) => {
      if (!signal.aborted) log.warn('Leases of servers that are gone cannot be removed', { error: String(error) });
    });
    await clock.sleep(COLLECT_MS, signal).catch(() => undefined);
  }
}
