import type { Draft, ObjectMeta } from '@steersman/api';

/** As with every subresource whose strategy leaves metadata alone, what clients may write of it they may write here too. */
export function adoptMetadata(metadata: Draft<ObjectMeta>, sent: Draft<ObjectMeta>): void {
  for (const field of ['annotations', 'finalizers', 'labels', 'ownerReferences'] as const)
    if (sent[field] === undefined) delete metadata[field];
    else metadata[field] = sent[field] as never;
}
