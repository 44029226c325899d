/** pods/eviction: a delete that asks the disruption budget first (policy/v1, KEP-3017). */
import {
  type Draft,
  type Eviction,
  errors,
  formatTime,
  labelSelectorMatcher,
  type Pod,
  type PodDisruptionBudget,
  Resources,
} from '@steersman/api';
import { plainContext } from '../registry/request-context.ts';
import type { SubresourceAnswer, SubresourceHandler, SubresourceRequest } from '../registry/subresource-contract.ts';
import { success } from './success.ts';

/** Evictions that the budget's controller has not confirmed yet; beyond this the object would grow too large. */
const UNCONFIRMED_EVICTIONS_MAX = 2000;
const RETRY_AFTER_SECONDS = 10;
const VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget.";

export const podEviction: SubresourceHandler = {
  group: '',
  resource: 'pods',
  subresource: 'eviction',
  accepts: { group: 'policy', version: 'v1', kind: 'Eviction', alsoVersions: ['v1beta1'] },
  verbs: ['create'],
  handle: evict,
};

async function evict(request: SubresourceRequest): Promise<SubresourceAnswer> {
  const { metadata, deleteOptions } = request.body as Draft<Eviction>;
  const { namespace, name, registry } = request;
  if (metadata.name !== name) throw errors.badRequest('name in URL does not match name in Eviction object');
  const pod = await registry.get(Resources.pods, { namespace, name });
  checkPreconditions(pod, deleteOptions?.preconditions);
  if (!needsNoBudget(pod)) await spendBudget(request, pod);
  if (request.dryRun || (deleteOptions?.dryRun ?? []).length > 0) return success();
  await markDisrupted(request, pod);
  await registry.delete(
    Resources.pods,
    { namespace, name },
    {
      context: { ...plainContext(request), operation: 'delete' },
      ...(deleteOptions?.gracePeriodSeconds === undefined
        ? {}
        : { gracePeriodSeconds: deleteOptions.gracePeriodSeconds }),
      ...(deleteOptions?.propagationPolicy === undefined ? {} : { propagationPolicy: deleteOptions.propagationPolicy }),
      ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }),
    },
  );
  return success();
}

function checkPreconditions(
  pod: Pod,
  preconditions: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined } | undefined,
): void {
  const name = pod.metadata.name ?? '';
  const { uid, resourceVersion } = preconditions ?? {};
  const conflict = (what: string, given: string, stored: string | undefined, why: string) =>
    errors.conflict(
      { group: '', resource: 'Pod' },
      name,
      `the ${what} in the precondition (${given}) does not match the ${what} in record (${stored}). The object might have been ${why}`,
    );
  if (uid && uid !== pod.metadata.uid) throw conflict('UID', uid, pod.metadata.uid, 'deleted and then recreated');
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion)
    throw conflict('ResourceVersion', resourceVersion, pod.metadata.resourceVersion, 'modified');
}

/** Pods that have ended, never started or are going anyway disturb nobody. */
function needsNoBudget({ metadata, status }: Pod): boolean {
  return Boolean(metadata.deletionTimestamp) || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '');
}

async function spendBudget(request: SubresourceRequest, pod: Pod): Promise<void> {
  const { items } = await request.client
    .resource(Resources.podDisruptionBudgets)
    .list({ namespace: request.namespace });
  const matching = items.filter(({ spec }) => labelSelectorMatcher(spec?.selector).matches(pod.metadata.labels ?? {}));
  const [budget, second] = matching;
  if (second !== undefined)
    throw errors.unclassified(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  if (budget === undefined || isFreeOfCharge(pod, budget)) return;
  const now = formatTime(request.clock.now());
  const key = { namespace: request.namespace, name: budget.metadata.name ?? '' };
  if (request.dryRun) return decrement(structuredClone(budget) as Draft<PodDisruptionBudget>, pod, now);
  await request.registry.update(Resources.podDisruptionBudgets, key, (draft) => decrement(draft, pod, now), {
    context: request,
    view: 'status',
  });
}

/** A pod that is not ready counts as missing already; whether it may go then is the budget's choice. */
function isFreeOfCharge(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  const ready =
    pod.status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
  if (ready) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

/** Takes one disruption from the budget, or refuses with upstream's cause. */
function decrement(budget: Draft<PodDisruptionBudget>, pod: Pod, now: string): void {
  const name = budget.metadata.name ?? '';
  const stored = budget.status ?? { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  const status = { ...stored, disruptionsAllowed: stored.disruptionsAllowed ?? 0 };
  const forbidden = (why: string) => errors.forbidden({ group: 'policy', resource: 'poddisruptionbudget' }, name, why);
  const refuse = (message: string, retryAfterSeconds: number) =>
    errors.tooManyRequests(VIOLATION, retryAfterSeconds, [{ reason: 'DisruptionBudget', message }]);
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw refuse(`The disruption budget ${name} is still being processed by the server.`, RETRY_AFTER_SECONDS);
  }
  if (status.disruptionsAllowed < 0) throw forbidden('pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > UNCONFIRMED_EVICTIONS_MAX) {
    throw forbidden('DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (status.disruptionsAllowed === 0) {
    throw refuse(
      `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
      0,
    );
  }
  budget.status = {
    ...status,
    disruptionsAllowed: status.disruptionsAllowed - 1,
    disruptedPods: { ...status.disruptedPods, [pod.metadata.name ?? '']: now },
  };
}

/** Says on the pod why it goes, for whoever counts its failures. */
async function markDisrupted(request: SubresourceRequest, pod: Pod): Promise<void> {
  const { namespace, name } = request;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: formatTime(request.clock.now()),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  };
  await request.registry.update(
    Resources.pods,
    { namespace, name },
    (draft) => {
      const others = (draft.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
      draft.status = { ...draft.status, conditions: [...others, condition] };
    },
    { context: request, view: 'none', ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }) },
  );
}
