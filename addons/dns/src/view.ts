/** What DNS sees of the cluster, over informers that keep only what DNS needs. */
import { type EndpointSlice, type ObjectMeta, Resources, type Service } from '@steersman/api';
import type { Informers } from '@steersman/client';
import type { ClusterView, ServiceView, SliceView } from './contract.ts';
import { canonicalIPv6 } from './reverse.ts';

interface Kept {
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'resourceVersion'>;
}
type KeptService = Kept & { readonly view: ServiceView };
type KeptSlice = Kept & { readonly view: SliceView };

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

const canonical = (address: string): string => (address.includes(':') ? canonicalIPv6(address) : address);
const kept = ({ name, namespace, resourceVersion }: ObjectMeta): Kept['metadata'] => ({
  name,
  namespace,
  resourceVersion,
});

export function serviceView({ metadata, spec }: Service): ServiceView {
  const clusterIPs = (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(
    (address) => address !== '' && address !== 'None',
  );
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    headless: spec.clusterIP === 'None',
    clusterIPs: clusterIPs.map(canonical),
    ...(spec.type === 'ExternalName' ? { externalName: (spec.externalName ?? '').replace(/\.$/, '') } : {}),
    publishNotReadyAddresses: spec.publishNotReadyAddresses ?? false,
    ports: (spec.ports ?? []).map(({ name = '', protocol = 'TCP', port }) => ({ name, protocol, port })),
  };
}

export function sliceView({ metadata, endpoints, ports }: EndpointSlice): SliceView {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    service: metadata.labels?.[SERVICE_NAME_LABEL] ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    endpoints: (endpoints ?? []).map(({ addresses, hostname, conditions }) => ({
      addresses: addresses.map(canonical),
      ...(hostname === undefined || hostname === '' ? {} : { hostname }),
      ready: conditions?.ready ?? true, // Unknown counts as ready (EndpointSlice API).
    })),
    ports: (ports ?? []).map(({ name, protocol, port }) => ({
      name: name ?? '',
      protocol: protocol ?? 'TCP',
      port: port ?? 0,
    })),
  };
}

/** Asks for the informers; the caller starts them and waits until they have synced. */
export function clusterView(informers: Informers): ClusterView {
  const services = informers.informer(Resources.services, {
    project: (service: Service): KeptService => ({ metadata: kept(service.metadata), view: serviceView(service) }),
    indexes: { address: ({ view }: KeptService) => view.clusterIPs },
  });
  const slices = informers.informer(Resources.endpointSlices, {
    project: (slice: EndpointSlice): KeptSlice => ({ metadata: kept(slice.metadata), view: sliceView(slice) }),
    indexes: {
      service: ({ view }: KeptSlice) => [`${view.namespace}/${view.service}`],
      address: ({ view }: KeptSlice) => view.endpoints.flatMap(({ addresses }) => addresses),
    },
  });
  const namespaces = informers.informer(Resources.namespaces, {
    project: ({ metadata }): Kept => ({ metadata: kept(metadata) }),
  });
  return {
    service: (namespace, name) => services.get(`${namespace}/${name}`)?.view,
    slices: (namespace, service) => slices.byIndex('service', `${namespace}/${service}`).map(({ view }) => view),
    namespaceExists: (name) => namespaces.get(name) !== undefined,
    serviceByAddress: (address) => services.byIndex('address', address)[0]?.view,
    slicesByAddress: (address) => slices.byIndex('address', address).map(({ view }) => view),
  };
}
