/** One watch of a caller, whichever stream carries it at the moment. */
import type { EventBatch, StorageEvent, WatchRequest } from '../contract.ts';
import type { Keyspace } from './keyspace.ts';
import { eventOf, type OwnValues, type WatchResponse, type WireEvent } from './messages.ts';

export interface Follower {
  /** Unique on every stream it will ever be on. */
  readonly id: number;
  readonly start: string;
  readonly end: string;
  readonly handler: (batch: EventBatch) => void;
  /** Everything up to here has been told. Undefined until etcd has said where a watch "from now on" begins. */
  revision: number | undefined;
  /** Whether etcd has confirmed it on the present stream. */
  created: boolean;
  /** Resolves when it sees writes that begin from then on. */
  readonly ready: PromiseWithResolvers<void>;
  readonly done: PromiseWithResolvers<void>;
  over: boolean;
  fragments: WireEvent[];
  waiting: { readonly revision: number; readonly resolve: () => void }[];
}

export function createFollower(id: number, request: WatchRequest, handler: Follower['handler']): Follower {
  return {
    id,
    start: request.start,
    end: request.end,
    handler,
    revision: request.afterRevision,
    created: false,
    ready: Promise.withResolvers<void>(),
    done: Promise.withResolvers<void>(),
    over: false,
    fragments: [],
    waiting: [],
  };
}

export function covers({ start, end }: Pick<Follower, 'start' | 'end'>, key: string): boolean {
  return key >= start && key < end;
}

/** What a message tells a follower: undefined while it is only part of a revision, or nothing new. */
export function batchOf(
  follower: Follower,
  message: WatchResponse,
  keyspace: Keyspace,
  { ownKey, ownValues }: { readonly ownKey: (bytes: Uint8Array) => boolean; readonly ownValues: OwnValues },
): EventBatch | undefined {
  follower.fragments.push(...message.events);
  if (message.fragment) return undefined;
  const told = follower.revision ?? 0;
  const fresh = follower.fragments.filter((event) => Number(event.kv.mod_revision) > told);
  follower.fragments = [];
  const last = fresh.at(-1);
  if (last === undefined) return undefined;
  const events: StorageEvent[] = [];
  for (const event of fresh)
    if (ownKey(event.kv.key) && covers(follower, keyspace.keyOf(event.kv.key)))
      events.push(eventOf(event, keyspace, ownValues));
  return { events, revision: Number(last.kv.mod_revision) };
}

/** Tells the caller, then whoever waits for this revision. */
export function tell(follower: Follower, batch: EventBatch): void {
  follower.revision = batch.revision;
  follower.handler(batch);
  release(follower, batch.revision);
}

/** Lets go whoever waits for a revision up to this one. */
export function release(follower: Follower, revision: number): void {
  const waiting = follower.waiting;
  follower.waiting = waiting.filter((one) => one.revision > revision);
  for (const one of waiting) if (one.revision <= revision) one.resolve();
}
