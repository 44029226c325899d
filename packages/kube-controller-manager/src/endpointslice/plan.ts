import {
  type Endpoint,
  type EndpointSlice,
  isTerminating,
  nameOf,
  namespaceOf,
  ownerReferenceTo,
  Resources,
  type Service,
} from '@steersman/api';
import { canonicalText, same } from '../controller/same.ts';
import { isHeadless, type PodPort } from '../service-pods/ports.ts';
import type { AddressType } from './endpoint.ts';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

/** Endpoints that share their ports; slices hold one such group each. */
export interface EndpointGroup {
  readonly addressType: AddressType;
  readonly ports: readonly PodPort[];
  readonly endpoints: readonly Endpoint[];
}
export interface Observed {
  readonly service: Service;
  readonly groups: readonly EndpointGroup[];
  readonly addressTypes: readonly AddressType[];
  /** Slices of the service that this controller made. */
  readonly slices: readonly EndpointSlice[];
  readonly endpointsPerSliceMax: number;
}
export interface SlicePlan {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** The service's own labels go along, except for those that say what a slice is. */
export function sliceLabels(service: Service): Readonly<Record<string, string>> {
  const {
    [SERVICE_NAME_LABEL]: _name,
    [MANAGED_BY_LABEL]: _manager,
    [HEADLESS_LABEL]: _headless,
    ...own
  } = service.metadata.labels ?? {};
  return {
    ...own,
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
    [SERVICE_NAME_LABEL]: nameOf(service),
    [MANAGED_BY_LABEL]: MANAGER,
  };
}

function newSlice(
  service: Service,
  addressType: AddressType,
  ports: EndpointSlice['ports'],
  endpoints: readonly Endpoint[],
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${nameOf(service)}-`,
      namespace: namespaceOf(service),
      labels: sliceLabels(service),
      ownerReferences: [ownerReferenceTo(service, Resources.services)],
    },
    addressType,
    endpoints,
    ports: ports ?? [],
  };
}

function slicePorts(ports: readonly PodPort[]): NonNullable<EndpointSlice['ports']> {
  return ports.map(({ name, port, protocol, appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));
}

/** Tells which endpoint is which across passes: the pod and its address. */
function identity({ targetRef, addresses }: Endpoint): string {
  return `${targetRef?.uid ?? ''} ${addresses.join(',')}`;
}

/** One group's slices: endpoints stay where they are; new ones fill the emptiest changed slice, then new slices. */
function planGroup(observed: Observed, group: EndpointGroup, slices: readonly EndpointSlice[]): SlicePlan {
  const { service, endpointsPerSliceMax } = observed;
  const ports = slicePorts(group.ports);
  const wanted = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const contents = slices.map((slice) => {
    const kept: Endpoint[] = [];
    for (const endpoint of slice.endpoints ?? []) {
      const next = wanted.get(identity(endpoint));
      if (next === undefined) continue;
      kept.push(next);
      wanted.delete(identity(endpoint));
    }
    return { slice, endpoints: kept };
  });
  const missing = [...wanted.values()];
  for (const content of contents.toSorted((a, b) => b.endpoints.length - a.endpoints.length)) {
    content.endpoints.push(...missing.splice(0, Math.max(0, endpointsPerSliceMax - content.endpoints.length)));
  }
  const create: EndpointSlice[] = [];
  while (missing.length > 0)
    create.push(newSlice(service, group.addressType, ports, missing.splice(0, endpointsPerSliceMax)));
  const labels = sliceLabels(service);
  const remove = contents.filter(({ endpoints }) => endpoints.length === 0).map(({ slice }) => slice);
  const update = contents
    .filter(({ endpoints }) => endpoints.length > 0)
    .filter(
      ({ slice, endpoints }) =>
        !same(slice.endpoints, endpoints) || !same(slice.metadata.labels, labels) || !same(slice.ports, ports),
    )
    .map(({ slice, endpoints }) => ({ ...slice, metadata: { ...slice.metadata, labels }, endpoints, ports }));
  return { create, update, remove };
}

/** A service without endpoints keeps one empty slice per family, so that its readers see that it is known. */
function withPlaceholder(
  observed: Observed,
  addressType: AddressType,
  plan: SlicePlan,
  slices: readonly EndpointSlice[],
): SlicePlan {
  const remaining = slices.length - plan.remove.length + plan.create.length;
  if (remaining > 0) return plan;
  const placeholder = newSlice(observed.service, addressType, [], []);
  const [reused, ...remove] = plan.remove;
  if (reused === undefined) return { ...plan, create: [placeholder] };
  const { labels } = placeholder.metadata;
  const emptied = { ...reused, metadata: { ...reused.metadata, labels }, endpoints: [], ports: [] };
  const changed = !same(reused.endpoints, []) || !same(reused.ports, []) || !same(reused.metadata.labels, labels);
  return { ...plan, update: changed ? [...plan.update, emptied] : plan.update, remove };
}

/** Decides which slices to create, change and delete: as few as possible, none that is right already. */
export function planSlices(observed: Observed): SlicePlan {
  const live = observed.slices.filter((slice) => !isTerminating(slice));
  const supported = (slice: EndpointSlice) => observed.addressTypes.includes(slice.addressType as AddressType);
  const plans: SlicePlan[] = [{ create: [], update: [], remove: live.filter((slice) => !supported(slice)) }];
  for (const addressType of observed.addressTypes) {
    const slices = live.filter((slice) => slice.addressType === addressType);
    const groups = observed.groups.filter((group) => group.addressType === addressType && group.endpoints.length > 0);
    const claimed = new Set<EndpointSlice>();
    const parts = groups.map((group) => {
      const text = canonicalText(slicePorts(group.ports));
      const own = slices.filter(
        (slice) => canonicalText(slice.ports) === text || (groups.length === 1 && (slice.endpoints ?? []).length === 0),
      );
      for (const slice of own) claimed.add(slice);
      return planGroup(observed, group, own);
    });
    const unclaimed = slices.filter((slice) => !claimed.has(slice));
    const whole = merged([...parts, { create: [], update: [], remove: unclaimed }]);
    plans.push(withPlaceholder(observed, addressType, whole, slices));
  }
  return merged(plans);
}

function merged(plans: readonly SlicePlan[]): SlicePlan {
  return {
    create: plans.flatMap(({ create }) => create),
    update: plans.flatMap(({ update }) => update),
    remove: plans.flatMap(({ remove }) => remove),
  };
}
