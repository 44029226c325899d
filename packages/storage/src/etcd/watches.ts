/**
 * All watches over one stream. After a lost connection each goes on behind the last revision that it has told, so that
 * its caller sees neither a gap nor a repetition.
 *
 * How far a watch is must also be known when nothing in its range changes. From members whose progress notifications
 * are safe it is asked. Older members may promise progress before they have sent the events, so there every watch
 * covers the whole keyspace: each revision changes some key, hence arrives as an event.
 */
import type { Clock, Logger } from '@steersman/machinery';
import type { EventBatch, StorageWatch, WatchRequest } from '../contract.ts';
import { errors, isStorageError, StorageError } from '../error.ts';
import type { Connection, WatchStream } from './connection.ts';
import { batchOf, covers, createFollower, type Follower, release, tell } from './follower.ts';
import type { Keyspace } from './keyspace.ts';
import type { OwnValues, WatchResponse } from './messages.ts';
import { progressIsSafe } from './progress.ts';

const RECONNECT_MS = 100;
const RECONNECT_MS_MAX = 2_000;
const FIRST_PROGRESS_MS = 5; // An event that is on its way makes the question needless.
const NEXT_PROGRESS_MS = 100; // As often as upstream asks.
const NO_WATCH = '-1'; // Progress of the whole stream.
const WHOLE_KEYSPACE = { key: Buffer.of(0), range_end: Buffer.of(0) };

export interface WatchesOptions {
  readonly connection: Connection;
  readonly keyspace: Keyspace;
  readonly clock: Clock;
  readonly log: Logger;
  /** Rejects with 'compacted' when this revision can no longer be read. */
  readonly checkReadable: (revision: number) => Promise<void>;
  /** Whether a key of etcd belongs to this engine's part of it. */
  readonly ownKey: (bytes: Uint8Array) => boolean;
  readonly ownValues: OwnValues;
}

