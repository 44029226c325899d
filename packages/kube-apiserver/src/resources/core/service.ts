/** Services: validation and the shape of their fields; addresses and ports come from src/allocators. */
import { type Draft, names, type Service } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, mapText, nameColumn, orNone, text } from '../columns.ts';
import { keepSpec, statusOnly } from '../preparation.ts';
import { dropFieldsOfOldType, keepAllocatedValues } from './service-change.ts';
import { validateServiceStatus } from './service-status.ts';
import { validateService, validateServiceUpdate } from './service-validation.ts';
import { serviceStatusWarnings, serviceWarnings } from './service-warnings.ts';

const CLIENT_IP_TIMEOUT_SECONDS_DEFAULT = 10800;

/** The hooks that give a Service its cluster addresses and node ports; see `allocators/service-allocation.ts`. */
export type ServiceAllocation = Required<
  Pick<Strategy<Service>, 'beginCreate' | 'beginUpdate' | 'afterUpdate' | 'afterDelete'>
>;

const preparation = statusOnly<Service>(() => ({ loadBalancer: {} }));

export const service: Strategy<Service> = {
  validated: true,
  defaults: defaultService,
  prepareForCreate: preparation.prepareForCreate,
  prepareForUpdate(draft, old, context) {
    preparation.prepareForUpdate(draft, old, context);
    keepAllocatedValues(draft, old);
    dropFieldsOfOldType(draft, old);
  },
  validateName: names.asPrefix(names.dns1123Label),
  validate: (object) => validateService(object),
  validateUpdate: validateServiceUpdate,
  warnings: (object) => serviceWarnings(object),
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: validateServiceStatus,
    warnings: serviceStatusWarnings,
  },
  columns: [
    nameColumn(),
    text('Type', 'How the service is reached.', ({ spec }) => spec.type ?? ''),
    text('Cluster-IP', 'The address inside the cluster.', ({ spec }) => spec.clusterIPs?.[0] ?? '<none>'),
    text('External-IP', 'Addresses outside the cluster.', externalAddresses),
    text('Port(s)', 'Ports, each with its node port if it has one.', ({ spec }) => portsText(spec.ports)),
    ageColumn(),
    text('Selector', 'Which pods serve it.', ({ spec }) => mapText(spec.selector), 1),
  ],
  selectable: {
    reads: ['spec.clusterIP', 'spec.type'],
    fields: ({ spec }) => ({ 'spec.clusterIP': spec.clusterIP ?? '', 'spec.type': spec.type ?? '' }),
  },
};

function defaultService(draft: Draft<Service>): void {
  const { spec } = draft;
  for (const ingress of draft.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
  if (spec === undefined) return;
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: CLIENT_IP_TIMEOUT_SECONDS_DEFAULT } };
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  const external =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (external) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  // Old clients know only the single address: the two fields say the same.
  if (spec.clusterIP && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP];
}

function externalAddresses({ spec, status }: Service): string {
  const own = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ExternalName':
      return spec.externalName ?? '';
    case 'LoadBalancer': {
      const points = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip || hostname || []);
      const all = [...[...new Set(points)].toSorted(), ...own];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ClusterIP':
    case 'NodePort':
      return orNone(own.join(','));
    default:
      return '<unknown>';
  }
}

function portsText(ports: Service['spec']['ports'] = []): string {
  return orNone(
    ports
      .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`)
      .join(','),
  );
}
