/**
 * Each API server says in which version it stores each resource before it writes any (KEP-2339), so that somebody who looks can
 * tell whether all objects have been written in one version since. Until then writes are refused.
 */
import { errors } from '@steersman/api';
import type { UserInfo } from '../authentication/contract.ts';
import type { ObjectModel } from '../object-model.ts';
import type { Exchange, Outcome, Stage } from '../pipeline/exchange.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { PostStartHook } from '../post-start-hook.ts';
import { publishedVersions } from './published.ts';
import { publisher } from './publisher.ts';

export const STORAGE_VERSIONS = 'internal.apiserver.k8s.io';
const READS = new Set(['get', 'list', 'watch']);
const SELF = 'system:apiserver';
const PRIVILEGED = 'system:masters';

/** How far the publication of one resource is; shared by resources with one storage. */
export interface Progress {
  done: boolean;
  lastError: unknown;
}

export interface StorageVersionRegistration {
  readonly stage: Stage;
  readonly hook: PostStartHook;
}

export function storageVersionRegistration(model: ObjectModel, serverId: string): StorageVersionRegistration {
  const published = publishedVersions(model);
  const progress = new Map(published.map(({ name }) => [name, { done: false, lastError: undefined } as Progress]));
  const pending = new Map<string, Progress>();
  for (const { info, stored } of model.resources.values()) {
    const name = `${stored?.info.group || 'core'}.${stored?.info.plural}`;
    const state = stored === undefined ? undefined : progress.get(name);
    if (state !== undefined) pending.set(`${info.group}/${info.plural}`, state);
  }
  const completion = Promise.withResolvers<void>();
  let completed = false;
  const complete = () => {
    completed = true;
    completion.resolve();
  };
  return {
    hook: publisher({
      serverId,
      published,
      progress,
      complete,
      completed: (signal) => ends(completion.promise, signal),
    }),
    stage(exchange) {
      if (completed) return 'next';
      const state = pending.get(`${exchange.info.group}/${exchange.info.resource}`);
      if (state === undefined || state.done || mayPass(exchange.info, exchange.user)) return 'next';
      return isSelf(exchange.user) ? waits(exchange, completion.promise) : refuse(exchange.info, state);
    },
  };
}

/** What the publication itself needs, and what nobody's stored version depends on. */
function mayPass({ isResource, verb, group, resource, namespace }: RequestInfo, user: UserInfo): boolean {
  if (!isResource || READS.has(verb) || (group === STORAGE_VERSIONS && resource === 'storageversions')) return true;
  if (group === 'coordination.k8s.io' && resource === 'leases' && namespace === 'kube-system') return true;
  return group === '' && resource === 'namespaces' && verb === 'create' && isSelf(user);
}

function isSelf({ name, groups }: UserInfo): boolean {
  return name === SELF && groups.includes(PRIVILEGED);
}

/** The server's own start needs no answer at once. */
async function waits({ request }: Exchange, completion: Promise<void>): Promise<Outcome> {
  await ends(completion, request.signal);
  return 'next';
}

/** Resolves with the promise, or when the signal aborts. */
async function ends(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const giveUp = () => aborted.resolve();
  if (signal.aborted) return;
  signal.addEventListener('abort', giveUp, { once: true });
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener('abort', giveUp);
}

function refuse({ group, resource }: RequestInfo, { lastError }: Progress): never {
  const name = group === '' ? resource : `${resource}.${group}`;
  const seen = lastError === undefined ? '<nil>' : lastError instanceof Error ? lastError.message : String(lastError);
  throw errors.serviceUnavailable(
    `wait for storage version registration to complete for resource: ${name}, last seen error: ${seen}`,
  );
}
