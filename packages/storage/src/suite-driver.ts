/** Engines as the suites see them: shorthands, values as text, and what a watch has said. */

import assert from 'node:assert/strict';
import type { FakeClock } from '@steersman/machinery';
import type { EventBatch, KeyValue, Operation, Storage, StorageEvent, StorageWatch } from './contract.ts';
import { isStorageError } from './error.ts';
import { prefixEnd } from './prefix.ts';

/** An empty engine, and the clock by which its keys expire. */
export interface StorageUnderTest {
  readonly storage: Storage;
  readonly clock: FakeClock;
  /** Removes what the engine leaves behind, after it was closed. */
  readonly remove?: () => Promise<void>;
}

export const PREFIX = '/r/';
export const ALL = { start: PREFIX, end: prefixEnd(PREFIX) };

/** Shorthands over one engine; keys are given without their prefix and values as text. */
export function driver({ storage, clock }: StorageUnderTest) {
  const operation = (key: string, text: string | undefined, ttlSeconds?: number): Operation =>
    text === undefined
      ? { kind: 'delete', key: PREFIX + key }
      : { kind: 'put', key: PREFIX + key, value: Buffer.from(text), ...(ttlSeconds !== undefined && { ttlSeconds }) };
  return {
    storage,
    clock,
    put: async (key: string, text: string, ttlSeconds?: number) =>
      (await storage.transact({ when: [], write: [operation(key, text, ttlSeconds)] })).revision,
    delete: async (key: string) => (await storage.transact({ when: [], write: [operation(key, undefined)] })).revision,
    /** Writes all of it at once; `undefined` deletes. */
    write: (entries: Readonly<Record<string, string | undefined>>) =>
      storage.transact({ when: [], write: Object.entries(entries).map(([key, text]) => operation(key, text)) }),
    putIf: (key: string, modRevision: number, text: string) =>
      storage.transact({
        when: [{ key: PREFIX + key, target: 'modRevision', equals: modRevision }],
        write: [operation(key, text)],
      }),
    get: async (key: string, revision?: number) =>
      plain((await storage.get(PREFIX + key, revision === undefined ? {} : { revision })).item),
    list: async (revision?: number) =>
      (await storage.range({ ...ALL, ...(revision !== undefined && { revision }) })).items.map(plain),
  };
}

/** An item as `key=value@create/mod#version`. */
export function plain(item: KeyValue | undefined): string | undefined {
  if (item === undefined) return undefined;
  const text = Buffer.from(item.value).toString();
  return `${item.key.slice(PREFIX.length)}=${text}@${item.createRevision}/${item.modRevision}#${item.version}`;
}

export function plainEvent(event: StorageEvent): string {
  if (event.kind === 'put') return `put ${plain(event.current)} was ${plain(event.previous)}`;
  return `delete ${event.key.slice(PREFIX.length)}@${event.revision} was ${plain(event.previous)}`;
}

/** Follows a watch: what it has said, and a way to wait until it has passed a revision. */
export function follow(storage: Storage, afterRevision?: number, range = ALL) {
  const batches: EventBatch[] = [];
  let woken: (() => void) | undefined;
  const watch: StorageWatch = storage.watch(
    { ...range, ...(afterRevision !== undefined && { afterRevision }) },
    (batch) => {
      batches.push(batch);
      woken?.();
    },
  );
  return {
    watch,
    batches,
    events: () => batches.flatMap((batch) => batch.events).map(plainEvent),
    async until(revision: number) {
      while ((batches.at(-1)?.revision ?? 0) < revision) {
        const { promise, resolve } = Promise.withResolvers<void>();
        woken = resolve;
        await Promise.race([promise, watch.done]);
      }
    },
  };
}

export const rejectsWith = (promise: Promise<unknown>, code: Parameters<typeof isStorageError>[1]) =>
  assert.rejects(promise, (error) => isStorageError(error, code));

export type Case = readonly [name: string, body: (engine: ReturnType<typeof driver>) => Promise<void>];
