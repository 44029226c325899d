import { controllerOf, type Job, Resources } from '@steersman/api';
import type { Informer, Informers } from '@steersman/client';
import { withoutManagedFields } from '../pods/pod-view.ts';

const indexes = {
  /** By the UID of the CronJob that made them. */
  controller: (job: Job) => {
    const owner = controllerOf(job);
    return owner === undefined ? [] : [owner.uid];
  },
};

/** The one copy of the jobs that their controllers share. */
export function jobInformer(informers: Informers): Informer<Job> {
  return informers.informer(Resources.jobs, { project: withoutManagedFields<Job>, indexes });
}
