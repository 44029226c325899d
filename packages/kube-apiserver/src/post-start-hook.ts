import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { FeatureGates } from '@steersman/server';
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
