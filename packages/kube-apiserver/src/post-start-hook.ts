import { errors } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { FeatureGates, HealthEndpoints } from '@steersman/server';
import type { Storage } from '@steersman/storage';
import type { ServerConfig } from './server-config.ts';

export interface PostStartContext {
  /** As the server itself (`system:apiserver`, group system:masters), in-process. */
  readonly client: Client;
  readonly effects: Effects;
  readonly config: ServerConfig;
  /** For what servers tell each other outside the API. */
  readonly storage: Storage;
  readonly featureGates: FeatureGates;
  /** Work for the moment at which the server begins to go, while it still answers. A failure is logged. */
  beforeShutdown(work: () => Promise<void>): void;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

/**
 * Work that starts once the server answers, such as writing the bootstrap roles. /readyz fails (check
 * `poststarthook/<name>`) until `run` has resolved; a hook that goes on for ever starts its loop and resolves.
 * A rejection ends the server's start. Hooks run at the same time, in no order.
 */
export interface PostStartHook {
  /** Upstream's name where there is one, such as `rbac/bootstrap-roles`. */
  readonly name: string;
  run(context: PostStartContext): Promise<void>;
}

/** Runs them all, and fails readiness under each one's name until it is done. Rejects with the first failure. */
export async function runHooks(
  hooks: readonly PostStartHook[],
  context: PostStartContext,
  health: HealthEndpoints,
): Promise<void> {
  const waiting = new Set(hooks.map(({ name }) => name));
  for (const { name } of hooks)
    health.add({ name: `poststarthook/${name}`, check: () => (waiting.has(name) ? 'not finished' : undefined) });
  await Promise.all(
    hooks.map(async (hook) => {
      try {
        await hook.run(context);
        waiting.delete(hook.name);
      } catch (error) {
        if (context.signal.aborted) return;
        context.effects.log.error('Post-start hook failed', { hook: hook.name, error: String(error) });
        throw errors.internal(
          `post-start hook ${hook.name} failed: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }),
  );
}
