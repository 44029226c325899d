import { errors, statusOf } from '@steersman/api';
import type { ResponseStream } from '@steersman/server';
import type { CacheEntry } from '../cache/entry.ts';
import { type Selection, selects } from '../cache/selection.ts';
import { type EventEncoder, eventTypeFor, frameOf, type Membership, type WatchSink } from '../cache/watch-fanout.ts';
import { type Outcome, sendWarnings } from '../pipeline/exchange.ts';
import { storedOf } from '../registry/engine.ts';
import { untilFresh } from './get.ts';
import { type ListOptions, listOptionsOf, revisionOf } from './list-options.ts';
import { negotiate, STREAMS_OFFERED, WATCH_TYPES } from './negotiate.ts';
import { tableOptions } from './render.ts';
import type { ResourceRequest, RestContext } from './rest-context.ts';
import { stretches } from './send-pieces.ts';
import { eventEncoderFor, type Frame, frameFor, withColumns } from './watch-encoders.ts';
import { webSocketStream } from './watch-websocket.ts';

/** A watcher that leaves this much unsent for this long is ended; it will list again. */
const UNSENT_BYTES_MAX = 1024 * 1024;
const UNSENT_MS_MAX = 5000;
/** Bytes that may wait while a new watcher is still being sent what was there before. */
const BACKLOG_BYTES_MAX = 64 * 1024 * 1024;
/** How long before its end a watch gets its last bookmark: upstream's time. */
const BOOKMARK_BEFORE_END_MS = 2000;
/** Bytes of the past that go out in one write. */
const PART_BYTES = 64 * 1024;

export function watchObjects(rest: RestContext, request: ResourceRequest): Outcome | Promise<Outcome> {
  const { resource, namespace, name, exchange } = request;
  const options = listOptionsOf(exchange.request.query, resource, namespace, name, true);
  const waiting = options.sendInitialEvents === true ? untilFresh(rest, options.resourceVersion) : undefined;
  if (waiting !== undefined) return waiting.then(() => startWatch(rest, request, options));
  return startWatch(rest, request, options);
}

/** Where a watch begins: with the present state, with nothing, or after a revision. */
type Start =
  | { readonly kind: 'state' }
  | { readonly kind: 'now' }
  | { readonly kind: 'after'; readonly revision: number };

function startOf({ sendInitialEvents, resourceVersion }: ListOptions): Start {
  if (sendInitialEvents === true) return { kind: 'state' };
  const revision = revisionOf(resourceVersion);
  if (sendInitialEvents === false) return revision === undefined ? { kind: 'now' } : { kind: 'after', revision };
  return revision === undefined ? { kind: 'state' } : { kind: 'after', revision };
}

function startWatch(rest: RestContext, request: ResourceRequest, options: ListOptions): Outcome | Promise<Outcome> {
  const { resource, exchange } = request;
  const wanted = negotiate(exchange.request.headers['accept']);
  const parameters = new URLSearchParams(exchange.request.query);
  const includeObject = wanted.view === 'Table' ? tableOptions(exchange, parameters, wanted).includeObject : 'Metadata';
  if (wanted.format === 'yaml') throw errors.notAcceptable(STREAMS_OFFERED);
  const encoder = eventEncoderFor(resource, wanted, includeObject, rest.effects.clock);
  const start = startOf(options);
  const begin = (stream: ResponseStream): Outcome => {
    const watcher = new Watcher(rest, request, options, encoder, stream, frameFor(wanted));
    if (wanted.view === 'Table') watcher.first = (frames) => withColumns(frames, resource);
    watcher.start(start);
    return 'answered';
  };
  const webSocket = webSocketStream(exchange, wanted.format);
  if (webSocket !== undefined) return webSocket.then(begin);
  sendWarnings(exchange);
  const type = WATCH_TYPES[wanted.format];
  return begin(exchange.response.stream(200, { 'content-type': type, 'cache-control': 'no-cache, private' }));
}

/** One watch on its way: first the past, then whatever the fan-out brings. */
class Watcher implements WatchSink {
  readonly bookmarks: boolean;
  /** What becomes of the first frames that are sent: of tables, the first event alone says what the columns are. */
  first: ((frames: Uint8Array) => Uint8Array) | undefined;
  readonly #rest: RestContext;
  readonly #request: ResourceRequest;
  readonly #selection: Selection;
  readonly #initialEnd: boolean;
  readonly #encoder: EventEncoder;
  readonly #stream: ResponseStream;
  readonly #frame: Frame;
  readonly #timeoutSeconds: number;
  /** Frames that wait until the past has been sent; undefined afterwards. */
  #backlog: Uint8Array[] | undefined;
  #backlogBytes = 0;
  #membership: Membership | undefined;
  #checkPending = false;

  constructor(
    rest: RestContext,
    request: ResourceRequest,
    options: ListOptions,
    encoder: EventEncoder,
    stream: ResponseStream,
    frame: Frame,
  ) {
    this.#rest = rest;
    this.#request = request;
    this.#selection = options.selection;
    this.bookmarks = options.bookmarks;
    this.#initialEnd = options.sendInitialEvents === true && options.bookmarks;
    this.#encoder = encoder;
    this.#stream = stream;
    this.#frame = frame;
    const least = rest.watchSecondsMin;
    this.#timeoutSeconds =
      options.timeoutSeconds !== undefined && options.timeoutSeconds > 0
        ? options.timeoutSeconds
        : least + rest.effects.random.integer(least + 1);
  }

