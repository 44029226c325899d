import type { Draft, ObjectMeta } from '@steersman/api';
import type { SubresourceRequest } from '../registry/subresource-contract.ts';

/** What the sent object says of the stored one that it is meant for. */
export function preconditionsOf({ resourceVersion, uid }: Draft<ObjectMeta>): {
  readonly resourceVersion?: string;
  readonly uid?: string;
} {
  return { ...(resourceVersion ? { resourceVersion } : {}), ...(uid ? { uid } : {}) };
}

/** For an update whose object was sent in the kind of the stored one: who owns its fields follows from what was sent. */
export function updateOptions(request: SubresourceRequest, sent: Draft<ObjectMeta>) {
  const { tracking, owners } = request;
  return { context: request, view: 'none', tracking, owners, ...preconditionsOf(sent) } as const;
}
