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
} from '@steersman/api';
import { validateCidr, validateIp } from '../addresses.ts';
import { each, empty, invalidFor, oneOf, oneOfListed, requiredOneOf } from '../checks.ts';
import { validateLabels } from '../metadata.ts';
import { validatePort } from '../pod-spec/probes.ts';
import { validateEndpointIp } from './endpoints.ts';
import { validateAddressChange, validateAddresses } from './service-addresses.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort } from './service-change.ts';

const AFFINITY_SECONDS_MAX = 86400;
const ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'";
const HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const SPEC = path('spec');
const ANNOTATIONS = path('metadata', 'annotations');
const PORTS = SPEC.child('ports');

export function validateService(service: Service, old?: Service): FieldError[] {
  const { spec } = service;
  return [
    ...validateTopologyMode(service),
    ...validateByType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, SPEC.child('selector')),
    ...validateAffinity(spec),
    ...validateAddresses(spec, old?.spec),
    ...each(spec.externalIPs, SPEC.child('externalIPs'), (address, at) => {
      const malformed = validateIp(address, at, old?.spec.externalIPs);
      return malformed.length > 0 ? malformed : validateEndpointIp(address, at);
    }),
    ...requiredOneOf(spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], SPEC.child('type')),
    ...validateNodePorts(spec),
    ...validateRepeatedPorts(spec.ports),
    ...validateSourceRanges(service, old),
    ...validateLoadBalancer(spec),
    ...validateExternalTraffic(spec),
    ...validateInternalTraffic(spec),
  ];
}

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const now = service.spec;
  const before = old.spec;
  const errors = validateAddressChange(service, old);
  const balanced = now.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  const classAt = SPEC.child('loadBalancerClass');
  if (balanced && now.loadBalancerClass !== before.loadBalancerClass)
    errors.push(fieldErrors.invalid(classAt, now.loadBalancerClass, 'may not change once set'));
  // Upstream judges the class here, and again below.
  errors.push(...validateClass(now));
  const probed = needsHealthCheckPort(now) && needsHealthCheckPort(before);
  if (probed && (now.healthCheckNodePort ?? 0) !== (before.healthCheckNodePort ?? 0))
    errors.push(fieldErrors.forbidden(SPEC.child('healthCheckNodePort'), 'field is immutable'));
  return [...errors, ...validateService(service, old)];
}

function validateTopologyMode({ metadata }: Service): FieldError[] {
  const mode = metadata.annotations?.[TOPOLOGY_MODE];
  const hints = metadata.annotations?.[HINTS];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const detail = `must match annotations[${HINTS}] when both are specified`;
  return [fieldErrors.invalid(ANNOTATIONS.key(TOPOLOGY_MODE), mode, detail)];
}

function validateByType(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const headless = isHeadless(spec);
  if ((spec.ports ?? []).length === 0 && !headless && spec.type !== 'ExternalName')
    errors.push(fieldErrors.required(PORTS, ''));
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && headless) {
    const detail = `may not be set to 'None' for ${spec.type} services`;
    errors.push(fieldErrors.invalid(SPEC.child('clusterIPs').index(0), 'None', detail));
  }
  return spec.type === 'ExternalName' ? [...errors, ...validateExternalName(spec)] : errors;
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const unwanted = (field: 'clusterIPs' | 'ipFamilies' | 'ipFamilyPolicy') =>
    spec[field] === undefined || spec[field].length === 0
      ? []
      : [fieldErrors.forbidden(SPEC.child(field), 'may not be set for ExternalName services')];
  const at = SPEC.child('externalName');
  const host = (spec.externalName ?? '').replace(/\.$/, '');
  return [
    ...unwanted('clusterIPs'),
    ...unwanted('ipFamilies'),
    ...unwanted('ipFamilyPolicy'),
    ...(host === '' ? [fieldErrors.required(at, '')] : invalidFor(names.dns1123Subdomain(host), host, at)),
  ];
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const seen = new Set<string>();
  const severals = (spec.ports ?? []).length > 1;
  return each(spec.ports, PORTS, (port, at) => [
    ...validatePortName(port, severals, seen, at.child('name')),
    ...invalidFor(names.portNumber(port.port), port.port, at.child('port')),
    ...requiredOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], at.child('protocol')),
    ...validatePort(port.targetPort, at.child('targetPort')),
    ...(port.appProtocol === undefined
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
  const config = spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'None' && config)
    errors.push(fieldErrors.forbidden(at, 'must not be set when session affinity is None'));
  if (spec.sessionAffinity !== 'ClientIP') return errors;
  const missing = (where: FieldPath) => [
    ...errors,
    fieldErrors.required(where, 'when session affinity type is ClientIP'),
  ];
  if (!config) return missing(at);
  if (!config.clientIP) return missing(at.child('clientIP'));
  const seconds = config.clientIP.timeoutSeconds;
  const secondsAt = at.child('clientIP', 'timeoutSeconds');
  if (seconds === undefined) return missing(secondsAt);
  if (seconds > 0 && seconds <= AFFINITY_SECONDS_MAX) return errors;
  return [
    ...errors,
    fieldErrors.invalid(secondsAt, seconds, `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`),
  ];
}

