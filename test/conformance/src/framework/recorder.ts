/** A watch whose events are asked for one by one. */
import type { KubeObject, ResourceType } from '@steersman/api';
import type { WatchEvent, WatchOptions } from '@steersman/client';
import type { Trial } from './contract.ts';
import { ConformanceError, expectEqual, show } from './expect.ts';

/** How long a change may take to reach a watcher. */
const EVENT_MS = 60_000;

export interface Recorder<T extends KubeObject> {
  /** The next event that was not asked for yet; fails when none comes. */
  next(what: string): Promise<WatchEvent<T>>;
  /** Expects the next event to be about an object, of this type and name. */
  nextIs(type: 'ADDED' | 'MODIFIED' | 'DELETED', name: string): Promise<T>;
  stop(): Promise<void>;
}

/** Starts a watch. It ends with the test at the latest. */
export function record<T extends KubeObject>(trial: Trial, type: ResourceType<T>, options: WatchOptions): Recorder<T> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, trial.signal]);
  const events = trial.client
    .resource(type)
    .watch({ ...options, signal })
    [Symbol.asyncIterator]();
  let waiting: Promise<IteratorResult<WatchEvent<T>>> | undefined = events.next();
  waiting.catch(() => {}); // Asked for below, or of no interest to anyone.

  async function next(what: string): Promise<WatchEvent<T>> {
    const tooLate = AbortSignal.timeout(EVENT_MS);
    const late = new Promise<never>((_, reject) => {
      tooLate.addEventListener('abort', () =>
        reject(new ConformanceError(`expected a watch event (${what}) within ${EVENT_MS / 1000} s, got none`)),
      );
    });
    late.catch(() => {});
    waiting ??= events.next();
    const result = await Promise.race([waiting, late]);
    waiting = undefined;
    if (result.done === true) throw new ConformanceError(`expected a watch event (${what}), got the watch's end`);
    return result.value;
  }

  trial.cleanup(async () => ended.abort());
  return {
    next,
    async nextIs(expected, name) {
      const event = await next(`${expected} ${name}`);
      if (event.type === 'BOOKMARK') throw new ConformanceError(`expected ${expected} ${name}, got ${show(event)}`);
      expectEqual('the watch event', `${event.type} ${event.object.metadata.name}`, `${expected} ${name}`);
      return event.object;
    },
    async stop() {
      ended.abort();
      await waiting?.catch(() => {});
    },
  };
}
