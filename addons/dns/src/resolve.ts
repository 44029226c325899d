/**
 * Question in, answer out, by the Kubernetes DNS specification, schema 1.1.0. No sockets and no clock here.
 */
import { isIP } from 'node:net';
import {
  type Answer,
  type ClusterView,
  type EndpointView,
  FORWARD,
  type PortView,
  type Question,
  type RecordData,
  type ResourceRecord,
  type ServiceView,
} from './contract.ts';
import { addressOfReverseName } from './reverse.ts';

/** How long clients may keep an answer; upstream's add-on uses the same. */
const TTL_SECONDS = 30;
const SCHEMA_VERSION = '1.1.0';

export interface Zone {
  /** Such as `cluster.local`, lower case, no trailing dot. */
  readonly domain: string;
  /** The Service address of this DNS. */
  readonly address: string;
  /** Raised when the data changes; seconds since the epoch will do. */
  readonly serial: () => number;
}

/** One owner name with what is known about it: records by type, and records that explain their targets. */
interface Found {
  readonly records: readonly RecordData[];
  readonly additionals?: readonly ResourceRecord[];
}

/** Answers a question about the cluster's zone or its reverse zones; anything else is `FORWARD`. */
export function resolve(question: Question, view: ClusterView, zone: Zone): Answer | typeof FORWARD {
  const name = question.name.toLowerCase();
  const reverse = addressOfReverseName(name);
  if (reverse !== undefined) return reverseAnswer(question, reverse, view, zone);
  if (name !== zone.domain && !name.endsWith(`.${zone.domain}`)) return FORWARD;
  const labels = name === zone.domain ? [] : name.slice(0, -zone.domain.length - 1).split('.');
  return answerOf(question, find(labels, view, zone), zone);
}

function answerOf(question: Question, found: Found | undefined, zone: Zone): Answer {
  const soa: ResourceRecord = { name: zone.domain, ttlSeconds: TTL_SECONDS, ...soaOf(zone) };
  if (found === undefined) return { code: 'NXDOMAIN', answers: [], additionals: [], authorities: [soa] };
  const matching = found.records.filter(
    ({ type }) => type === question.type || type === 'CNAME' || question.type === 'ANY',
  );
  const answers = matching.map((record) => ({ name: question.name, ttlSeconds: TTL_SECONDS, ...record }));
  const needsTargets = question.type === 'SRV' || question.type === 'ANY';
  return {
    code: 'NOERROR',
    answers,
    additionals: answers.length > 0 && needsTargets ? (found.additionals ?? []) : [],
    authorities: answers.length === 0 ? [soa] : [],
  };
}

function soaOf(zone: Zone): RecordData {
  return { type: 'SOA', primary: `ns.dns.${zone.domain}`, mailbox: `hostmaster.${zone.domain}`, serial: zone.serial() };
}

/** What stands at a name inside the zone; undefined when the name does not exist. Labels are in the name's order. */
function find(labels: readonly string[], view: ClusterView, zone: Zone): Found | undefined {
  const kind = labels.at(-1);
  if (kind === undefined) return { records: [soaOf(zone), { type: 'NS', target: `ns.dns.${zone.domain}` }] };
  if (kind === 'svc') return labels.length === 1 ? { records: [] } : findService(labels.slice(0, -1), view, zone);
  if (kind === 'pod') return labels.length === 1 ? { records: [] } : findPod(labels.slice(0, -1), view);
  if (labels.length === 1 && kind === 'dns-version') return { records: [{ type: 'TXT', text: SCHEMA_VERSION }] };
  if (kind === 'dns' && labels.length === 1) return { records: [] };
  if (kind === 'dns' && labels.length === 2 && labels[0] === 'ns') return { records: addressRecords([zone.address]) };
  return undefined;
}

/** `[name..., namespace]` under `svc`. */
function findService(labels: readonly string[], view: ClusterView, zone: Zone): Found | undefined {
  const namespace = labels.at(-1) ?? '';
  if (labels.length === 1) return view.namespaceExists(namespace) ? { records: [] } : undefined;
  const service = view.service(namespace, labels.at(-2) ?? '');
  if (service === undefined) return undefined;
  if (service.externalName !== undefined)
    return labels.length === 2 ? { records: [{ type: 'CNAME', target: service.externalName }] } : undefined;
  const inFront = labels.slice(0, -2);
  if (inFront.length === 0) return serviceFound(service, view, zone);
  if (inFront.length === 1) return hostFound(service, inFront[0] ?? '', view);
  if (inFront.length === 2) return portFound(service, inFront[0] ?? '', inFront[1] ?? '', view, zone);
  return undefined;
}

const serviceName = (service: { namespace: string; name: string }, zone: Zone): string =>
  `${service.name}.${service.namespace}.svc.${zone.domain}`;

function addressRecords(addresses: readonly string[]): RecordData[] {
  return addresses.map((address) => ({ type: isIP(address) === 6 ? 'AAAA' : 'A', address }));
}

/** Endpoints that DNS may name: ready ones, or all where the Service says so. */
function published(service: ServiceView, endpoints: readonly EndpointView[]): EndpointView[] {
  return endpoints.filter(({ ready }) => ready || service.publishNotReadyAddresses);
}
function endpointsOf(service: ServiceView, view: ClusterView): EndpointView[] {
  return view.slices(service.namespace, service.name).flatMap(({ endpoints }) => published(service, endpoints));
}

