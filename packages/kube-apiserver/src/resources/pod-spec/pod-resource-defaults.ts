/** What a pod asks for as a whole where it says so in part (KEP-2837): filled in from its containers and its limits. */
import type { Draft, PodSpec } from '@steersman/api';
import { aggregateAmounts } from './pod-amounts.ts';
import { isHugePages, isOvercommitAllowed, isPodResource } from './quantities.ts';

export function defaultPodResources(spec: Draft<PodSpec>): void {
  const { resources } = spec;
  if (resources === undefined) return;
  if (count(resources.limits) + count(resources.requests) === 0) return;
  const limits = { ...resources.limits };
  for (const [name, sum] of aggregateAmounts(spec as PodSpec, 'limits'))
    if (isHugePages(name) && resources.requests?.[name] === undefined) limits[name] ??= sum.toString();
  if (count(limits) === 0) return;
  resources.limits = limits;
  const requests = { ...resources.requests };
  for (const [name, sum] of aggregateAmounts(spec as PodSpec, 'requests'))
    if (isPodResource(name) && isOvercommitAllowed(name)) requests[name] ??= sum.toString();
  for (const [name, limit] of Object.entries(limits)) if (isPodResource(name)) requests[name] ??= limit;
  if (count(requests) > 0) resources.requests = requests;
}

function count(amounts: object | undefined): number {
  return Object.keys(amounts ?? {}).length;
}