  start(from: Start): void {
    const { cache } = storedOf(this.#request.resource);
    if (from.kind === 'after' && from.revision < cache.history.startsAfter)
      return this.#tooOld(from.revision, cache.history.startsAfter);
    const { clock } = this.#rest.effects;
    const cancelEnd = clock.schedule(this.#timeoutSeconds * 1000, () => this.#stream.end());
    // So that the next watch can start close to where this one ends.
    const lastMs = this.#timeoutSeconds * 1000 - BOOKMARK_BEFORE_END_MS;
    const last = () => this.#membership?.bookmark(this.#rest.hub.revision);
    const cancelBookmark = this.bookmarks && lastMs > 0 ? clock.schedule(lastMs, last) : undefined;
    this.#stream.onClose(() => {
      this.#membership?.leave();
      cancelEnd();
      cancelBookmark?.();
    });
    // The client was told more by another server than this one has heard of: what it knows already it must not be told again.
    if (from.kind === 'after' && from.revision > this.#rest.hub.revision)
      void this.#rest.hub.untilRevision(from.revision).then(() => this.#follow(from));
    else this.#follow(from);
  }

  #follow(from: Start): void {
    if (this.#stream.closed) return;
    const { cache, fanout } = storedOf(this.#request.resource);
    // While it waited, the cache may have leapt over what it waited for.
    if (from.kind === 'after' && from.revision < cache.history.startsAfter)
      return this.#tooOld(from.revision, cache.history.startsAfter);
    this.#membership = fanout.join(this.#selection, this.#encoder, this);
    if (from.kind !== 'now')
      this.#tell(from.kind === 'after' ? this.#changes(from.revision) : this.#state()).catch((error: unknown) =>
        this.#failed(error),
      );
    else if (this.#initialEnd) this.#write(this.#encoder.bookmark(this.#rest.hub.revision, true));
  }

  send(frames: Uint8Array): void {
    if (this.#backlog !== undefined) {
      this.#backlog.push(frames);
      this.#backlogBytes += frames.length;
      if (this.#backlogBytes > BACKLOG_BYTES_MAX) this.#stream.destroy();
      return;
    }
    this.#write(frames);
    if (this.#stream.unsentBytes > UNSENT_BYTES_MAX && !this.#checkPending) this.#checkLater();
  }

  #write(frames: Uint8Array): boolean {
    const { first } = this;
    this.first = undefined;
    return this.#stream.write(first === undefined ? frames : first(frames));
  }

  end(): void {
    this.#stream.end();
  }

  #checkLater(): void {
    this.#checkPending = true;
    this.#rest.effects.clock.schedule(UNSENT_MS_MAX, () => {
      this.#checkPending = false;
      if (this.#stream.unsentBytes > UNSENT_BYTES_MAX) this.#stream.destroy();
    });
  }

  /** What has happened since a revision. Taken at once: the history goes on while it is being told. */
  *#changes(revision: number): Generator<Uint8Array | undefined> {
    for (const event of [...storedOf(this.#request.resource).cache.history.after(revision)]) {
      const type = eventTypeFor(this.#selection, event);
      const frame = type === undefined ? undefined : frameOf(event, type, this.#encoder);
      event.frames = undefined;
      yield frame;
    }
  }

  /** What is there now, and a bookmark that says so if it was asked for; undefined for what is passed over. */
  *#state(): Generator<Uint8Array | undefined> {
    const { cache } = storedOf(this.#request.resource);
    const revision = this.#rest.hub.revision;
    const { namespace, name } = this.#selection;
    const runs =
      name !== undefined && (namespace !== undefined || !cache.namespaced)
        ? [[cache.get(namespace ?? '', name)].filter((entry): entry is CacheEntry => entry !== undefined)]
        : cache.candidates(this.#selection);
    for (const run of runs)
      for (const entry of run)
        yield selects(this.#selection, entry) ? this.#encoder.event('ADDED', entry, entry.revision) : undefined;
    if (this.#initialEnd) yield this.#encoder.bookmark(revision, true);
  }

  /** Sends the past as fast as the client reads and others get their turns; what happens meanwhile comes after it. */
  async #tell(past: Iterable<Uint8Array | undefined>): Promise<void> {
    const later: Uint8Array[] = [];
    this.#backlog = later;
    const breath = stretches(this.#rest);
    let [frames, bytes, count]: [Uint8Array[], number, number] = [[], 0, 0];
    for (const frame of past) {
      if (frame !== undefined) {
        frames.push(frame);
        bytes += frame.length;
      }
      if (bytes >= PART_BYTES) {
        if (!this.#write(Buffer.concat(frames))) await this.#stream.drained();
        frames = [];
        bytes = 0;
      }
      count += 1;
      const waiting = breath(count);
      if (waiting !== undefined) await waiting;
      if (this.#stream.closed) return;
    }
    this.#backlog = undefined;
    if (frames.length + later.length > 0) this.#write(Buffer.concat([...frames, ...later]));
  }

  /** A past that cannot be encoded ends the watch, as it would end a list. */
  #failed(error: unknown): void {
    this.#rest.effects.log.error('Watch failed', { path: this.#request.exchange.request.path, error: String(error) });
    this.#stream.destroy();
  }

  /** The history no longer reaches back: one ERROR event, and the client lists again. */
  #tooOld(revision: number, oldest: number): void {
    const status = statusOf(errors.expired(`too old resource version: ${revision} (${oldest})`));
    this.#write(this.#frame('ERROR', status));
    this.#stream.end();
  }
}
