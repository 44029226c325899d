import type { Job, JobCondition } from '@steersman/api';

/** A condition of a job that holds; undefined when it does not. */
export function jobCondition({ status }: Job, type: string): JobCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}
