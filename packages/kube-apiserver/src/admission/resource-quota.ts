import {
  type Amounts,
  addAmounts,
  amountsOf,
  amountsText,
  type Draft,
  isConflict,
  isInScope,
  isNotFound,
  isQuotaOf,
  type KubeObject,
  missingFromPod,
  type Pod,
  pickAmounts,
  Quantity,
  quotaUsage,
  type ResourceQuota,
  Resources,
  subtractAmounts,
  textsOf,
} from '@steersman/api';
import type { ExtensionDependencies } from '../registry/subresource-contract.ts';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { type LimitedResource, refuseUncovered } from './quota-limits.ts';
import { forbidden, list } from './request.ts';

const CHARGE_ATTEMPTS_MAX = 8; // Against other API servers and the controller; within this server charges take turns.
const ZERO = Quantity.of(0);
/** Resources whose objects can grow after they were made. */
const UPDATED: ReadonlySet<string> = new Set(['services', 'persistentvolumeclaims']);

/** One charge at a time per namespace, so that racing creates see each other's. */
type Turns = Map<string, Promise<unknown>>;

/** Charges new objects to the quotas of their namespace, and refuses what does not fit. */
export function resourceQuota(
  { holdsAny }: Pick<ExtensionDependencies, 'holdsAny'>,
  limited: readonly LimitedResource[] = [],
): AdmissionPlugin {
  const turns: Turns = new Map();
  return {
    name: 'ResourceQuota',
    handles: ({ namespace, subresource, operation, resource }) =>
      namespace !== '' &&
      subresource === '' &&
      (operation === 'create' || (operation === 'update' && resource.group === '' && UPDATED.has(resource.plural))) &&
      (limited.length > 0 || holdsAny('resourcequotas', namespace)),
    async validate(request) {
      await inTurn(turns, request.namespace, () => chargeAll(request, limited));
    },
  };
}

async function inTurn(turns: Turns, namespace: string, work: () => Promise<void>): Promise<void> {
  const before = turns.get(namespace) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => undefined);
  turns.set(namespace, settled);
  try {
    await mine;
  } finally {
    if (turns.get(namespace) === settled) turns.delete(namespace);
  }
}

async function chargeAll(request: AdmissionRequest, limited: readonly LimitedResource[]): Promise<void> {
  const charged = new Set<string>();
  for (let attempt = 1; ; attempt++) {
    // Read again in every turn: whoever was before us has changed them.
    const quotas = await list(request, Resources.resourceQuotas, request.namespace);
    const open = quotas.filter(({ metadata }) => !charged.has(metadata.name ?? ''));
    const charges = planCharges(request, open, charged.size === 0 ? limited : []);
    try {
      if (request.dryRun) return;
      for (const quota of charges) {
        await request.client.resource(Resources.resourceQuotas).updateStatus(quota);
        charged.add(quota.metadata.name ?? '');
      }
      return;
    } catch (error) {
      if (!isNotFound(error) && (!isConflict(error) || attempt >= CHARGE_ATTEMPTS_MAX)) throw error;
    }
  }
}

/** The quotas as they are once the request is charged; throws Forbidden when one would be exceeded. */
function planCharges(
  request: AdmissionRequest,
  quotas: readonly ResourceQuota[],
  limited: readonly LimitedResource[],
): readonly ResourceQuota[] {
  const object = request.object as Draft<KubeObject> as KubeObject;
  const resource = request.resource;
  const name = `${resource.group}/${resource.plural}`;
  const counted = quotas.flatMap((quota) => {
    const resources = Object.keys(quota.status?.hard ?? {}).filter((one) => isQuotaOf(resource, one));
    return resources.length > 0 && isInScope(quota, name, object) ? [{ quota, resources }] : [];
  });
  if (counted.length === 0 && limited.length === 0) return [];
  const delta = deltaOf(request, object);
  for (const { quota, resources } of counted) refuseUnclear(request, quota, resources, delta);
  if (delta.size === 0) return [];
  if (limited.length > 0) {
    const covered = new Set(counted.flatMap(({ resources }) => resources));
    refuseUncovered(request, limited, quotaUsage(resource, object, request.clock.now()), quotas, covered);
  }
  return counted.flatMap(({ quota }) => charge(request, quota, delta) ?? []);
}

/** What the request adds; nothing for what shrinks or stays. */
function deltaOf({ resource, oldObject, clock }: AdmissionRequest, object: KubeObject): Amounts {
  const now = clock.now();
  const after = quotaUsage(resource, object, now);
  const delta = oldObject === undefined ? after : subtractAmounts(after, quotaUsage(resource, oldObject, now));
  return new Map([...delta].filter(([, quantity]) => !quantity.isZero()));
}

function refuseUnclear(
  request: AdmissionRequest,
  { metadata, status }: ResourceQuota,
  resources: readonly string[],
  delta: Amounts,
): void {
  if (request.operation === 'create' && request.resource.plural === 'pods' && request.resource.group === '') {
    const missing = missingFromPod(request.object as unknown as Pod, resources);
    if (missing !== undefined) throw forbidden(request, `failed quota: ${metadata.name}: ${missing}`);
  }
  const unknown = resources.filter((name) => status?.used?.[name] === undefined).toSorted();
  if (unknown.length > 0 && delta.size > 0)
    throw forbidden(request, `status unknown for quota: ${metadata.name}, resources: ${unknown.join(',')}`);
}

function charge(request: AdmissionRequest, quota: ResourceQuota, delta: Amounts): ResourceQuota | undefined {
  const hard = amountsOf(quota.status?.hard);
  const used = amountsOf(quota.status?.used);
  const requested = pickAmounts(delta, hard.keys());
  if (requested.size === 0) return undefined;
  const after = addAmounts(used, requested);
  const exceeded = [...requested.keys()].filter(
    (name) => (requested.get(name) ?? ZERO).sign() > 0 && (after.get(name) ?? ZERO).compare(hard.get(name) ?? ZERO) > 0,
  );
  if (exceeded.length > 0) {
    const shown = (amounts: Amounts) => amountsText(pickAmounts(amounts, exceeded));
    throw forbidden(
      request,
      `exceeded quota: ${quota.metadata.name}, requested: ${shown(requested)}, used: ${shown(used)}, limited: ${shown(hard)}`,
    );
  }
  return { ...quota, status: { ...quota.status, used: textsOf(after) } };
}
