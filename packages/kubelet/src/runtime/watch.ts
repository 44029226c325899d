/** Notices what changes in the runtime by itself: its events where it has them, else a cheap look every second. */
import type { Effects } from '@steersman/machinery';
import type { ContainerRuntime } from './contract.ts';
import { isRuntimeError, messageOf } from './error.ts';
import { labels } from './labels.ts';

const RELIST_MS = 1_000;
/** Events can be lost: with them a relist is only the safety net. */
const RELIST_WITH_EVENTS_MS = 60_000;
const RECONNECT_MS = 1_000;

export interface RuntimeWatch {
  /** When the runtime last answered, on the monotonic clock. */
  lastSeen(): number;
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

  async function poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await relist().catch((error) => log.warn('The container runtime does not answer', { error: messageOf(error) }));
      await clock.sleep(haveEvents ? RELIST_WITH_EVENTS_MS : RELIST_MS, signal).catch(() => {});
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
    async run(signal) {
      const events = followEvents(signal);
      await Promise.race([events, clock.sleep(100, signal).catch(() => {})]); // Enough to learn whether there are any.
      await Promise.all([events, poll(signal)]);
    },
  };
}
