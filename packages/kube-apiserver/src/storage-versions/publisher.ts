/** Writes the StorageVersions of this server, at the start and again in case somebody changes them. */
import { isAlreadyExists, isConflict, Resources, semanticEqual, storageVersionStatus } from '@steersman/api';
import type { PostStartContext, PostStartHook } from '../post-start-hook.ts';
import type { Published } from './published.ts';
import type { Progress } from './registration.ts';

/** As upstream. */
const REPEAT_MS = 600_000;
/** Sooner while nobody can write. */
const UNFINISHED_MS = 10_000;
const RETRY_MS = 1000;
const TRIES_MAX = 3;
const LEASE_LOOK_MS = 100;
const NAMESPACE = 'kube-system';

export interface PublisherOptions {
  readonly serverId: string;
  readonly published: readonly Published[];
  /** By the name of what is published. */
  readonly progress: ReadonlyMap<string, Progress>;
  /** Called when everything has been published. */
  readonly complete: () => void;
  /** Resolves after that, or when the signal aborts. */
  readonly completed: (signal: AbortSignal) => Promise<void>;
}

export function publisher(options: PublisherOptions): PostStartHook {
  return {
    name: 'built-in-resources-storage-version-updater',
    async run(context) {
      await untilIdentified(context, options.serverId);
      void keepPublishing(context, options);
      await options.completed(context.signal);
    },
  };
}

/** Versions of servers without an identity Lease are taken for garbage. */
async function untilIdentified({ client, effects, signal }: PostStartContext, name: string): Promise<void> {
  const leases = client.resource(Resources.leases);
  while ((await leases.find({ namespace: NAMESPACE, name })) === undefined)
    await effects.clock.sleep(LEASE_LOOK_MS, signal);
}

async function keepPublishing(context: PostStartContext, options: PublisherOptions): Promise<void> {
  const { effects, signal } = context;
  while (!signal.aborted) {
    const all = await Promise.all(options.published.map((one) => publish(context, options, one)));
    const succeeded = all.every((one) => one);
    if (succeeded) options.complete();
    await effects.clock.sleep(succeeded ? REPEAT_MS : UNFINISHED_MS, signal).catch(() => undefined);
  }
}

/** Whether it has been written. Servers that write at the same time do not count as failures. */
async function publish(
  context: PostStartContext,
  { serverId, progress }: PublisherOptions,
  one: Published,
): Promise<boolean> {
  const { effects, signal } = context;
  const state = progress.get(one.name);
  for (let failures = 0; failures < TRIES_MAX && !signal.aborted; ) {
    try {
      await publishOnce(context, serverId, one);
      if (state !== undefined) Object.assign(state, { done: true, lastError: undefined });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!isConflict(error) && !isAlreadyExists(error)) {
        failures += 1;
        if (state !== undefined) state.lastError = error;
        effects.log.warn('The stored version of a resource cannot be published', {
          storageVersion: one.name,
          error: String(error),
        });
      }
      await effects.clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }
  return false;
}

async function publishOnce({ client, effects }: PostStartContext, serverId: string, one: Published): Promise<void> {
  const { name, ...versions } = one;
  const requests = client.resource(Resources.v1alpha1StorageVersions);
  const head = { apiVersion: 'internal.apiserver.k8s.io/v1alpha1', kind: 'StorageVersion' };
  const current = (await requests.find({ name })) ?? (await requests.create({ ...head, metadata: { name }, spec: {} }));
  const servers = current.status?.storageVersions ?? [];
  const own = { apiServerID: serverId, ...versions };
  const isKnown = servers.some(({ apiServerID }) => apiServerID === serverId);
  const others = isKnown
    ? servers.map((server) => (server.apiServerID === serverId ? own : server))
    : [...servers, own];
  const status = storageVersionStatus(current, others, effects.clock.now());
  if (!semanticEqual(status, current.status ?? {})) await requests.updateStatus({ ...current, status });
}
