/**
 * What a kind needs beyond the facts table: one file per kind in `resources/<group>/<kind>.ts`, each exporting one
 * `Strategy`. Everything generic (decoding, declared defaults, metadata, storage, patch, watch, tables) is done around it.
 */
import type { Draft, FieldError, KubeObject, RuleLevel } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Clock, Random } from '@steersman/machinery';
import type { UserInfo } from '../authentication/contract.ts';
import type { Selectable } from '../cache/attributes.ts';
import type { ServerConfig } from '../server-config.ts';

/** What strategies and admission may look at: who asks, for what, and the rest of the cluster. */
export interface RequestContext {
  readonly user: UserInfo;
  readonly namespace: string;
  readonly name: string;
  readonly operation: 'create' | 'update' | 'delete' | 'connect';
  readonly subresource: string;
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly random: Random;
  /** Reads the cluster as the server itself, in-process. */
  readonly client: Client;
  /** Ranges, ports and names of this control plane. */
  readonly config: ServerConfig;
  /** Adds a `Warning: 299` header to the response. */
  warn(message: string): void;
  /** Adds an annotation to the audit event of the request, if there is one. */
  annotate?(key: string, value: string): void;
  readonly signal: AbortSignal;
}

/** One column of `kubectl get`. `priority` 0 is always shown, 1 with `-o wide`. */
export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly priority?: number;
  readonly description: string;
  /** `now` is milliseconds since the epoch, for ages. */
  readonly value: (object: T, now: number) => string | number | boolean | null;
}

export interface Strategy<T extends KubeObject = KubeObject> {
  /** Defaults that code computes; run after the declared ones, on every decode (create, update, patch, read of old data). */
  readonly defaults?: (draft: Draft<T>) => void;
  /** Clears what users may not set on create (status), sets generation and the like. */
  readonly prepareForCreate?: (draft: Draft<T>, context: RequestContext) => void | Promise<void>;
  /** Keeps what an update may not touch (status), raises generation when the spec changed (see `bumpGeneration`). */
  readonly prepareForUpdate?: (draft: Draft<T>, old: T, context: RequestContext) => void | Promise<void>;
  /** Checks with upstream's causes, beyond metadata and what the schema already refuses. */
  readonly validate?: (object: T) => readonly FieldError[];
  readonly validateUpdate?: (object: T, old: T) => readonly FieldError[];
  /** Name rule of metadata.name; DNS subdomain when absent. Returns messages. */
  readonly validateName?: (name: string, prefix: boolean) => readonly string[];
  readonly warnings?: (object: T, old: T | undefined) => readonly string[];
  /** The status subresource; without it the generic one copies only `status` (and metadata as upstream). */
  readonly status?: {
    readonly prepareForUpdate?: (draft: Draft<T>, old: T, context: RequestContext) => void;
    readonly validateUpdate?: (object: T, old: T) => readonly FieldError[];
    /** What `warnings` is for the object itself; the two never speak at the same write. */
    readonly warnings?: (object: T) => readonly string[];
  };
  /** `kubectl get` columns; Name and Age when absent. */
  readonly columns?: readonly Column<T>[];
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectable?: Selectable<T>;
  /** Called before a delete: the grace period in seconds; 0 deletes at once. May edit the object (set deletion marks). */
  readonly graceSeconds?: (object: T, requested: number | undefined) => number;
  /** Side effects in the same request, such as allocating a cluster IP; the returned function undoes them when the write fails. */
  readonly beginCreate?: (draft: Draft<T>, context: RequestContext) => Promise<() => Promise<void>>;
  readonly beginUpdate?: (draft: Draft<T>, old: T, context: RequestContext) => Promise<() => Promise<void>>;
  /** After an update was written, such as to give back what the object no longer has. Must not fail for what can be repaired later. */
  readonly afterUpdate?: (object: T, old: T, context: RequestContext) => Promise<void>;
  readonly afterDelete?: (object: T, context: RequestContext) => Promise<void>;
  readonly allowCreateOnUpdate?: boolean;
  readonly allowUnconditionalUpdate?: boolean;
  /**
   * Which declarative rules of the facts run besides `validate`: those that v1.36 enforces on its own when absent;
   * `declared` adds those it only declares, for kinds whose hand-written twin of them is not here.
   */
  readonly rules?: RuleLevel;
  /** False: upstream does not validate here yet; writes carry a Warning and docs list the kind. */
  readonly validated: boolean;
  /** Seconds after which the store forgets the object (events). */
  readonly ttlSeconds?: (object: T) => number | undefined;
}
