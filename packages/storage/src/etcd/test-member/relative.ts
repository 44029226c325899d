import { type Clock, realClock } from '@steersman/machinery';
import type { Operation, Storage } from '../../contract.ts';

/** Real time passes this much faster in the conformance suite; etcd's shortest lease of 2 s still fits. */
export const TIME_DIVISOR = 2;

/** The real clock in the suite's time, with an `advance` that waits: real etcd measures real time. */
export function slowClock(): Clock & { advance(ms: number): Promise<void> } {
  const clock = realClock();
  return {
    ...clock,
    monotonic: () => clock.monotonic() * TIME_DIVISOR,
    advance: (ms) => clock.sleep(ms / TIME_DIVISOR),
  };
}

/** Shows a store as if its revisions began `by` earlier, with times to live divided. */
export function relative(storage: Storage, by: number, timeDivisor: number): Storage {
  const less = (revision: number) => Math.max(0, revision - by);
  const item = <T extends { createRevision: number; modRevision: number } | undefined>(found: T): T =>
    found === undefined
      ? found
      : { ...found, createRevision: less(found.createRevision), modRevision: less(found.modRevision) };
  const scaled = (operation: Operation): Operation =>
    operation.kind === 'put' && operation.ttlSeconds !== undefined
      ? { ...operation, ttlSeconds: operation.ttlSeconds / timeDivisor }
      : operation;
  return {
    currentRevision: async () => less(await storage.currentRevision()),
    get: async (key, { revision } = {}) => {
      const found = await storage.get(key, revision === undefined ? {} : { revision: revision + by });
      return { item: item(found.item), revision: less(found.revision) };
    },
    range: async (request) => {
      const { revision } = request;
      const found = await storage.range({ ...request, ...(revision !== undefined && { revision: revision + by }) });
      return { ...found, items: found.items.map(item), revision: less(found.revision) };
    },
    transact: async ({ when, write }) => {
      const result = await storage.transact({
        when: when.map((one) =>
          one.target === 'modRevision' && one.equals > 0 ? { ...one, equals: one.equals + by } : one,
        ),
        write: write.map(scaled),
      });
      return result.succeeded
        ? { succeeded: true, revision: less(result.revision) }
        : { succeeded: false, revision: less(result.revision), current: result.current.map(item) };
    },
    watch: (request, handler) => {
      const { afterRevision } = request;
      return storage.watch(
        { ...request, ...(afterRevision !== undefined && { afterRevision: afterRevision + by }) },
        ({ events, revision }) =>
          handler({
            revision: less(revision),
            events: events.map((event) =>
              event.kind === 'put'
                ? { ...event, current: item(event.current), previous: item(event.previous) }
                : { ...event, revision: less(event.revision), previous: item(event.previous) },
            ),
          }),
      );
    },
    compact: (revision) => storage.compact(revision + by),
    compactedRevision: async () => less(await storage.compactedRevision()),
    size: () => storage.size(),
    close: () => storage.close(),
  };
}
