import { ApiError, isExpired, type KubeObject } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { ListOptions, ResourceClient, WatchEvent } from './contract.ts';
import { isTransportError } from './transport-error.ts';

/** As client-go: pages of a plain list, the pause after a failure, and how long one watch lasts. */
const LIST_PAGE_ITEMS = 500;
const BACKOFF_BASE_MS = 800;
const BACKOFF_MAX_MS = 30_000;
/** A server that cannot be reached is tried more often: asking costs it nothing, and it may be back any moment. */
const UNREACHABLE_BACKOFF_MAX_MS = 3_000;
/** After this long without failure the next pause is the shortest again. */
const BACKOFF_RESET_MS = 120_000;
const WATCH_SECONDS_MIN = 300;
/** What a batch of changes may hold the event loop for, before others get a turn. */
const EVENTS_PER_TURN_MAX = 500;

/** What a reflector tells about the resource it follows. */
export interface Mirror<T> {
  /** A full picture begins: what is not put until `endReplace` is gone. */
  beginReplace(): void;
  endReplace(resourceVersion: string): void;
  put(object: T): void;
  remove(object: T): void;
  reached(resourceVersion: string): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>;
  readonly selection: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;
  readonly mirror: Mirror<T>;
  readonly effects: Effects;
  /** For logs. */
  readonly name: string;
}

/** Servers before v1.32, or with WatchList off, refuse `sendInitialEvents`. */
function refusesWatchList(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 400 || error.code === 422 || error.code === 404);
}

/** The revision is gone (410), or never was on this server (its store was replaced by an older one): list again. */
function mustRelist(error: unknown): boolean {
  if (isExpired(error)) return true;
  const causes = error instanceof ApiError ? (error.status.details?.causes ?? []) : [];
  return causes.some(({ reason }) => reason === 'ResourceVersionTooLarge');
}

interface Progress {
  /** Where the next watch starts; undefined before the first list and when everything must be listed again. */
  resourceVersion: string | undefined;
  watchLists: boolean;
}
type Follow<T extends KubeObject> = ReflectorOptions<T> & { readonly progress: Progress; readonly signal: AbortSignal };

/** Hands the events of one watch to the mirror. While listing, the place to resume from stays unknown. */
async function follow<T extends KubeObject>(
  run: Follow<T>,
  events: AsyncIterable<WatchEvent<T>>,
  replacing: boolean,
): Promise<void> {
  const { mirror, progress, effects, signal } = run;
  let listing = replacing;
  let handled = 0;
  for await (const event of events) {
    if (event.type === 'BOOKMARK') {
      if (event.initialEventsEnd && listing) {
        listing = false;
        mirror.endReplace(event.resourceVersion);
      }
      if (!listing) progress.resourceVersion = event.resourceVersion;
      mirror.reached(event.resourceVersion);
      continue;
    }
    if (event.type === 'DELETED') mirror.remove(event.object);
    else mirror.put(event.object);
    if (!listing) progress.resourceVersion = event.object.metadata.resourceVersion;
    handled += 1;
    if (handled % EVENTS_PER_TURN_MAX === 0) await effects.clock.sleep(0, signal);
  }
}

function watchOptions<T extends KubeObject>({ selection, effects, signal }: Follow<T>) {
  const timeoutSeconds = Math.round(WATCH_SECONDS_MIN * (1 + effects.random.float()));
  return { ...selection, allowWatchBookmarks: true, timeoutSeconds, signal };
}

async function listAll<T extends KubeObject>({
  client,
  selection,
  mirror,
  progress,
  signal,
}: Follow<T>): Promise<void> {
  mirror.beginReplace();
  let next: string | undefined;
  let version = '';
  do {
    const page = await client.list({
      ...selection,
      limit: LIST_PAGE_ITEMS,
      ...(next === undefined ? {} : { continue: next }),
      signal,
    });
    for (const object of page.items) mirror.put(object);
    version = page.resourceVersion;
    next = page.continue;
  } while (next !== undefined);
  mirror.endReplace(version);
  progress.resourceVersion = version;
}

/** One watch, preceded by a list where one is needed; ends when the watch ends. */
async function pass<T extends KubeObject>(run: Follow<T>): Promise<void> {
  const { client, mirror, progress } = run;
  if (progress.resourceVersion === undefined && progress.watchLists) {
    mirror.beginReplace();
    const events = client.watch({
      ...watchOptions(run),
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
    });
    return follow(run, events, true);
  }
  if (progress.resourceVersion === undefined) await listAll(run);
  const from = progress.resourceVersion === undefined ? {} : { resourceVersion: progress.resourceVersion };
  await follow(run, client.watch({ ...watchOptions(run), ...from }), false);
}

/** Waits longer after each failure, and tells each new one once: a server that starts or stops is no news. */
function createPause({ effects, name }: Pick<ReflectorOptions<KubeObject>, 'effects' | 'name'>, signal: AbortSignal) {
  const { clock, random, log } = effects;
  let failures = 0;
  let failedAt = Number.NEGATIVE_INFINITY;
  let reported = '';
  return async function pause(error: unknown): Promise<void> {
    if (clock.monotonic() - failedAt > BACKOFF_RESET_MS) failures = 0;
    failedAt = clock.monotonic();
    const maxMs = isTransportError(error) ? UNREACHABLE_BACKOFF_MAX_MS : BACKOFF_MAX_MS;
    const delayMs = Math.min(maxMs, BACKOFF_BASE_MS * 2 ** failures) * (1 + random.float());
    failures += 1;
    const message = error instanceof Error ? error.message : String(error);
    if (message !== reported && !isTransportError(error))
      log.warn('Following a resource failed', { resource: name, error: message });
    reported = message;
    await clock.sleep(delayMs, signal).catch(() => {});
  };
}

/**
 * Follows one resource until the signal aborts: a list, or a watch that sends it (KEP-3157), then a watch that resumes
 * where it ended. Lists again when the server no longer has the revision (410). Failures are logged and retried with
 * jittered backoff; nothing is thrown.
 */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<void> {
  const progress: Progress = { resourceVersion: undefined, watchLists: true };
  const run = { ...options, progress, signal };
  const pause = createPause(options, signal);
  while (!signal.aborted) {
    try {
      await pass(run);
      if (progress.resourceVersion === undefined && !signal.aborted)
        await pause('the watch ended before its list was complete');
    } catch (error) {
      if (signal.aborted) return;
      if (mustRelist(error) && progress.resourceVersion !== undefined) {
        progress.resourceVersion = undefined;
        continue;
      }
      if (progress.resourceVersion === undefined && progress.watchLists && refusesWatchList(error))
        progress.watchLists = false;
      await pause(error);
    }
  }
}
