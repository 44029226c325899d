/** The quality-of-service class of a pod (upstream's rule: only cpu and memory count, of regular and init containers). */
import { type PodSpec, parseQuantity } from '@steersman/api';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'];

export function qosClassOf(spec: PodSpec): QosClass {
  if (spec.resources !== undefined) return classOf([spec.resources]);
  return classOf([...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => resources ?? {}));
}

type Resources = NonNullable<PodSpec['resources']>;

function classOf(all: readonly Resources[]): QosClass {
  let anything = false;
  let guaranteed = true;
  for (const { requests, limits } of all) {
    for (const name of COUNTED) {
      const request = positiveAmount(requests?.[name]);
      const limit = positiveAmount(limits?.[name]);
      if (request !== undefined || limit !== undefined) anything = true;
      if (limit === undefined || (request !== undefined && request.compare(limit) !== 0)) guaranteed = false;
    }
  }
  if (!anything) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function positiveAmount(text: string | undefined) {
  if (text === undefined) return undefined;
  const quantity = parseQuantity(text);
  return quantity.sign() > 0 ? quantity : undefined;
}
