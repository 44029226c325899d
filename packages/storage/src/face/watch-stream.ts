/** One watch stream of a client: any number of watches, each at its own revision. */
import type { Clock } from '@steersman/machinery';
import type { EventBatch, StorageEvent, StorageWatch } from '../contract.ts';
import type { EmbeddedStorage } from '../embedded.ts';
import { isStorageError } from '../error.ts';
import { bytesOf, type KeyRange, rangeOf } from './keys.ts';
import { type Message, type WatchCreateRequest, type WatchRequest, wireOf } from './messages.ts';
import { refusals } from './refusal.ts';

/** Unsent bytes of one stream from which on its watches rest; they go on from where they were, out of the history. */
const UNSENT_BYTES_MAX = 8 * 1024 * 1024;
/** What an event takes besides key and value, roughly. */
const EVENT_BYTES = 64;
const NO_WATCH = -1;
const FIRST_KEY = Buffer.of(0);

export interface WatchStreamOptions {
  readonly storage: EmbeddedStorage;
  readonly clock: Clock;
  readonly header: (revision: number) => Message;
  /** Sends one response; `sent` is called when it is on its way. */
  readonly send: (response: Message, sent: () => void) => void;
  /** The stream cannot go on: the client has to make another one. */
  readonly fail: (error: unknown) => void;
  /** A response that may be split is no larger than this. */
  readonly fragmentBytesMax: number;
  readonly progressIntervalMs: number;
}

interface Watcher {
  readonly id: number;
  readonly range: KeyRange;
  readonly request: WatchCreateRequest;
  /** Everything up to here has been sent. */
  reached: number;
  /** Absent while it rests. */
  watch: StorageWatch | undefined;
  /** Something was sent since the last notification of progress. */
  busy: boolean;
}