function validateNodePorts({ type, ports }: ServiceSpec): FieldError[] {
  const seen = new Set<string>();
  const unwanted = each(type === 'ClusterIP' ? ports : [], PORTS, ({ nodePort }, at) =>
    nodePort ? [fieldErrors.forbidden(at.child('nodePort'), "may not be used when `type` is 'ClusterIP'")] : [],
  );
  const repeated = each(ports, PORTS, ({ nodePort, protocol }, at) => {
    if (!nodePort) return [];
    const key = `${protocol}/${nodePort}`;
    const errors = seen.has(key) ? [fieldErrors.duplicate(at.child('nodePort'), nodePort)] : [];
    seen.add(key);
    return errors;
  });
  return [...unwanted, ...repeated];
}

function validateRepeatedPorts(ports: readonly ServicePort[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(ports, PORTS, ({ port, protocol }, at) => {
    const key = `${protocol}/${port}`;
    // The value is shown the way upstream prints its own structure.
    const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    const errors = seen.has(key) ? [fieldErrors.duplicate(at, shown)] : [];
    seen.add(key);
    return errors;
  });
}

/** Of the field, or of the annotation that was there before it; spaces around a range do no harm. */
function validateSourceRanges({ metadata, spec }: Service, old: Service | undefined): FieldError[] {
  const forbidden = (at: FieldPath) => (spec.type === 'LoadBalancer' ? [] : [fieldErrors.forbidden(at, ONLY_BALANCED)]);
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    const at = SPEC.child('LoadBalancerSourceRanges');
    const kept = old?.spec.loadBalancerSourceRanges?.map((range) => range.trim());
    return [...forbidden(at), ...each(ranges, at, (range, where) => validateCidr(range.trim(), where, kept))];
  }
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (annotation === undefined) return [];
  const at = ANNOTATIONS.key(SOURCE_RANGES);
  const unchanged = old !== undefined && (old.metadata.annotations?.[SOURCE_RANGES] ?? '') === annotation;
  const given = unchanged || annotation.trim() === '' ? [] : annotation.trim().split(',');
  return [...forbidden(at), ...given.flatMap((range) => validateCidr(range.trim(), at))];
}

function validateLoadBalancer(spec: ServiceSpec): FieldError[] {
  const allocates = spec.allocateLoadBalancerNodePorts !== undefined;
  const balanced = spec.type === 'LoadBalancer';
  return [
    ...(allocates && !balanced
      ? [fieldErrors.forbidden(SPEC.child('allocateLoadBalancerNodePorts'), ONLY_BALANCED)]
      : []),
    ...(balanced && !allocates ? [fieldErrors.required(path('allocateLoadBalancerNodePorts'), '')] : []),
    ...validateClass(spec),
  ];
}

function validateClass({ type, loadBalancerClass }: ServiceSpec): FieldError[] {
  if (loadBalancerClass === undefined) return [];
  const at = SPEC.child('loadBalancerClass');
  return type === 'LoadBalancer'
    ? invalidFor(names.qualifiedName(loadBalancerClass), loadBalancerClass, at)
    : [fieldErrors.forbidden(at, ONLY_BALANCED)];
}

function validateExternalTraffic(spec: ServiceSpec): FieldError[] {
  const at = SPEC.child('externalTrafficPolicy');
  const external =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  const policy = spec.externalTrafficPolicy;
  const errors = external ? requiredOneOf(policy, ['Cluster', 'Local'], at) : [];
  if (!external && !empty(policy))
    errors.push(fieldErrors.invalid(at, policy, 'may only be set for externally-accessible services'));
  const portAt = SPEC.child('healthCheckNodePort');
  const port = spec.healthCheckNodePort ?? 0;
  if (needsHealthCheckPort(spec)) {
    errors.push(
      ...(port === 0 ? [fieldErrors.required(portAt, '')] : invalidFor(names.portNumber(port), port, portAt)),
    );
  } else if (port !== 0) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(fieldErrors.invalid(portAt, port, detail));
  }
  return errors;
}

function validateInternalTraffic(spec: ServiceSpec): FieldError[] {
  const { internalTrafficPolicy: policy, trafficDistribution: distribution } = spec;
  const at = SPEC.child('internalTrafficPolicy');
  const errors: FieldError[] = [];
  if (policy !== undefined) errors.push(...oneOf(policy, ['Cluster', 'Local'], at));
  else if (needsClusterIp(spec)) errors.push(fieldErrors.required(at, ''));
  if (distribution === undefined) return errors;
  const known = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  return [...errors, ...oneOfListed(distribution, known, SPEC.child('trafficDistribution'))];
}