/** The label of an endpoint: its hostname, or its address with dashes. */
export function endpointLabel(endpoint: EndpointView, address: string): string {
  return endpoint.hostname ?? address.replace(/[.:]/g, '-');
}

function serviceFound(service: ServiceView, view: ClusterView, zone: Zone): Found {
  const targets = targetsOf(service, view, zone, () => true);
  if (!service.headless)
    return { records: [...addressRecords(service.clusterIPs), ...targets.records], additionals: targets.additionals };
  const addresses = new Set(endpointsOf(service, view).flatMap((endpoint) => endpoint.addresses));
  return { records: [...addressRecords([...addresses]), ...targets.records], additionals: targets.additionals };
}

/** `host.service.namespace.svc`: one endpoint of a headless Service. */
function hostFound(service: ServiceView, host: string, view: ClusterView): Found | undefined {
  if (service.headless) {
    const addresses = endpointsOf(service, view).flatMap((endpoint) =>
      endpoint.addresses.filter((address) => endpointLabel(endpoint, address) === host),
    );
    if (addresses.length > 0) return { records: addressRecords([...new Set(addresses)]) };
  }
  // `_tcp.web.default.svc` has names below it, so it exists and is empty.
  const isProtocol = service.ports.some(({ protocol }) => `_${protocol.toLowerCase()}` === host);
  return isProtocol ? { records: [] } : undefined;
}

/** `_port._protocol.service.namespace.svc`. */
function portFound(
  service: ServiceView,
  port: string,
  protocol: string,
  view: ClusterView,
  zone: Zone,
): Found | undefined {
  const wanted = (candidate: PortView) =>
    `_${candidate.name}` === port && `_${candidate.protocol.toLowerCase()}` === protocol;
  const found = targetsOf(service, view, zone, wanted);
  return found.records.length === 0 ? undefined : found;
}

interface Target {
  readonly name: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

/** SRV records, with the addresses of their targets beside them. */
function targetsOf(service: ServiceView, view: ClusterView, zone: Zone, wanted: (port: PortView) => boolean) {
  const targets = service.headless
    ? endpointTargets(service, view, zone, wanted)
    : clusterTargets(service, zone, wanted);
  const weight = Math.max(1, Math.floor(100 / Math.max(1, targets.length)));
  const records = targets.map(
    ({ name, port }): RecordData => ({ type: 'SRV', priority: 0, weight, port, target: name }),
  );
  const byName = new Map(targets.map((target) => [target.name, target.addresses]));
  const additionals = [...byName].flatMap(([name, addresses]) =>
    addressRecords(addresses).map((record) => ({ name, ttlSeconds: TTL_SECONDS, ...record })),
  );
  return { records, additionals };
}

function clusterTargets(service: ServiceView, zone: Zone, wanted: (port: PortView) => boolean): Target[] {
  const name = serviceName(service, zone);
  return service.ports.filter(wanted).map(({ port }) => ({ name, port, addresses: service.clusterIPs }));
}

function endpointTargets(
  service: ServiceView,
  view: ClusterView,
  zone: Zone,
  wanted: (port: PortView) => boolean,
): Target[] {
  const targets = new Map<string, Target>();
  for (const slice of view.slices(service.namespace, service.name))
    for (const endpoint of published(service, slice.endpoints))
      for (const address of endpoint.addresses)
        for (const { port } of slice.ports.filter(wanted)) {
          const name = `${endpointLabel(endpoint, address)}.${serviceName(service, zone)}`;
          targets.set(`${name}:${port}:${address}`, { name, port, addresses: [address] });
        }
  return [...targets.values()];
}

/** `1-2-3-4.namespace.pod`: the address is in the name; nothing is looked up but the namespace. */
function findPod(labels: readonly string[], view: ClusterView): Found | undefined {
  const namespace = labels.at(-1) ?? '';
  if (!view.namespaceExists(namespace)) return undefined;
  if (labels.length === 1) return { records: [] };
  const dashed = labels.length === 2 ? (labels[0] ?? '') : '';
  const address = [dashed.replaceAll('-', '.'), dashed.replaceAll('-', ':')].find((text) => isIP(text) !== 0);
  return address === undefined ? undefined : { records: addressRecords([address]) };
}

function reverseAnswer(question: Question, address: string, view: ClusterView, zone: Zone): Answer | typeof FORWARD {
  const targets = reverseTargets(address, view, zone);
  if (targets.length === 0) return FORWARD; // Addresses outside the cluster belong to others.
  const records = targets.map((target): RecordData => ({ type: 'PTR', target }));
  return answerOf(question, { records }, zone);
}

function reverseTargets(address: string, view: ClusterView, zone: Zone): string[] {
  const service = view.serviceByAddress(address);
  if (service !== undefined) return [serviceName(service, zone)];
  const found = new Set<string>();
  for (const slice of view.slicesByAddress(address)) {
    const owner = view.service(slice.namespace, slice.service);
    if (owner === undefined || !owner.headless) continue;
    const endpoint = slice.endpoints.find(({ addresses }) => addresses.includes(address));
    if (endpoint !== undefined) found.add(`${endpointLabel(endpoint, address)}.${serviceName(owner, zone)}`);
  }
  return [...found];
}
