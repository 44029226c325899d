import { ApiError, ignoreNotFound, isNotFound, type KubeObject } from '@steersman/api';
import { type Client, type DiscoveredResource, discoverResources } from '@steersman/client';
import { messageOf } from '../pods/pod-control.ts';
import type { Findings } from './status.ts';

/** Objects whose finalizers are looked at per resource; beyond that only their number is told. */
const LISTED_MAX = 500;
const CODE_METHOD_NOT_ALLOWED = 405;

/** The same object seen through two groups need be deleted only once. */
const SEEN_ELSEWHERE: readonly string[] = ['events.k8s.io/events'];

function deletable({ namespaced, verbs, group, plural }: DiscoveredResource): boolean {
  return (
    namespaced && verbs.includes('delete') && verbs.includes('list') && !SEEN_ELSEWHERE.includes(`${group}/${plural}`)
  );
}

function labelOf({ group, plural }: DiscoveredResource): string {
  return group === '' ? `${plural}.` : `${plural}.${group}`;
}

interface Left {
  readonly count: number;
  readonly objects: readonly KubeObject[];
}

async function left(
  client: Client,
  resource: DiscoveredResource,
  namespace: string,
  signal: AbortSignal,
): Promise<Left> {
  const { items, remainingItemCount = 0 } = await client
    .metadata(resource)
    .list({ namespace, limit: LISTED_MAX, signal });
  return { count: items.length + remainingItemCount, objects: items };
}

/** Deletes everything of one resource and returns what is left: what waits for its finalizers or for a kubelet. */
async function deleteAll(
  client: Client,
  resource: DiscoveredResource,
  namespace: string,
  signal: AbortSignal,
): Promise<Left> {
  const before = await left(client, resource, namespace, signal);
  if (before.count === 0) return before;
  const requests = client.resource(resource);
  const propagationPolicy = 'Background';
  if (resource.verbs.includes('deletecollection')) {
    await requests.deleteCollection({ namespace, propagationPolicy, signal });
  } else {
    for (const { metadata } of before.objects) {
      await requests
        .delete({ namespace, name: metadata.name ?? '' }, { propagationPolicy, signal })
        .catch(ignoreNotFound);
    }
  }
  return left(client, resource, namespace, signal);
}

/**
 * Deletes a namespace's content: first the pods, and when they are gone everything else (KEP-5080), so that nothing
 * that protects a running pod (a network policy, a secret's owner) goes before it.
 */
export async function deleteContent(client: Client, namespace: string, signal: AbortSignal): Promise<Findings> {
  const { resources, failed } = await discoverResources(client, signal);
  const failures: string[] = [];
  const remaining = new Map<string, number>();
  const finalizers = new Map<string, number>();

  async function remove(resource: DiscoveredResource): Promise<void> {
    try {
      const { count, objects } = await deleteAll(client, resource, namespace, signal);
      if (count > 0) remaining.set(labelOf(resource), count);
      for (const { metadata } of objects)
        for (const name of metadata.finalizers ?? []) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
    } catch (error) {
      const gone = isNotFound(error) || (error instanceof ApiError && error.code === CODE_METHOD_NOT_ALLOWED);
      if (!gone) failures.push(`${labelOf(resource)}: ${messageOf(error)}`);
    }
  }

  const isPods = ({ group, plural }: DiscoveredResource) => group === '' && plural === 'pods';
  for (const resource of resources.filter(isPods)) await remove(resource);
  if (remaining.size === 0 && failures.length === 0) {
    await Promise.all(resources.filter((resource) => !isPods(resource) && deletable(resource)).map(remove));
  }
  return { undiscovered: failed, failures, remaining, finalizers };
}
