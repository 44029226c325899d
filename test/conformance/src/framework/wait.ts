/** Waiting through watches: conditions are checked when something changed, never on a timer. */
import { isExpired, type KubeObject, keyOf, nameOf, type ObjectKey, type ResourceType } from '@steersman/api';
import { isTransportError, type ListOptions, type WatchEvent } from '@steersman/client';
import type { Trial } from './contract.ts';
import { ConformanceError, show } from './expect.ts';

/** How long a controller or kubelet may take before its behaviour counts as missing. */
export const WAIT_MS = 120_000;

type Objects<T> = ReadonlyMap<string, T>;

/** Applies an event to a copy of the collection. */
function applied<T extends KubeObject>(objects: Objects<T>, event: WatchEvent<T>): Objects<T> {
  if (event.type === 'BOOKMARK') return objects;
  const next = new Map(objects);
  if (event.type === 'DELETED') next.delete(keyOf(event.object));
  else next.set(keyOf(event.object), event.object);
  return next;
}

/** The collection as first listed and after every change, until the signal aborts. */
async function* states<T extends KubeObject>(
  { client }: Trial,
  type: ResourceType<T>,
  scope: ListOptions,
  signal: AbortSignal,
): AsyncGenerator<Objects<T>> {
  const resource = client.resource(type);
  while (!signal.aborted) {
    const { items, resourceVersion } = await resource.list({ ...scope, signal });
    let objects: Objects<T> = new Map(items.map((item) => [keyOf(item), item]));
    yield objects;
    try {
      for await (const event of resource.watch({ ...scope, resourceVersion, signal })) {
        objects = applied(objects, event);
        yield objects;
      }
    } catch (error) {
      // A server that was killed takes its watches with it: another one answers.
      if (!isExpired(error) && !isTransportError(error)) throw error;
    }
  }
}

/**
 * Waits until the objects of a collection satisfy the check; resolves with them. Fails with `what` and the objects last seen
 * after `limitMs`.
 */
export async function untilObjects<T extends KubeObject>(
  trial: Trial,
  type: ResourceType<T>,
  scope: ListOptions,
  what: string,
  check: (objects: readonly T[]) => boolean,
  limitMs: number = WAIT_MS,
): Promise<readonly T[]> {
  const tooLate = AbortSignal.timeout(limitMs);
  let last: readonly T[] = [];
  try {
    for await (const objects of states(trial, type, scope, AbortSignal.any([tooLate, trial.signal]))) {
      last = [...objects.values()];
      if (check(last)) return last;
    }
  } catch (error) {
    if (!tooLate.aborted && !trial.signal.aborted) throw error;
  }
  const seen = last.map((object) => ({ ...object, metadata: { ...object.metadata, managedFields: undefined } }));
  throw new ConformanceError(`expected ${what} within ${limitMs / 1000} s, got ${type.plural} ${show(seen)}`);
}

/** Waits until one object (undefined while it does not exist) satisfies the check. */
export async function untilObject<T extends KubeObject>(
  trial: Trial,
  type: ResourceType<T>,
  key: ObjectKey,
  what: string,
  check: (object: T | undefined) => boolean,
  limitMs: number = WAIT_MS,
): Promise<T | undefined> {
  const scope = { fieldSelector: `metadata.name=${key.name}`, ...(key.namespace && { namespace: key.namespace }) };
  const one = (objects: readonly T[]) => objects.find((object) => nameOf(object) === key.name);
  return one(await untilObjects(trial, type, scope, what, (objects) => check(one(objects)), limitMs));
}

/** Waits until an object is gone. */
export async function untilGone<T extends KubeObject>(
  trial: Trial,
  type: ResourceType<T>,
  key: ObjectKey,
  limitMs: number = WAIT_MS,
): Promise<void> {
  await untilObject(
    trial,
    type,
    key,
    `${type.plural} ${key.name} to be gone`,
    (object) => object === undefined,
    limitMs,
  );
}
