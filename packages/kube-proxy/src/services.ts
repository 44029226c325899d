/** From Services and EndpointSlices to what has to be forwarded where. No clock, no client, no node commands. */
import { isIPv6 } from 'node:net';
import type { EndpointSlice, Service } from '@steersman/api';
import type { Endpoint, Protocol, ServicePort } from './contract.ts';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
/** Services that carry this label are somebody else's to implement (KEP-2447). */
export const PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
/** Upstream's default for sessionAffinityConfig.clientIP.timeoutSeconds: three hours. */
const AFFINITY_SECONDS_DEFAULT = 10_800;

export interface Observed {
  readonly services: readonly Service[];
  /** EndpointSlices by `namespace/service`. */
  readonly slicesOf: (serviceKey: string) => readonly EndpointSlice[];
  readonly nodeName: string;
  /** The node's topology.kubernetes.io/zone; undefined: not known, and hints for zones are not followed. */
  readonly zone?: string | undefined;
  readonly family: 'IPv4' | 'IPv6';
}

/** Every Service port of the family that has an address of its own, in a stable order. */
export function servicePorts(observed: Observed): ServicePort[] {
  const ports = observed.services.filter(isProxied).flatMap((service) => portsOf(service, observed));
  return ports.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function isProxied({ metadata, spec }: Service): boolean {
  const labels = metadata.labels ?? {};
  if (PROXY_NAME_LABEL in labels || HEADLESS_LABEL in labels || spec.type === 'ExternalName') return false;
  return spec.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';
}

function portsOf(service: Service, observed: Observed): ServicePort[] {
  const { spec, metadata } = service;
  const ofFamily = (address: string) => isIPv6(address) === (observed.family === 'IPv6');
  const rangeOfFamily = (range: string) => range.includes(':') === (observed.family === 'IPv6');
  const clusterIP = (spec.clusterIPs ?? [spec.clusterIP ?? '']).find((address) => address !== '' && ofFamily(address));
  if (clusterIP === undefined) return [];
  const namespace = metadata.namespace ?? '';
  const name = metadata.name ?? '';
  const slices = observed.slicesOf(`${namespace}/${name}`).filter(({ addressType }) => addressType === observed.family);
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const isLoadBalancer = spec.type === 'LoadBalancer';
  return (spec.ports ?? []).map((port) => {
    const candidates = endpointsOf(slices, port.name ?? '', observed);
    return {
      key: `${namespace}/${name}:${port.name ?? ''}`,
      namespace,
      name,
      portName: port.name ?? '',
      protocol: (port.protocol ?? 'TCP').toLowerCase() as Protocol,
      clusterIP,
      port: port.port,
      nodePort: port.nodePort === 0 ? undefined : port.nodePort,
      externalIPs: (spec.externalIPs ?? []).filter(ofFamily),
      loadBalancerIPs: isLoadBalancer
        ? ingress
            .filter(({ ipMode }) => ipMode !== 'Proxy')
            .flatMap(({ ip }) => (ip !== undefined && ofFamily(ip) ? [ip] : []))
        : [],
      sourceRanges: isLoadBalancer
        ? (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter(rangeOfFamily)
        : [],
      affinitySeconds:
        spec.sessionAffinity === 'ClientIP'
          ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS_DEFAULT)
          : undefined,
      internalLocal: spec.internalTrafficPolicy === 'Local',
      externalLocal: spec.externalTrafficPolicy === 'Local',
      endpoints: hinted(usable(candidates)),
      localEndpoints: plain(usable(candidates.filter(({ local }) => local))),
      ...(isLoadBalancer && spec.externalTrafficPolicy === 'Local' && (spec.healthCheckNodePort ?? 0) > 0
        ? { healthCheckPort: spec.healthCheckNodePort }
        : {}),
    };
  });
}

interface Candidate extends Endpoint {
  readonly ready: boolean;
  readonly servingTerminating: boolean;
  /** What the endpoint's hints say about this node; undefined without such hints. */
  readonly forNode: boolean | undefined;
  readonly forZone: boolean | undefined;
}

function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  { nodeName, zone }: Pick<Observed, 'nodeName' | 'zone'>,
): Candidate[] {
  return slices.flatMap(({ endpoints, ports }) => {
    const port = (ports ?? []).find(({ name }) => (name ?? '') === portName)?.port;
    if (port === undefined) return [];
    return (endpoints ?? []).flatMap(({ addresses, conditions, hints, nodeName: on }) => {
      const address = addresses[0]; // All addresses of an endpoint are the same endpoint (EndpointSlice API).
      if (address === undefined) return [];
      const ready = conditions?.ready ?? true;
      const servingTerminating = (conditions?.serving ?? ready) && conditions?.terminating === true;
      const forNode = hints?.forNodes?.some(({ name }) => name === nodeName);
      const forZone = zone === undefined ? undefined : hints?.forZones?.some(({ name }) => name === zone);
      return [{ address, port, local: on === nodeName, ready, servingTerminating, forNode, forZone }];
    });
  });
}

/** Ready endpoints; when there is none, those that still serve while they terminate (KEP-1669). */
function usable(candidates: readonly Candidate[]): readonly Candidate[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  return ready.length > 0 ? ready : candidates.filter((candidate) => candidate.servingTerminating);
}

/**
 * Those meant for this node, else for its zone (KEP-2433, KEP-4444). Hints count only when every endpoint has them and
 * at least one means us: anything else is a distribution that is still being worked out.
 */
function hinted(candidates: readonly Candidate[]): Endpoint[] {
  for (const kind of ['forNode', 'forZone'] as const) {
    const meant = candidates.filter((candidate) => candidate[kind] === true);
    if (meant.length > 0 && candidates.every((candidate) => candidate[kind] !== undefined)) return plain(meant);
  }
  return plain(candidates);
}

/** Without duplicates, in a stable order. */
function plain(candidates: readonly Candidate[]): Endpoint[] {
  const unique = new Map(
    candidates.map(({ address, port, local }) => [`${address} ${port}`, { address, port, local }]),
  );
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}
