/** Quality of service (pod QoS documentation): decides cgroups, OOM scores and the order of eviction. */
import { type Container, type Pod, parseQuantity } from '@steersman/api';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

export function qosClassOf(pod: Pod): QosClass {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  if (pod.spec.resources !== undefined && hasAny(pod.spec)) return isGuaranteed(pod.spec) ? 'Guaranteed' : 'Burstable';
  if (!containers.some(hasAny)) return 'BestEffort';
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

const COMPUTE = ['cpu', 'memory'] as const;
type HasResources = Pick<Container, 'resources'>;
const nonZero = (value: string | undefined): boolean => value !== undefined && !parseQuantity(value).isZero();

const hasAny = ({ resources }: HasResources): boolean =>
  COMPUTE.some((name) => nonZero(resources?.requests?.[name]) || nonZero(resources?.limits?.[name]));

const isGuaranteed = ({ resources }: HasResources): boolean =>
  COMPUTE.every((name) => {
    const limit = resources?.limits?.[name];
    if (!nonZero(limit)) return false;
    const request = resources?.requests?.[name];
    return request === undefined || parseQuantity(request).compare(parseQuantity(limit!)) === 0;
  });
