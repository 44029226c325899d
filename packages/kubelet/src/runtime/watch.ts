/** Notices what changes in the runtime by itself: its events where it has them, else a cheap look every second. */
import type { Effects } from '@steersman/machinery';
import type { ContainerRuntime } from './contract.ts';
import { isRuntimeError, messageOf } from './error.ts';
import { labels } from './labels.ts';

const RELIST_MS = 1_000;
/** What was just started may end at once (init containers, jobs): for a moment a runtime without events is asked often. */
const HURRIED_RELIST_MS = 100;
const HURRY_GROWTH = 1.3;
/** Events can be lost: with them a relist is only the safety net. */
const RELIST_WITH_EVENTS_MS = 60_000;
const RECONNECT_MS = 1_000;

export interface RuntimeWatch {
  /** When the runtime last answered, on the monotonic clock. */
  lastSeen(): number;
  /** The kubelet changed something: look again soon. */
  hurry(): void;
  /** Works until the signal aborts. `onChange` gets the uid of every pod that changed. */
  run(signal: AbortSignal): Promise<void>;
}

export function createRuntimeWatch(
  runtime: ContainerRuntime,
  { clock, log }: Effects,
  onChange: (uid: string) => void,
): RuntimeWatch {
  let known = new Map<string, string>();
  let lastSeen = clock.monotonic();
  let haveEvents = true;
  let intervalMs = RELIST_MS;
  let wake = () => {};

  async function relist(): Promise<void> {
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(), runtime.listContainers()]);
    lastSeen = clock.monotonic();
    const now = new Map<string, string>();
    for (const { uid, id, ready } of sandboxes) now.set(uid, `${now.get(uid) ?? ''}${id}${ready};`);
    for (const { labels: own, id, state } of containers) {
      const uid = own[labels.podUid] ?? '';
      now.set(uid, `${now.get(uid) ?? ''}${id}${state};`);
    }
    for (const uid of new Set([...known.keys(), ...now.keys()])) if (known.get(uid) !== now.get(uid)) onChange(uid);
    known = now;
  }

  /** Ends early when hurried. */
  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const cancel = clock.schedule(ms, resolve);
    const onAbort = () => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await promise;
    signal.removeEventListener('abort', onAbort);
    cancel();
  }

  async function poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await relist().catch((error) => log.warn('The container runtime does not answer', { error: messageOf(error) }));
      await pause(haveEvents ? RELIST_WITH_EVENTS_MS : intervalMs, signal);
      intervalMs = Math.min(intervalMs * HURRY_GROWTH, RELIST_MS);
    }
  }

  async function followEvents(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await runtime.watchEvents(({ uid }) => onChange(uid), signal);
      } catch (error) {
        if (isRuntimeError(error, 'unimplemented')) {
          haveEvents = false;
          return;
        }
        await clock.sleep(RECONNECT_MS, signal).catch(() => {});
      }
    }
  }

  return {
    lastSeen: () => lastSeen,
    hurry() {
      if (haveEvents || intervalMs <= HURRIED_RELIST_MS) return;
      intervalMs = HURRIED_RELIST_MS;
      wake();
    },
    async run(signal) {
      const events = followEvents(signal);
      await Promise.race([events, clock.sleep(100, signal).catch(() => {})]); // Enough to learn whether there are any.
      await Promise.all([events, poll(signal)]);
    },
  };
}