export class Watches {
  readonly #options: WatchesOptions;
  readonly #followers = new Map<string, Follower>();
  #stream: WatchStream | undefined;
  #connecting = false;
  #safe = false;
  #closed = false;
  #lastId = 0;
  #failures = 0;
  /** The newest revision that any answer has mentioned. */
  #newest = 0;
  #asking = false;

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  watch(request: WatchRequest, handler: (batch: EventBatch) => void): StorageWatch {
    this.#lastId += 1;
    const follower = createFollower(this.#lastId, request, handler);
    follower.done.promise.catch(() => undefined);
    if (this.#closed) this.#end(follower, errors.closed());
    else {
      this.#followers.set(String(follower.id), follower);
      if (this.#stream !== undefined) void this.#create(follower, this.#stream);
      else void this.#connect();
    }
    return { close: () => this.#end(follower), done: follower.done.promise };
  }

  /** Before a write: undefined, or a promise for the moment from which every watch made so far will see it. */
  untilReady(): Promise<unknown> | undefined {
    const waiting = [...this.#followers.values()].filter((follower) => !follower.created);
    return waiting.length === 0 ? undefined : Promise.all(waiting.map((follower) => follower.ready.promise));
  }

  /** After a write: a promise for the moment when the watches of its keys have told it, or lost their stream. */
  untilTold(keys: readonly string[], revision: number): Promise<unknown> {
    const waits: Promise<void>[] = [];
    for (const follower of this.#followers.values()) {
      if (!follower.created || (follower.revision ?? 0) >= revision) continue;
      if (!keys.some((key) => covers(follower, key))) continue;
      waits.push(new Promise((resolve) => follower.waiting.push({ revision, resolve })));
    }
    return Promise.all(waits);
  }

  /** Says that this revision exists, so that watches which do not reach it by themselves are asked. */
  observe(revision: number): void {
    if (revision > this.#newest) this.#newest = revision;
    this.#askProgress(FIRST_PROGRESS_MS);
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
    for (const follower of this.#followers.values()) this.#end(follower, errors.closed());
  }

  async #connect(): Promise<void> {
    // One stream at a time: progress on one says nothing of the watches on another.
    if (this.#connecting || this.#stream !== undefined || this.#closed || this.#followers.size === 0) return;
    this.#connecting = true;
    let stream: WatchStream | undefined;
    try {
      const opened = await this.#options.connection.watch({
        // Neither what comes before the stream is known, when nothing was asked, nor what still comes of one given up.
        onMessage: (message) => {
          if (stream !== undefined && stream === this.#stream) this.#take(message);
        },
        onEnd: (reason) => {
          if (stream === this.#stream) this.#lost(reason);
        },
      });
      if (this.#closed) return opened.stream.close();
      stream = opened.stream;
      this.#stream = stream;
      this.#safe = progressIsSafe(opened.version);
      for (const follower of this.#followers.values()) void this.#create(follower, opened.stream);
    } catch (error) {
      this.#lost(String(error));
    } finally {
      this.#connecting = false;
    }
  }

  #lost(reason: string): void {
    this.#stream = undefined;
    if (this.#closed) return;
    this.#failures += 1;
    if (this.#failures === 1) this.#options.log.warn('The watch stream of etcd was lost', { reason });
    for (const follower of this.#followers.values()) {
      follower.created = false;
      follower.fragments = [];
      follower.ready.resolve();
      release(follower, Number.POSITIVE_INFINITY);
    }
    const delay = Math.min(RECONNECT_MS * 2 ** (this.#failures - 1), RECONNECT_MS_MAX);
    this.#options.clock.schedule(delay, () => void this.#connect());
  }

  /** Asks for a follower on a stream, unless its history has been forgotten meanwhile. */
  async #create(follower: Follower, stream: WatchStream): Promise<void> {
    const { revision } = follower;
    try {
      // etcd would begin a watch at the revision of the compaction, though a deletion at it is no longer there.
      if (revision !== undefined) await this.#options.checkReadable(Math.max(revision, 1));
    } catch (error) {
      if (isStorageError(error, 'compacted')) this.#end(follower, error);
      else if (stream === this.#stream && !isStorageError(error, 'future-revision'))
        return this.#restart(String(error));
      if (!isStorageError(error, 'future-revision')) return;
    }
    if (follower.over || stream !== this.#stream) return;
    const { keyspace } = this.#options;
    const range = this.#safe
      ? { key: keyspace.bytesOf(follower.start), range_end: keyspace.bytesOf(follower.end) }
      : WHOLE_KEYSPACE;
    const start_revision = revision === undefined ? 0 : revision + 1;
    stream.send({
      create_request: { ...range, start_revision, prev_kv: true, fragment: true, watch_id: follower.id },
    });
  }

  #restart(reason: string): void {
    this.#stream?.close();
    this.#lost(reason);
  }

  #take(message: WatchResponse): void {
    if (message.watch_id === NO_WATCH && !message.canceled) {
      for (const follower of this.#followers.values()) this.#progress(follower, message);
      return;
    }
    const follower = this.#followers.get(message.watch_id);
    if (follower === undefined) return;
    if (message.canceled) return this.#canceled(follower, message);
    if (message.created) return this.#created(follower, message);
    if (message.events.length === 0 && !message.fragment && follower.fragments.length === 0)
      return this.#progress(follower, message);
    this.#deliver(follower, message);
  }

  #created(follower: Follower, message: WatchResponse): void {
    this.#failures = 0;
    follower.created = true;
    follower.revision ??= Number(message.header.revision);
    follower.ready.resolve();
    this.observe(Number(message.header.revision));
  }

  #deliver(follower: Follower, message: WatchResponse): void {
    try {
      const batch = batchOf(follower, message, this.#options.keyspace, this.#options);
      if (batch !== undefined) tell(follower, batch);
    } catch (error) {
      if (isStorageError(error)) this.#end(follower, error);
      else this.#options.log.error('A handler of a watch failed', { error: String(error) });
    }
  }

  #progress(follower: Follower, message: WatchResponse): void {
    const revision = Number(message.header.revision);
    if (!this.#safe || !follower.created || revision <= (follower.revision ?? 0)) return;
    tell(follower, { events: [], revision });
  }

  #canceled(follower: Follower, message: WatchResponse): void {
    const compacted = Number(message.compact_revision);
    if (compacted > 0) this.#end(follower, errors.compacted(follower.revision ?? 0, compacted));
    else if (/permission denied/.test(message.cancel_reason))
      this.#end(
        follower,
        new StorageError(
          'unavailable',
          'etcd refused the watch: permission denied; before 3.4.31 and 3.5.13 the user must be allowed to read all keys',
        ),
      );
    else this.#restart(message.cancel_reason);
  }

  #end(follower: Follower, error?: StorageError): void {
    if (follower.over) return;
    follower.over = true;
    if (this.#followers.delete(String(follower.id)) && follower.created)
      this.#stream?.send({ cancel_request: { watch_id: follower.id } });
    follower.ready.resolve();
    release(follower, Number.POSITIVE_INFINITY);
    if (error === undefined) follower.done.resolve();
    else follower.done.reject(error);
  }

  #askProgress(delayMs: number): void {
    if (!this.#safe || this.#asking || this.#closed || !this.#someoneIsBehind()) return;
    this.#asking = true;
    this.#options.clock.schedule(delayMs, () => {
      this.#asking = false;
      if (this.#stream === undefined || !this.#someoneIsBehind()) return;
      this.#stream.send({ progress_request: {} });
      this.#askProgress(NEXT_PROGRESS_MS);
    });
  }

  #someoneIsBehind(): boolean {
    for (const { created, revision } of this.#followers.values())
      if (created && (revision ?? 0) < this.#newest) return true;
    return false;
  }
}
