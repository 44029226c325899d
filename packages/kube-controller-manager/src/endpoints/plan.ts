import {
  type EndpointSubset,
  type Endpoints,
  isTerminating,
  nameOf,
  namespaceOf,
  type Pod,
  type Service,
} from '@steersman/api';
import { canonicalText, same } from '../controller/same.ts';
import { isReady } from '../pods/pod-state.ts';
import { hostnameOf, isHeadless, portsOf } from '../service-pods/ports.ts';
import { addressesOf } from '../service-pods/selection.ts';

export const MANAGED_BY_LABEL = 'endpoints.kubernetes.io/managed-by';
export const MANAGER = 'endpoint-controller';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const OVER_CAPACITY_ANNOTATION = 'endpoints.kubernetes.io/over-capacity';
/** Upstream's limit of addresses in one Endpoints object; EndpointSlices have no such limit. */
const ADDRESSES_MAX = 1000;

type Address = NonNullable<EndpointSubset['addresses']>[number];
interface Place {
  readonly ports: NonNullable<EndpointSubset['ports']>;
  readonly ready: Address[];
  readonly notReady: Address[];
}

function addressOf(service: Service, pod: Pod): Address | undefined {
  const family = service.spec.ipFamilies?.[0] === 'IPv6';
  const ip = addressesOf(pod).find((address) => address.includes(':') === family);
  if (ip === undefined) return undefined;
  const hostname = hostnameOf(service, pod);
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: {
      kind: 'Pod',
      namespace: namespaceOf(pod),
      name: nameOf(pod),
      ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }),
    },
  };
}

function byIp(a: Address, b: Address): number {
  return a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0;
}

/** The subsets: addresses that share their ports together, in the order that every pass gives them. */
export function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const places = new Map<string, Place>();
  for (const pod of pods) {
    const address = addressOf(service, pod);
    if (address === undefined) continue;
    const ports = portsOf(service, pod).map(({ name, port, protocol, appProtocol }) => ({
      ...(name === '' ? {} : { name }),
      port,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    }));
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const key = canonicalText(ports);
    const place = places.get(key) ?? { ports, ready: [], notReady: [] };
    const ready = service.spec.publishNotReadyAddresses === true || (isReady(pod) && !isTerminating(pod));
    (ready ? place.ready : place.notReady).push(address);
    places.set(key, place);
  }
  let room = ADDRESSES_MAX;
  const take = (addresses: Address[]) => {
    const taken = addresses.sort(byIp).slice(0, room);
    room -= taken.length;
    return taken;
  };
  return [...places]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, notReady }]) => {
      const addresses = take(ready);
      const notReadyAddresses = take(notReady);
      return {
        ...(addresses.length === 0 ? {} : { addresses }),
        ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
        ...(ports.length === 0 ? {} : { ports }),
      };
    });
}

/** The Endpoints object that should be; undefined when the present one is right already. */
export function planEndpoints(
  service: Service,
  pods: readonly Pod[],
  current: Endpoints | undefined,
): Endpoints | undefined {
  const { [HEADLESS_LABEL]: _headless, ...own } = service.metadata.labels ?? {};
  const labels = { ...own, ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}), [MANAGED_BY_LABEL]: MANAGER };
  const { [OVER_CAPACITY_ANNOTATION]: _over, ...kept } = current?.metadata.annotations ?? {};
  const annotations = pods.length > ADDRESSES_MAX ? { ...kept, [OVER_CAPACITY_ANNOTATION]: 'truncated' } : kept;
  const subsets = subsetsOf(service, pods);
  const unchanged =
    current !== undefined &&
    same(subsets, current.subsets) &&
    same(labels, current.metadata.labels) &&
    same(annotations, current.metadata.annotations);
  if (unchanged) return undefined;
  const metadata = {
    ...(current?.metadata ?? { namespace: namespaceOf(service), name: nameOf(service) }),
    labels,
    annotations,
  };
  return { ...current, apiVersion: 'v1', kind: 'Endpoints', metadata, subsets };
}
