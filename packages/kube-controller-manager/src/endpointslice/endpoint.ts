import { type Endpoint, isTerminating, type Node, nameOf, namespaceOf, type Pod, type Service } from '@steersman/api';
import { isReady } from '../pods/pod-state.ts';
import { hostnameOf } from '../service-pods/ports.ts';
import { addressesOf } from '../service-pods/selection.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

export type AddressType = 'IPv4' | 'IPv6';

export function familyOf(address: string): AddressType {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** Where traffic should prefer to stay (KEP-4444, KEP-3015). */
function hintsOf({ spec }: Service, zone: string | undefined, nodeName: string | undefined): Endpoint['hints'] {
  const forZones = zone === undefined ? {} : { forZones: [{ name: zone }] };
  switch (spec.trafficDistribution) {
    case 'PreferClose':
    case 'PreferSameZone':
      return zone === undefined ? undefined : forZones;
    case 'PreferSameNode':
      return nodeName === undefined ? undefined : { ...forZones, forNodes: [{ name: nodeName }] };
    default:
      return undefined;
  }
}

/**
 * The endpoint of a pod for one address family; undefined when the pod has no address of it. `ready` follows
 * `publishNotReadyAddresses`; `serving` and `terminating` tell the truth (KEP-1672).
 */
export function endpointOf(
  service: Service,
  pod: Pod,
  node: Node | undefined,
  family: AddressType,
): Endpoint | undefined {
  const addresses = addressesOf(pod).filter((address) => familyOf(address) === family);
  if (addresses.length === 0) return undefined;
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = node?.metadata.labels?.[ZONE_LABEL];
  const { nodeName } = pod.spec;
  const hostname = hostnameOf(service, pod);
  const hints = ready ? hintsOf(service, zone, nodeName) : undefined;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: {
      kind: 'Pod',
      namespace: namespaceOf(pod),
      name: nameOf(pod),
      ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }),
    },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(hints === undefined ? {} : { hints }),
  };
}
