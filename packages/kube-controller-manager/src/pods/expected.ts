/** Creations and deletions of pods that the owner's expectations know of: what fails will not be shown by the cache. */
import { ignoreNotFound, type KubeObject, keyOf, type Pod } from '@steersman/api';
import type { Expectations } from '@steersman/client';
import { type SlowStartResult, slowStart } from './slow-start.ts';

/** Creates `count` pods by slow start. */
export async function createExpected(
  expectations: Expectations,
  owner: KubeObject,
  count: number,
  createOne: (index: number) => Promise<void>,
): Promise<SlowStartResult> {
  const key = keyOf(owner);
  expectations.expectCreations(key, count);
  const result = await slowStart(count, createOne);
  for (let missing = count - result.succeeded; missing > 0; missing -= 1) expectations.creationObserved(key);
  return result;
}

/** Deletes the pods, all at the same time; one that has gone by itself counts as deleted. */
export async function deleteExpected(
  expectations: Expectations,
  owner: KubeObject,
  pods: readonly Pod[],
  deleteOne: (pod: Pod) => Promise<void>,
): Promise<SlowStartResult> {
  const key = keyOf(owner);
  expectations.expectDeletions(key, pods.map(keyOf));
  const results = await Promise.allSettled(
    pods.map((pod) =>
      deleteOne(pod).catch((error: unknown) => {
        expectations.deletionObserved(key, keyOf(pod));
        ignoreNotFound(error);
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  return { succeeded: results.filter(({ status }) => status === 'fulfilled').length, failure: failed?.reason };
}
