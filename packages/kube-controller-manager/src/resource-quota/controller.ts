import {
  addAmounts,
  amountsOf,
  isInScope,
  isQuotaOf,
  type KubeObject,
  keyOf,
  namespaceOf,
  pickAmounts,
  Quantity,
  quotaUsage,
  type ResourceInfo,
  type ResourceQuota,
  Resources,
  resourceTable,
  semanticEqual,
  splitKey,
  textsOf,
} from '@steersman/api';
import type { Change, Informer } from '@steersman/client';
import type { NextPass, WorkQueue } from '@steersman/machinery';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';
import { podInformer } from '../pods/pod-view.ts';

const RESYNC_MS = 5 * 60_000; // Upstream's --resource-quota-sync-period: usage is counted again even when nothing happened.
/** A pod that admission has charged is stored a moment later; a count in between would miss it, so it is made again. */
const RECOUNT_MS = 2_000;
const REPLENISH_MS = 100; // Deletes come in crowds; one count serves them all.

/** The resources that a quota counts, each in the version that is served by default. */
export function resourcesOf({ spec }: Pick<ResourceQuota, 'spec'>): readonly ResourceInfo[] {
  const names = Object.keys(spec?.hard ?? {});
  return resourceTable.filter(
    (info, index) =>
      info.namespaced &&
      info.defaultEnabled &&
      info.verbs.includes('list') &&
      names.some((name) => isQuotaOf(info, name)) &&
      resourceTable.findIndex(
        (other) => other.group === info.group && other.plural === info.plural && other.defaultEnabled,
      ) === index,
  );
}

/** The use of every resource that the quota limits, of the objects it is about; `now` is milliseconds since the epoch. */
export function countUsage(
  quota: ResourceQuota,
  objects: readonly (readonly [ResourceInfo, readonly KubeObject[]])[],
  now: number,
): Record<string, string> {
  let used = new Map(Object.keys(quota.spec?.hard ?? {}).map((name) => [name, Quantity.of(0)]));
  for (const [info, list] of objects) {
    for (const object of list) {
      if (!isInScope(quota, `${info.group}/${info.plural}`, object)) continue;
      used = new Map(addAmounts(used, pickAmounts(quotaUsage(info, object, now), used.keys())));
    }
  }
  return textsOf(used);
}

/** Whether a change can have freed something: only admission adds to what is used. */
function mayFree(change: Change<KubeObject>): boolean {
  if (change.kind !== 'updated') return change.kind === 'deleted';
  const phase = (object: KubeObject) => (object as { readonly status?: { readonly phase?: string } }).status?.phase;
  return phase(change.object) !== phase(change.previous);
}

/** Keeps status.hard and status.used of quotas: admission charges, this forgives and repairs. */
export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  alias: 'resourcequota',
  account: 'resourcequota-controller',
  async run(context, signal) {
    const { client, informers, effects } = context;
    const quotas: Informer<ResourceQuota> = informers.informer(Resources.resourceQuotas);
    const watched = new Set<string>();
    let queue: Pick<WorkQueue, 'add' | 'addAfter'> | undefined;

    /** Watches a resource from the first quota on that counts it. */
    function watch(info: ResourceInfo): void {
      const key = `${info.group}/${info.plural}`;
      if (watched.has(key)) return;
      watched.add(key);
      const informer: Informer<KubeObject> =
        key === '/pods' ? podInformer(informers) : informers.informer<KubeObject>(info, { metadataOnly: true });
      informer.subscribe((change) => {
        if (!mayFree(change as Change<KubeObject>)) return;
        for (const quota of quotas.list(namespaceOf(objectOf(change as Change<KubeObject>))))
          queue?.addAfter(keyOf(quota as ResourceQuota), REPLENISH_MS);
      });
      informers.start(signal);
    }

    /** The quota as it is now. By a list: upstream's role of this controller may not get. */
    async function findQuota(key: string): Promise<ResourceQuota | undefined> {
      if (quotas.get(key) === undefined) return undefined;
      const { namespace = '', name } = splitKey(key);
      const scope = { namespace, fieldSelector: `metadata.name=${name}`, signal };
      return (await client.resource(Resources.resourceQuotas).list(scope)).items[0];
    }

    async function reconcile(key: string): Promise<NextPass> {
      const quota = await findQuota(key);
      if (quota === undefined) return 'on-change';
      const resources = resourcesOf(quota);
      for (const info of resources) watch(info);
      const objects = await Promise.all(
        resources.map(async (info) => {
          const { items } = await client.resource<KubeObject>(info).list({ namespace: namespaceOf(quota), signal });
          return [info, items] as const;
        }),
      );
      const used = countUsage(quota, objects, effects.clock.now());
      const hard = quota.spec?.hard ?? {};
      if (sameAmounts(quota.status?.hard, hard) && sameAmounts(quota.status?.used, used)) return { afterMs: RESYNC_MS };
      await client.resource(Resources.resourceQuotas).updateStatus({ ...quota, status: { hard, used } }, { signal });
      return { afterMs: RECOUNT_MS };
    }

    await runLoop(
      context,
      {
        name: 'resourcequota_primary',
        reconcile,
        connect: (made) => {
          queue = made;
          enqueueOn(quotas, made, (change) =>
            isOurs(change as Change<ResourceQuota>) ? [keyOf(objectOf(change))] : [],
          );
        },
      },
      signal,
    );
  },
};

/** Charges of admission change only the status, and need no count. */
function isOurs(change: Change<ResourceQuota>): boolean {
  if (change.kind !== 'updated') return change.kind === 'added';
  return !semanticEqual(change.object.spec?.hard ?? {}, change.object.status?.hard ?? {});
}

function sameAmounts(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>> | undefined,
): boolean {
  const left = amountsOf(a);
  const right = amountsOf(b);
  return left.size === right.size && [...left].every(([name, quantity]) => right.get(name)?.compare(quantity) === 0);
}
