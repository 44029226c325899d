/** What one object takes from a ResourceQuota (API concept "Resource Quotas"). */

import type { KubeObject } from '../contract.ts';
import type { PersistentVolumeClaim, Pod, Service } from '../generated/core.ts';
import { isPodFinished } from '../objects.ts';
import { parseQuantity, Quantity } from '../quantity.ts';
import { parseTime } from '../time.ts';
import { type Amounts, addAmounts, amountsOf, maxAmounts, ONE } from './amounts.ts';

type Container = Pod['spec']['containers'][number];
type Side = 'requests' | 'limits';

/** Resources of the core group that may be counted by their plain name, besides `count/<plural>`. */
const PLAIN_COUNTS: ReadonlySet<string> = new Set([
  'configmaps',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
]);
const STORAGE_CLASS_SUFFIX = '.storageclass.storage.k8s.io/';
const DEFAULT_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** The name under which objects of a resource are counted: `count/deployments.apps`. */
export function countName({ group, plural }: { readonly group: string; readonly plural: string }): string {
  return `count/${group === '' ? plural : `${plural}.${group}`}`;
}

/** All that an object takes; `now` is milliseconds since the epoch, for pods that are past their end. */
export function quotaUsage(
  resource: { readonly group: string; readonly plural: string },
  object: KubeObject,
  now: number,
): Amounts {
  const counted: Amounts = new Map([[countName(resource), ONE]]);
  if (resource.group !== '') return counted;
  switch (resource.plural) {
    case 'pods':
      return isOver(object as Pod, now) ? counted : addAmounts(counted, podUsage(object as Pod));
    case 'services':
      return addAmounts(counted, serviceUsage(object as Service));
    case 'persistentvolumeclaims':
      return addAmounts(counted, claimUsage(object as PersistentVolumeClaim));
    default:
      return PLAIN_COUNTS.has(resource.plural) ? addAmounts(counted, new Map([[resource.plural, ONE]])) : counted;
  }
}

/** Whether a quota's resource name is about objects of this resource at all. */
export function isQuotaOf(resource: { readonly group: string; readonly plural: string }, name: string): boolean {
  if (name === countName(resource)) return true;
  if (resource.group !== '') return false;
  switch (resource.plural) {
    case 'pods':
      return isPodResource(name);
    case 'services':
      return name === 'services' || name === 'services.nodeports' || name === 'services.loadbalancers';
    case 'persistentvolumeclaims':
      return name === 'persistentvolumeclaims' || name === 'requests.storage' || name.includes(STORAGE_CLASS_SUFFIX);
    default:
      return PLAIN_COUNTS.has(resource.plural) && name === resource.plural;
  }
}

const POD_RESOURCES: ReadonlySet<string> = new Set([
  'pods',
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);

function isPodResource(name: string): boolean {
  if (POD_RESOURCES.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-')) return true;
  return name.startsWith('requests.') && name.includes('/');
}

/** Finished pods, and those that outlived their grace period, take nothing but their place in etcd. */
function isOver(pod: Pod, now: number): boolean {
  if (isPodFinished(pod)) return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return now > parseTime(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function podUsage(pod: Pod): Amounts {
  return new Map([['pods', ONE], ...named(podAmounts(pod, 'requests'), podAmounts(pod, 'limits'))]);
}

/** Requests count under their own name too, except those of vendors; limits exist for what is measured. */
function named(requests: Amounts, limits: Amounts): readonly (readonly [string, Quantity])[] {
  const used: (readonly [string, Quantity])[] = [];
  for (const [name, quantity] of requests) {
    if (POD_RESOURCES.has(name) || name.startsWith('hugepages-')) used.push([name, quantity]);
    used.push([`requests.${name}`, quantity]);
  }
  for (const [name, quantity] of limits) if (POD_RESOURCES.has(name)) used.push([`limits.${name}`, quantity]);
  return used;
}

/** The larger of its containers together and any one init container, addAmounts overhead (KEP-753, KEP-2837). */
function podAmounts({ spec }: Pod, side: Side): Amounts {
  const own = ({ resources }: Pick<Container, 'resources'>): Amounts => amountsOf(resources?.[side]);
  let sidecars: Amounts = new Map();
  let initMost: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const stays = container.restartPolicy === 'Always';
    if (stays) sidecars = addAmounts(sidecars, own(container));
    initMost = maxAmounts(initMost, stays ? sidecars : addAmounts(sidecars, own(container)));
  }
  const running = spec.containers.map(own).reduce(addAmounts, sidecars);
  const together = new Map([...maxAmounts(running, initMost), ...own({ resources: spec.resources })]);
  const overhead = amountsOf(spec.overhead);
  if (side === 'requests') return addAmounts(together, overhead);
  return new Map([...together].map(([name, limit]) => [name, limit.add(overhead.get(name) ?? Quantity.of(0))]));
}

function serviceUsage({ spec }: Service): Amounts {
  const ports = spec?.ports ?? [];
  const usage = new Map([['services', ONE]]);
  if (spec?.type === 'NodePort') usage.set('services.nodeports', Quantity.of(ports.length));
  if (spec?.type === 'LoadBalancer') {
    const open =
      spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => (nodePort ?? 0) !== 0) : ports;
    usage.set('services.nodeports', Quantity.of(open.length)).set('services.loadbalancers', ONE);
  }
  return usage;
}

function claimUsage({ metadata, spec }: PersistentVolumeClaim): Amounts {
  const usage = new Map([['persistentvolumeclaims', ONE]]);
  const storageClass = metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] ?? spec?.storageClassName ?? '';
  const text = spec?.resources?.requests?.['storage'];
  if (storageClass !== '') usage.set(`${storageClass}${STORAGE_CLASS_SUFFIX}persistentvolumeclaims`, ONE);
  if (text === undefined) return usage;
  const storage = parseQuantity(text);
  usage.set('requests.storage', storage);
  if (storageClass !== '') usage.set(`${storageClass}${STORAGE_CLASS_SUFFIX}requests.storage`, storage);
  return usage;
}

const MUST_BE_SET = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);

/**
 * What containers have to say because a quota counts it, such as `must specify limits.cpu for: c`; undefined when nothing
 * is missing.
 */
export function missingFromPod({ spec }: Pod, names: readonly string[]): string | undefined {
  const required = names.filter((name) => MUST_BE_SET.has(name)).toSorted();
  const missing = required.flatMap((name) => {
    if (spec.resources !== undefined && says(spec, name)) return [];
    const silent = [...spec.containers, ...(spec.initContainers ?? [])].filter((container) => !says(container, name));
    return silent.length === 0
      ? []
      : [
          `${name} for: ${silent
            .map((one) => one.name)
            .toSorted()
            .join(',')}`,
        ];
  });
  return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`;
}

function says({ resources }: Pick<Container, 'resources'>, name: string): boolean {
  const [side, resource] = name.startsWith('limits.')
    ? (['limits', name.slice('limits.'.length)] as const)
    : (['requests', name.replace('requests.', '')] as const);
  return resources?.[side]?.[resource] !== undefined;
}
