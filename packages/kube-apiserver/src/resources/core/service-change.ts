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
  if (needsClusterIp(before) && needsClusterIp(now)) {
    now.clusterIP ||= before.clusterIP;
    const same = now.clusterIP === before.clusterIP;
    if (same && (now.clusterIPs ?? []).length === 0 && before.clusterIPs !== undefined)
      now.clusterIPs = [...before.clusterIPs];
    if ((now.ipFamilies ?? []).length === 0 && before.ipFamilies !== undefined) now.ipFamilies = [...before.ipFamilies];
    now.ipFamilyPolicy ??= before.ipFamilyPolicy;
  }
  if (usesNodePorts(before) && usesNodePorts(now)) keepNodePorts(now, before);
  if (needsHealthCheckPort(before) && needsHealthCheckPort(now)) now.healthCheckNodePort ||= before.healthCheckNodePort;
  pairAddresses(now, before);
}

/** Whoever changes the old field alone means the new one too. */
function pairAddresses(now: Draft<ServiceSpec>, before: ServiceSpec): void {
  const single = now.clusterIP ?? '';
  if (single === (before.clusterIP ?? '') || !semanticEqual(now.clusterIPs ?? [], before.clusterIPs ?? [])) return;
  if (single === '') delete now.clusterIPs;
  else now.clusterIPs = [single];
}

/** Ports keep their number on the nodes by name, unless another port has it now. */
function keepNodePorts(now: Draft<ServiceSpec>, before: ServiceSpec): void {
  const used = new Set((now.ports ?? []).map(({ nodePort }) => nodePort));
  const old = new Map((before.ports ?? []).map(({ name, nodePort }) => [name ?? '', nodePort]));
  for (const port of now.ports ?? []) {
    const nodePort = old.get(port.name ?? '');
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
    if (semanticEqual(now.clusterIPs ?? [], before.clusterIPs ?? [])) {
      delete now.clusterIP;
      delete now.clusterIPs;
    }
    for (const field of ['ipFamilies', 'ipFamilyPolicy'] as const) drop(field);
  }
  if (usesNodePorts(before) && !usesNodePorts(now)) {
    const known = new Set((before.ports ?? []).map(({ nodePort }) => nodePort));
    const isNew = (now.ports ?? []).some(({ nodePort }) => nodePort && !known.has(nodePort));
    if (!isNew) for (const port of now.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheckPort(before) && !needsHealthCheckPort(now)) drop('healthCheckNodePort');
  if (before.type === 'LoadBalancer' && now.type !== 'LoadBalancer') {
    for (const field of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) drop(field);
  }
  const external = (spec: Spec) =>
    spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs ?? []).length > 0;
  if (external(before) && !external(now)) drop('externalTrafficPolicy');
  // That the balancer goes takes a while; nobody is to see that.
  if (now.type !== 'LoadBalancer') draft.status = { ...draft.status, loadBalancer: {} };
}

/** Whether node ports may be set at all. */
function usesNodePorts({ type }: Pick<ServiceSpec, 'type'>): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}
