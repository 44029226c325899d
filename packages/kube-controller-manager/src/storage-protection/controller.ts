/**
 * Volumes and claims that are in use stay until they are not: both controllers keep the finalizer on their objects and take
 * it off a deleted one that nobody uses any more.
 */
import {
  type Draft,
  isTerminating,
  type KubeObject,
  keyOf,
  nameOf,
  namespaceOf,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  Resources,
  type ResourceType,
  splitKey,
} from '@steersman/api';
import type { Client } from '@steersman/client';
import type { NextPass } from '@steersman/machinery';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { podInformer, withoutManagedFields } from '../pods/pod-view.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

/** Whether a pod holds on to a claim. Only pods with a node do: kubelets start none whose claim is going. */
export function usesClaim({ spec, metadata }: Pod, claim: string): boolean {
  if (spec.nodeName === undefined || spec.nodeName === '') return false;
  return (spec.volumes ?? []).some(
    ({ name, persistentVolumeClaim, ephemeral }) =>
      persistentVolumeClaim?.claimName === claim || (ephemeral !== undefined && `${metadata.name}-${name}` === claim),
  );
}

export const claimProtectionController: Controller = {
  name: 'persistentvolumeclaim-protection-controller',
  alias: 'pvc-protection',
  account: 'pvc-protection-controller',
  async run(context, signal) {
    const { client, informers } = context;
    const claims = informers.informer(Resources.persistentVolumeClaims, {
      project: withoutManagedFields<PersistentVolumeClaim>,
    });
    const pods = podInformer(informers);
    const isUsed = async (claim: PersistentVolumeClaim) => {
      const { items } = await client.resource(Resources.pods).list({ namespace: namespaceOf(claim), signal });
      return items.some((pod) => usesClaim(pod, nameOf(claim)));
    };
    const reconcile = (key: string) =>
      protect(client, Resources.persistentVolumeClaims, claims.get(key), CLAIM_FINALIZER, isUsed);
    await runLoop(
      context,
      {
        name: 'claims_in_use_protection',
        reconcile,
        connect(queue) {
          enqueueOn(claims, queue, (change) => [keyOf(objectOf(change))]);
          // Which claims a pod used is not kept: those of its namespace that wait are looked at again.
          enqueueOn(pods, queue, (change) =>
            change.kind === 'deleted' ? waitingIn(claims.list(), namespaceOf(change.last)) : [],
          );
        },
      },
      signal,
    );
  },
};

export const volumeProtectionController: Controller = {
  name: 'persistentvolume-protection-controller',
  alias: 'pv-protection',
  account: 'pv-protection-controller',
  async run(context, signal) {
    const { client, informers } = context;
    const volumes = informers.informer(Resources.persistentVolumes, {
      project: withoutManagedFields<PersistentVolume>,
    });
    const isUsed = async ({ status }: PersistentVolume) => status?.phase === 'Bound';
    await runLoop(
      context,
      {
        name: 'volumes_in_use_protection',
        reconcile: (key) => protect(client, Resources.persistentVolumes, volumes.get(key), VOLUME_FINALIZER, isUsed),
        connect: (queue) => enqueueOn(volumes, queue, (change) => [keyOf(objectOf(change))]),
      },
      signal,
    );
  },
};

function waitingIn(claims: readonly PersistentVolumeClaim[], namespace: string): readonly string[] {
  return claims.filter((claim) => namespaceOf(claim) === namespace && isTerminating(claim)).map(keyOf);
}

/** Adds the finalizer to an object that stays, takes it off one that goes and is not used. */
async function protect<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  cached: T | undefined,
  finalizer: string,
  isUsed: (object: T) => Promise<boolean>,
): Promise<NextPass> {
  if (cached === undefined) return 'on-change';
  const isProtected = cached.metadata.finalizers?.includes(finalizer) === true;
  if (isTerminating(cached) !== isProtected) return 'on-change';
  const requests = client.resource(type);
  const fresh = await requests.find(splitKey(keyOf(cached)));
  if (fresh === undefined || (isProtected && (await isUsed(fresh)))) return 'on-change';
  const draft = structuredClone(fresh) as Draft<KubeObject>;
  const others = (draft.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  draft.metadata.finalizers = isProtected ? others : [...others, finalizer];
  await requests.update(draft as unknown as T);
  return 'on-change';
}
