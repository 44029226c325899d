import { type Job, Resources } from '@steersman/api';
import type { Informer, Informers } from '@steersman/client';
import { ownershipIndexes } from '../controller/ownership.ts';
import { withoutManagedFields } from '../pods/pod-view.ts';

/** The one copy of the jobs that their controllers share. */
export function jobInformer(informers: Informers): Informer<Job> {
  return informers.informer(Resources.jobs, { project: withoutManagedFields<Job>, indexes: ownershipIndexes });
}
