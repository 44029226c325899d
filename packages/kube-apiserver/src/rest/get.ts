import { errors } from '@steersman/api';
import type { Outcome } from '../pipeline/exchange.ts';
import { notFound, storedOf } from '../registry/engine.ts';
import { revisionOf } from './list-options.ts';
import { sendEntry } from './render.ts';
import type { ResourceRequest, RestContext } from './rest-context.ts';

const FRESHNESS_WAIT_MS_MAX = 3000; // How long a read waits for a revision that has not happened, as upstream.

/** One object. Synchronous when the cache is known to be complete. */
export function getObject(rest: RestContext, request: ResourceRequest): Outcome | Promise<Outcome> {
  const { query } = request.exchange.request;
  const wanted = query === '' ? '' : (new URLSearchParams(query).get('resourceVersion') ?? '');
  const waiting = untilFresh(rest, wanted);
  if (waiting === undefined) return answer(request);
  return waiting.then(() => answer(request));
}

function answer(request: ResourceRequest): Outcome {
  const { resource, namespace, name, exchange } = request;
  const entry = storedOf(resource).cache.get(namespace, name);
  if (entry === undefined) throw notFound(resource, name);
  sendEntry(exchange, 200, resource, entry);
  return 'answered';
}

/** Waits until the caches may answer a read at `resourceVersion`: '' means everything acknowledged, '0' anything, N at least N. */
export function untilFresh(rest: RestContext, resourceVersion: string): Promise<void> | undefined {
  if (resourceVersion === '') return rest.hub.untilConsistent();
  const revision = revisionOf(resourceVersion);
  if (revision === undefined || rest.hub.revision >= revision) return undefined;
  return untilRevision(rest, revision);
}

async function untilRevision({ hub, effects }: RestContext, revision: number): Promise<void> {
  const reached = hub.untilRevision(revision).then(() => true);
  const late = new Promise<boolean>((resolve) => effects.clock.schedule(FRESHNESS_WAIT_MS_MAX, () => resolve(false)));
  if (!(await Promise.race([reached, late])))
    throw errors.resourceVersionTooLarge(String(revision), String(hub.revision));
}
