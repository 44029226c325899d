/** What a Service may look like. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  path,
  type Service,
  type ServicePort,
  type ServiceSpec,
  semanticEqual,
} from '@steersman/api';
import { each, empty, invalidFor, oneOf, requiredOneOf } from '../checks.ts';
import { validateLabels } from '../metadata.ts';
import { validatePort } from '../pod-spec/probes.ts';
import { validateEndpointIp } from './endpoints.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort } from './service-change.ts';

const KUBELET_PORT = 10250;
const AFFINITY_SECONDS_MAX = 86400;
const SPEC = path('spec');

export function validateService({ spec }: Service): FieldError[] {
  return [
    ...validateByType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, SPEC.child('selector')),
    ...validateAffinity(spec),
    ...validateAddresses(spec),
    ...each(spec.externalIPs, SPEC.child('externalIPs'), validateEndpointIp),
    ...requiredOneOf(spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], SPEC.child('type')),
    ...validateNodePorts(spec),
    ...validateRepeatedPorts(spec.ports),
    ...validateLoadBalancer(spec),
    ...validateTraffic(spec),
  ];
}

function validateByType(spec: ServiceSpec): FieldError[] {
  const portsAt = SPEC.child('ports');
  const errors: FieldError[] = [];
  if ((spec.ports ?? []).length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName')
    errors.push(fieldErrors.required(portsAt, ''));
  if (spec.type === 'LoadBalancer') {
    const detail = `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`;
    errors.push(
      ...each(spec.ports, portsAt, ({ port }, at) =>
        port === KUBELET_PORT ? [fieldErrors.invalid(at, port, detail)] : [],
      ),
    );
  }
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    errors.push(
      fieldErrors.invalid(
        SPEC.child('clusterIPs').index(0),
        'None',
        `may not be set to 'None' for ${spec.type} services`,
      ),
    );
  }
  if (spec.type === 'ExternalName') {
    if ((spec.clusterIPs ?? []).length > 0)
      errors.push(fieldErrors.forbidden(SPEC.child('clusterIPs'), "may not be set when type is 'ExternalName'"));
    const host = (spec.externalName ?? '').replace(/\.$/, '');
    if (host === '') errors.push(fieldErrors.required(SPEC.child('externalName'), ''));
    else errors.push(...invalidFor(names.dns1123Subdomain(host), spec.externalName, SPEC.child('externalName')));
  }
  return errors;
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const seen = new Set<string>();
  const severals = (spec.ports ?? []).length > 1;
  return each(spec.ports, SPEC.child('ports'), (port, at) => [
    ...validatePortName(port, severals, seen, at.child('name')),
    ...invalidFor(names.portNumber(port.port), port.port, at.child('port')),
    ...requiredOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], at.child('protocol')),
    ...validatePort(port.targetPort, at.child('targetPort')),
    ...(empty(port.appProtocol)
      ? []
      : invalidFor(names.qualifiedName(port.appProtocol), port.appProtocol, at.child('appProtocol'))),
  ]);
}

function validatePortName({ name }: ServicePort, required: boolean, seen: Set<string>, at: FieldPath): FieldError[] {
  if (empty(name)) return required ? [fieldErrors.required(at, '')] : [];
  const errors = invalidFor(names.dns1123Label(name), name, at);
  if (seen.has(name)) errors.push(fieldErrors.duplicate(at, name));
  seen.add(name);
  return errors;
}

function validateAffinity(spec: ServiceSpec): FieldError[] {
  const at = SPEC.child('sessionAffinityConfig');
  const errors = requiredOneOf(spec.sessionAffinity, ['ClientIP', 'None'], SPEC.child('sessionAffinity'));
  if (spec.sessionAffinity === 'ClientIP') {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds === undefined) errors.push(fieldErrors.required(at, 'when session affinity type is ClientIP'));
    else if (seconds <= 0 || seconds > AFFINITY_SECONDS_MAX) {
      errors.push(
        fieldErrors.invalid(
          at.child('clientIP', 'timeoutSeconds'),
          seconds,
          `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`,
        ),
      );
    }
  } else if (spec.sessionAffinityConfig !== undefined) {
    errors.push(fieldErrors.forbidden(at, `must not be set when session affinity is ${spec.sessionAffinity}`));
  }
  return errors;
}

function validateAddresses(spec: ServiceSpec): FieldError[] {
  const at = SPEC.child('clusterIPs');
  const addresses = spec.clusterIPs ?? [];
  if (!needsClusterIp(spec)) return [];
  const errors: FieldError[] = [];
  const [first] = addresses;
  if (first !== undefined && (spec.clusterIP ?? '') !== first)
    errors.push(fieldErrors.invalid(at, addresses, 'first value must match `clusterIP`'));
  if (addresses.length > 2) errors.push(fieldErrors.invalid(at, addresses, 'may only hold up to 2 values'));
  if (addresses.length > 1 && addresses.includes('None'))
    errors.push(
      fieldErrors.invalid(
        at.index(addresses.indexOf('None')),
        'None',
        "must not be 'None' if more than one value is given",
      ),
    );
  errors.push(
    ...each(addresses, at, (address, where) =>
      address === 'None' || address === '' ? [] : invalidFor(names.ip(address), address, where),
    ),
  );
  if (addresses.length === 2 && isV6(addresses[0]) === isV6(addresses[1]))
    errors.push(fieldErrors.invalid(at, addresses, 'may specify no more than one IP for each IP family'));
  return [...errors, ...validateFamilies(spec)];
}

function validateFamilies(spec: ServiceSpec): FieldError[] {
  const at = SPEC.child('ipFamilies');
  const families = spec.ipFamilies ?? [];
  const errors = each(families, at, (family, where) => oneOf(family, ['IPv4', 'IPv6'], where));
  if (new Set(families).size !== families.length) errors.push(fieldErrors.duplicate(at.index(1), families[1]));
  if (spec.ipFamilyPolicy !== undefined)
    errors.push(
      ...oneOf(
        spec.ipFamilyPolicy,
        ['PreferDualStack', 'RequireDualStack', 'SingleStack'],
        SPEC.child('ipFamilyPolicy'),
      ),
    );
  for (const [index, address] of (spec.clusterIPs ?? []).entries()) {
    const family = families[index];
    if (address === 'None' || address === '' || family === undefined) continue;
    if (isV6(address) !== (family === 'IPv6')) {
      errors.push(
        fieldErrors.invalid(
          SPEC.child('clusterIPs').index(index),
          address,
          `expected an ${family} value as indicated by \`ipFamilies[${index}]\``,
        ),
      );
    }
  }
  return errors;
}

function isV6(address: string | undefined): boolean {
  return address?.includes(':') ?? false;
}

function validateNodePorts(spec: ServiceSpec): FieldError[] {
  const seen = new Set<string>();
  return each(spec.ports, SPEC.child('ports'), ({ nodePort, protocol }, at) => {
    if (!nodePort) return [];
    if (spec.type === 'ClusterIP')
      return [fieldErrors.forbidden(at.child('nodePort'), "may not be used when `type` is 'ClusterIP'")];
    const key = `${protocol}/${nodePort}`;
    if (seen.has(key)) return [fieldErrors.duplicate(at.child('nodePort'), nodePort)];
    seen.add(key);
    return [];
  });
}

function validateRepeatedPorts(ports: readonly ServicePort[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(ports, SPEC.child('ports'), ({ port, protocol }, at) => {
    const key = `${protocol}/${port}`;
    // The value is shown the way upstream prints its own structure.
    if (seen.has(key))
      return [
        fieldErrors.duplicate(at, {
          Name: '',
          Protocol: protocol,
          AppProtocol: null,
          Port: port,
          TargetPort: 0,
          NodePort: 0,
        }),
      ];
    seen.add(key);
    return [];
  });
}

function validateLoadBalancer(spec: ServiceSpec): FieldError[] {
  const only = "may only be used when `type` is 'LoadBalancer'";
  const at = SPEC.child('loadBalancerSourceRanges');
  if (spec.type === 'LoadBalancer') {
    const missing =
      spec.allocateLoadBalancerNodePorts === undefined
        ? [fieldErrors.required(SPEC.child('allocateLoadBalancerNodePorts'), '')]
        : [];
    return [
      ...missing,
      ...each(spec.loadBalancerSourceRanges, at, (range, where) => invalidFor(names.cidr(range.trim()), range, where)),
    ];
  }
  return [
    ...((spec.loadBalancerSourceRanges ?? []).length > 0 ? [fieldErrors.forbidden(at, only)] : []),
    ...(spec.allocateLoadBalancerNodePorts === undefined
      ? []
      : [fieldErrors.forbidden(SPEC.child('allocateLoadBalancerNodePorts'), only)]),
    ...(spec.loadBalancerClass === undefined ? [] : [fieldErrors.forbidden(SPEC.child('loadBalancerClass'), only)]),
  ];
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const at = SPEC.child('externalTrafficPolicy');
  const external =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  const policy = spec.externalTrafficPolicy;
  if (!external && !empty(policy))
    errors.push(fieldErrors.invalid(at, policy, 'may only be set for externally-accessible services'));
  if (external && empty(policy)) errors.push(fieldErrors.required(at, ''));
  if (external && !empty(policy)) errors.push(...oneOf(policy, ['Cluster', 'Local'], at));
  const portAt = SPEC.child('healthCheckNodePort');
  const healthPort = spec.healthCheckNodePort ?? 0;
  if (healthPort < 0) errors.push(...invalidFor(names.portNumber(healthPort), healthPort, portAt));
  if (healthPort > 0 && !needsHealthCheckPort(spec)) {
    errors.push(
      fieldErrors.invalid(
        portAt,
        healthPort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  }
  if (spec.internalTrafficPolicy !== undefined)
    errors.push(...oneOf(spec.internalTrafficPolicy, ['Cluster', 'Local'], SPEC.child('internalTrafficPolicy')));
  else if (spec.type !== 'ExternalName') errors.push(fieldErrors.required(SPEC.child('internalTrafficPolicy'), ''));
  if (spec.trafficDistribution !== undefined) {
    errors.push(
      ...oneOf(
        spec.trafficDistribution,
        ['PreferClose', 'PreferSameNode', 'PreferSameZone'],
        SPEC.child('trafficDistribution'),
      ),
    );
  }
  return errors;
}

/** The addresses of a service are its identity to its clients: the first one stays. */
export function validateServiceUpdate({ spec: now }: Service, { spec: before }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const at = SPEC.child('clusterIPs');
  if (needsClusterIp(now) && needsClusterIp(before)) {
    const old = before.clusterIPs ?? [];
    const addresses = now.clusterIPs ?? [];
    if (old.length > 0 && addresses.length === 0)
      errors.push(fieldErrors.invalid(at.index(0), addresses, 'primary clusterIP can not be unset'));
    else if (old[0] && old[0] !== addresses[0])
      errors.push(fieldErrors.invalid(at.index(0), addresses, 'may not change once set'));
    if (
      before.ipFamilies?.[0] !== undefined &&
      now.ipFamilies?.[0] !== undefined &&
      before.ipFamilies[0] !== now.ipFamilies[0]
    ) {
      errors.push(fieldErrors.invalid(SPEC.child('ipFamilies').index(0), now.ipFamilies, 'may not change once set'));
    }
  }
  if (
    now.type === 'LoadBalancer' &&
    before.type === 'LoadBalancer' &&
    !semanticEqual(now.loadBalancerClass ?? null, before.loadBalancerClass ?? null)
  ) {
    errors.push(fieldErrors.invalid(SPEC.child('loadBalancerClass'), now.loadBalancerClass, 'may not change once set'));
  }
  if (
    needsHealthCheckPort(now) &&
    needsHealthCheckPort(before) &&
    (before.healthCheckNodePort ?? 0) !== 0 &&
    now.healthCheckNodePort !== before.healthCheckNodePort
  ) {
    errors.push(fieldErrors.invalid(SPEC.child('healthCheckNodePort'), now.healthCheckNodePort, 'field is immutable'));
  }
  return errors;
}
