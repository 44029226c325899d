import { nameOf, namespaceOf, type Pod, type Service, type ServicePort } from '@steersman/api';

/** A port of a service on one pod. */
export interface PodPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol: string | undefined;
}

/** Container ports that answer while the pod runs: of its containers and of its sidecars. */
function containerPorts({ spec }: Pod) {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars].flatMap(({ ports }) => ports ?? []);
}

/** The number behind a service port on this pod; undefined when the pod has no port of that name. */
export function targetPort(pod: Pod, { targetPort: target, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (target === undefined || target === 0 || target === '') return port;
  if (typeof target === 'number') return target;
  return containerPorts(pod).find(
    (candidate) => candidate.name === target && (candidate.protocol ?? 'TCP') === protocol,
  )?.containerPort;
}

/** The ports of a service that this pod has, in the service's order. */
export function portsOf(service: Service, pod: Pod): readonly PodPort[] {
  const found: PodPort[] = [];
  for (const servicePort of service.spec.ports ?? []) {
    const port = targetPort(pod, servicePort);
    if (port === undefined) continue;
    found.push({
      name: servicePort.name ?? '',
      port,
      protocol: servicePort.protocol ?? 'TCP',
      appProtocol: servicePort.appProtocol,
    });
  }
  return found;
}

/** The name that DNS gives the pod under the service, if it asks for one. */
export function hostnameOf(service: Service, { metadata, spec }: Pod): string | undefined {
  const asked =
    spec.hostname !== undefined &&
    spec.hostname !== '' &&
    spec.subdomain === nameOf(service) &&
    metadata.namespace === namespaceOf(service);
  return asked ? spec.hostname : undefined;
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === 'None';
}
