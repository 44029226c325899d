/** Requests that go out before the first answer; doubled while all succeed. */
const FIRST_BATCH = 1;

export interface SlowStartResult {
  readonly succeeded: number;
  /** The first failure; what came after its batch was not tried. */
  readonly failure: unknown;
}

/**
 * Does the same thing `count` times in batches of 1, 2, 4, ... and stops after a batch with a failure, so that what
 * always fails (a quota, an admission rule) is tried once and not `count` times.
 */
export async function slowStart(count: number, once: (index: number) => Promise<void>): Promise<SlowStartResult> {
  let succeeded = 0;
  let started = 0;
  for (let batch = FIRST_BATCH; started < count; batch *= 2) {
    const size = Math.min(batch, count - started);
    const results = await Promise.allSettled(Array.from({ length: size }, (_, offset) => once(started + offset)));
    started += size;
    const failed = results.find((result) => result.status === 'rejected');
    succeeded += results.filter(({ status }) => status === 'fulfilled').length;
    if (failed !== undefined) return { succeeded, failure: failed.reason };
  }
  return { succeeded, failure: undefined };
}
