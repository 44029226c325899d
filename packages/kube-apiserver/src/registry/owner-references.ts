/** Owners that an object names more than once: they are named once, and the client is told. */
import { type OwnerReference, semanticEqual } from '@steersman/api';
import type { AnyObject } from './any-object.ts';

const DETAIL =
  'API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed:';

/** `after`: when the duplicates were found, such as ` after mutating admission happens`. */
export function dedupOwnerReferences({ metadata }: AnyObject, warn: (text: string) => void, after = ''): void {
  const owners: readonly OwnerReference[] = metadata.ownerReferences ?? [];
  if (owners.length < 2) return;
  const kept: OwnerReference[] = [];
  const twice: string[] = [];
  for (const owner of owners) {
    const known = kept.some((other) => other.uid === owner.uid && semanticEqual(other, owner));
    if (known) twice.push(owner.uid ?? '');
    else kept.push(owner);
  }
  if (twice.length === 0) return;
  metadata.ownerReferences = kept as never;
  warn(`.metadata.ownerReferences contains duplicate entries${after}; ${DETAIL} ${twice.join(', ')}`);
}

export const AFTER_ADMISSION = ' after mutating admission happens';
