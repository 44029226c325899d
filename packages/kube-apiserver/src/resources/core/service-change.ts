/** What an update of a Service keeps of the old one, and what a change of type drops. */
import type { Draft, Service, ServiceSpec } from '@steersman/api';
import { semanticEqual } from '@steersman/api';

type Spec = Draft<ServiceSpec> | ServiceSpec;

export function needsClusterIp({ type }: Pick<ServiceSpec, 'type'>): boolean {
  return type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';
}

export function isHeadless({ clusterIP, clusterIPs }: Pick<ServiceSpec, 'clusterIP' | 'clusterIPs'>): boolean {
  return clusterIP === 'None' || clusterIPs?.[0] === 'None';
}

/** Whether ports of this service get a port on every node. */
export function needsNodePorts({
  type,
  allocateLoadBalancerNodePorts,
}: Pick<ServiceSpec, 'type' | 'allocateLoadBalancerNodePorts'>): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}

/** Load balancers that keep traffic local ask nodes, on a port of its own, whether they have pods. */
export function needsHealthCheckPort({
  type,
  externalTrafficPolicy,
}: Pick<ServiceSpec, 'type' | 'externalTrafficPolicy'>): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

/** Clients that write back an older form of the object do not give up what was allocated. */
export function keepAllocatedValues(draft: Draft<Service>, old: Service): void {
  const now = draft.spec;
  const before = old.spec;
  followClusterIp(now, before);
  if (needsClusterIp(before) && needsClusterIp(now)) {
    now.clusterIP ||= before.clusterIP;
    if ((now.clusterIPs ?? []).length === 0 && now.clusterIP === before.clusterIP && before.clusterIPs !== undefined)
      now.clusterIPs = [...before.clusterIPs];
    if ((now.ipFamilies ?? []).length === 0 && before.ipFamilies !== undefined) now.ipFamilies = [...before.ipFamilies];
    now.ipFamilyPolicy ??= before.ipFamilyPolicy;
  }
  if (needsNodePorts(before) && needsNodePorts(now)) keepNodePorts(now, before);
  if (needsHealthCheckPort(before) && needsHealthCheckPort(now)) now.healthCheckNodePort ||= before.healthCheckNodePort;
}

/** Old clients change or clear `clusterIP` alone: the list follows, and what is not allowed is refused there. */
function followClusterIp(now: Draft<ServiceSpec>, before: ServiceSpec): void {
  const same = JSON.stringify(now.clusterIPs ?? []) === JSON.stringify(before.clusterIPs ?? []);
  if (!same || now.clusterIP === before.clusterIP) return;
  if (now.clusterIP) now.clusterIPs = [now.clusterIP];
  else delete now.clusterIPs;
}

function keepNodePorts(now: Draft<ServiceSpec>, before: ServiceSpec): void {
  const key = ({ protocol, port }: { protocol?: string | undefined; port: number }) => `${protocol}/${port}`;
  const used = new Set((now.ports ?? []).map(({ nodePort }) => nodePort));
  const old = new Map((before.ports ?? []).map((port) => [key(port), port.nodePort]));
  for (const port of now.ports ?? []) {
    const nodePort = old.get(key(port));
    if (port.nodePort || !nodePort || used.has(nodePort)) continue;
    port.nodePort = nodePort;
    used.add(nodePort);
  }
}

/** Fields that only made sense for the old type go, unless the writer changed them too (then validation speaks). */
export function dropFieldsOfOldType(draft: Draft<Service>, old: Service): void {
  const now = draft.spec;
  const before = old.spec;
  const drop = (field: keyof ServiceSpec) => {
    if (semanticEqual(now[field] ?? null, before[field] ?? null)) delete now[field];
  };
  if (needsClusterIp(before) && !needsClusterIp(now)) {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const)
      drop(field);
  }
  if (usesNodePorts(before) && !usesNodePorts(now)) {
    const old = new Set((before.ports ?? []).map(({ nodePort }) => nodePort));
    for (const port of now.ports ?? []) if (old.has(port.nodePort)) delete port.nodePort;
  }
  if (needsHealthCheckPort(before) && !needsHealthCheckPort(now)) drop('healthCheckNodePort');
  if (before.type === 'LoadBalancer' && now.type !== 'LoadBalancer') {
    for (const field of [
      'allocateLoadBalancerNodePorts',
      'loadBalancerClass',
      'loadBalancerIP',
      'loadBalancerSourceRanges',
    ] as const)
      drop(field);
  }
  const external = (spec: Spec) =>
    spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs ?? []).length > 0;
  if (external(before) && !external(now)) drop('externalTrafficPolicy');
}

/** Whether node ports may be set at all. */
function usesNodePorts({ type }: Pick<ServiceSpec, 'type'>): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}
