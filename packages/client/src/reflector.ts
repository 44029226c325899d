import { ApiError, isExpired, type KubeObject } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { ListOptions, ResourceClient, WatchEvent } from './contract.ts';
import { isTransportError } from './transport-error.ts';

/** As client-go: pages of a plain list, the pause after a failure, and how long one watch lasts. */
const LIST_PAGE_ITEMS = 500;
const BACKOFF_BASE_MS = 800;
const BACKOFF_MAX_MS = 30_000;
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

/**
 * Follows one resource until the signal aborts: a list, or a watch that sends it (KEP-3157), then a watch that resumes
 * where it ended. Lists again when the server no longer has the revision (410). Failures are logged and retried with
 * jittered backoff; nothing is thrown.
 */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<void> {
  const { client, selection, mirror, effects, name } = options;
  const { clock, random, log } = effects;
  let resourceVersion: string | undefined;
  let watchLists = true;
  let failures = 0;
  let failedAt = Number.NEGATIVE_INFINITY;
  let reported = '';

  async function pause(error: unknown): Promise<void> {
    if (clock.monotonic() - failedAt > BACKOFF_RESET_MS) failures = 0;
    failedAt = clock.monotonic();
    const delayMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** failures) * (1 + random.float());
    failures += 1;
    const message = error instanceof Error ? error.message : String(error);
    // A server that is starting or stopping is no news; the same failure is told once.
    if (message !== reported && !isTransportError(error))
      log.warn('Following a resource failed', { resource: name, error: message });
    reported = message;
    await clock.sleep(delayMs, signal);
  }

  async function follow(events: AsyncIterable<WatchEvent<T>>, replacing: boolean): Promise<void> {
    let listing = replacing;
    let handled = 0;
    for await (const event of events) {
      if (event.type === 'BOOKMARK') {
        if (event.initialEventsEnd && listing) {
          listing = false;
          mirror.endReplace(event.resourceVersion);
        }
        if (!listing) resourceVersion = event.resourceVersion;
        mirror.reached(event.resourceVersion);
        continue;
      }
      if (event.type === 'DELETED') mirror.remove(event.object);
      else mirror.put(event.object);
      if (!listing) resourceVersion = event.object.metadata.resourceVersion;
      handled += 1;
      if (handled % EVENTS_PER_TURN_MAX === 0) await clock.sleep(0, signal);
    }
  }

  const timeoutSeconds = () => Math.round(WATCH_SECONDS_MIN * (1 + random.float()));

  async function watchList(): Promise<void> {
    mirror.beginReplace();
    const events = client.watch({
      ...selection,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
      timeoutSeconds: timeoutSeconds(),
      signal,
    });
    await follow(events, true);
  }

  async function listAll(): Promise<void> {
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
    resourceVersion = version;
  }

  async function pass(): Promise<void> {
    if (resourceVersion === undefined) {
      if (watchLists) return watchList();
      await listAll();
    }
    const from = resourceVersion === undefined ? {} : { resourceVersion };
    await follow(
      client.watch({ ...selection, ...from, allowWatchBookmarks: true, timeoutSeconds: timeoutSeconds(), signal }),
      false,
    );
  }

  while (!signal.aborted) {
    try {
      await pass();
      if (resourceVersion === undefined) await pause('the watch ended before its list was complete');
    } catch (error) {
      if (signal.aborted) return;
      if (isExpired(error) && resourceVersion !== undefined) {
        resourceVersion = undefined;
        continue;
      }
      if (resourceVersion === undefined && watchLists && refusesWatchList(error)) watchLists = false;
      await pause(error).catch(() => {});
    }
  }
}