export class WatchStream {
  readonly #options: WatchStreamOptions;
  readonly #watchers = new Map<number, Watcher>();
  #nextId = 0;
  #unsent = 0;
  #resting = false;
  #closed = false;
  /** Revisions that a client wants to hear to be passed. */
  #wanted: number[] = [];
  #queue: Promise<void> = Promise.resolve();
  #cancelProgress: () => void;

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    this.#cancelProgress = options.clock.schedule(options.progressIntervalMs, () => this.#notifyProgress());
  }

  /** Requests take effect in the order they came. */
  take(request: WatchRequest): void {
    this.#queue = this.#queue
      .then(() => (this.#closed ? undefined : this.#act(request)))
      .catch((error: unknown) => this.#fail(error));
  }

  close(): void {
    this.#closed = true;
    this.#cancelProgress();
    for (const { watch } of this.#watchers.values()) watch?.close();
    this.#watchers.clear();
  }

  async #act({ create_request: create, cancel_request: cancel, progress_request: progress }: WatchRequest) {
    if (create) await this.#create(create);
    else if (cancel) await this.#cancel(Number(cancel.watch_id));
    else if (progress) await this.#askProgress();
  }

  async #create(request: WatchCreateRequest): Promise<void> {
    const { storage } = this.#options;
    const revision = await storage.currentRevision();
    const range = rangeOf(request.key.length === 0 ? FIRST_KEY : request.key, request.range_end);
    const from = Number(request.start_revision);
    const refusal = this.#refusalOf(request, range);
    if (refusal !== undefined)
      return this.#send(revision, { watch_id: NO_WATCH, created: true, canceled: true, cancel_reason: refusal });
    const watcher: Watcher = {
      id: this.#idFor(request),
      range,
      request,
      reached: from === 0 ? revision : from - 1,
      watch: undefined,
      busy: false,
    };
    this.#watchers.set(watcher.id, watcher);
    this.#send(revision, { watch_id: watcher.id, created: true });
    if (from > 0 && from === (await storage.compactedRevision())) await this.#tellLastOf(watcher, from);
    if (!this.#resting) this.#start(watcher);
  }

  /** Why a watch cannot be, in etcd's words. */
  #refusalOf(request: WatchCreateRequest, { start, end, single }: KeyRange): string | undefined {
    if (Number(request.start_revision) < 0) return refusals.compacted().details;
    if (!single && start >= end) return 'mvcc: watcher range is empty';
    const id = Number(request.watch_id);
    if (id !== 0 && this.#watchers.has(id)) return 'mvcc: duplicate watch ID provided on the WatchStream';
    return undefined;
  }

  #idFor({ watch_id: wanted }: WatchCreateRequest): number {
    if (wanted !== '0') return Number(wanted);
    while (this.#watchers.has(this.#nextId)) this.#nextId += 1;
    return this.#nextId++;
  }

  /** The revision of the last compaction can still be watched: of it there is what still existed then. */
  async #tellLastOf(watcher: Watcher, revision: number): Promise<void> {
    const { items } = await this.#options.storage.range({ ...watcher.range, revision });
    const events = items
      .filter((item) => item.modRevision === revision)
      .map((current): StorageEvent => ({ kind: 'put', current, previous: undefined }));
    this.#deliver(watcher, { events, revision });
  }

  #start(watcher: Watcher): void {
    const { start, end } = watcher.range;
    const watch = this.#options.storage.watch({ start, end, afterRevision: watcher.reached }, (batch) =>
      this.#deliver(watcher, batch),
    );
    watcher.watch = watch;
    watch.done.catch((error: unknown) => {
      if (this.#closed || watcher.watch !== watch) return;
      if (isStorageError(error, 'compacted'))
        this.#cancelCompacted(watcher).catch((cause: unknown) => this.#fail(cause));
      else this.#fail(error);
    });
  }

  async #cancelCompacted(watcher: Watcher): Promise<void> {
    const { storage } = this.#options;
    const compact_revision = await storage.compactedRevision();
    const revision = await storage.currentRevision();
    if (this.#closed || !this.#watchers.delete(watcher.id)) return;
    this.#send(revision, { watch_id: watcher.id, canceled: true, compact_revision });
    this.#answerProgress();
  }

  async #cancel(id: number): Promise<void> {
    const watcher = this.#watchers.get(id);
    if (watcher === undefined) return;
    this.#watchers.delete(id);
    watcher.watch?.close();
    this.#send(await this.#options.storage.currentRevision(), { watch_id: id, canceled: true });
    this.#answerProgress();
  }

  #deliver(watcher: Watcher, { events, revision }: EventBatch): void {
    const { filters, prev_kv: withPrevious, fragment } = watcher.request;
    const told = filters.length === 0 ? events : events.filter(({ kind }) => !filters.includes(FILTER_OF[kind]));
    watcher.reached = revision;
    if (told.length > 0) {
      watcher.busy = true;
      const wire = told.map((event) => eventOf(event, withPrevious));
      const parts = fragment ? fragmentsOf(wire, this.#options.fragmentBytesMax) : [wire];
      for (const [index, part] of parts.entries())
        this.#send(
          revision,
          { watch_id: watcher.id, events: part.map(({ event }) => event), fragment: index < parts.length - 1 },
          part.reduce((bytes, event) => bytes + event.bytes, 0),
        );
    }
    if (this.#wanted.length > 0) this.#answerProgress();
  }

  #send(revision: number, response: Message, bytes = EVENT_BYTES): void {
    if (this.#closed) return;
    const { send, header } = this.#options;
    this.#unsent += bytes;
    send({ header: header(revision), ...response }, () => {
      this.#unsent -= bytes;
      if (this.#resting && this.#unsent < UNSENT_BYTES_MAX / 2) this.#wake();
    });
    if (this.#unsent > UNSENT_BYTES_MAX) this.#rest();
  }

  /** The client does not keep up: nothing is gathered for it until it has taken what there is. */
  #rest(): void {
    this.#resting = true;
    for (const watcher of this.#watchers.values()) {
      const { watch } = watcher;
      watcher.watch = undefined;
      watch?.close();
    }
  }

  #wake(): void {
    if (this.#closed) return;
    this.#resting = false;
    try {
      for (const watcher of this.#watchers.values()) if (watcher.watch === undefined) this.#start(watcher);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #askProgress(): Promise<void> {
    this.#wanted.push(await this.#options.storage.currentRevision());
    this.#answerProgress();
  }

  /** Answers what every watch has passed: an event must never come after the progress that includes it. */
  #answerProgress(): void {
    if (this.#watchers.size === 0) return;
    let reached = Number.POSITIVE_INFINITY;
    for (const watcher of this.#watchers.values()) reached = Math.min(reached, watcher.reached);
    const passed = this.#wanted.filter((revision) => revision <= reached);
    if (passed.length === 0) return;
    this.#wanted = this.#wanted.filter((revision) => revision > reached);
    for (const revision of passed) this.#send(revision, { watch_id: NO_WATCH });
  }

  /** Now and then, to watches that asked for it and had nothing to hear since the last time. */
  #notifyProgress(): void {
    for (const watcher of this.#watchers.values()) {
      if (watcher.request.progress_notify && !watcher.busy && watcher.watch !== undefined)
        this.#send(watcher.reached, { watch_id: watcher.id });
      watcher.busy = false;
    }
    const { clock, progressIntervalMs } = this.#options;
    if (!this.#closed) this.#cancelProgress = clock.schedule(progressIntervalMs, () => this.#notifyProgress());
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#options.fail(error);
  }
}

const FILTER_OF = { put: 'NOPUT', delete: 'NODELETE' } as const;

interface SizedEvent {
  readonly event: Message;
  readonly bytes: number;
}

function eventOf(event: StorageEvent, withPrevious: boolean): SizedEvent {
  const kv =
    event.kind === 'put'
      ? wireOf(event.current)
      : { key: bytesOf(event.key), mod_revision: event.revision, value: undefined };
  const previous = withPrevious && event.previous !== undefined ? wireOf(event.previous) : undefined;
  const bytes = EVENT_BYTES + kv.key.length + (kv.value?.length ?? 0) + (previous?.value.length ?? 0);
  return {
    bytes,
    event: { type: event.kind === 'put' ? 'PUT' : 'DELETE', kv, ...(previous && { prev_kv: previous }) },
  };
}

/** Parts of at most so many bytes, of one event at least. */
function fragmentsOf(events: readonly SizedEvent[], bytesMax: number): readonly (readonly SizedEvent[])[] {
  const parts: SizedEvent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const event of events) {
    if (bytes + event.bytes > bytesMax) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(event);
    bytes += event.bytes;
  }
  return parts;
}
