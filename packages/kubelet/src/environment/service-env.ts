/** Variables that name the Services of the pod's namespace, in the form Docker links had. */
import type { Service } from '@steersman/api';

/** Of those services that have a cluster IP, in the order given. */
export function serviceVariables(services: readonly Service[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const { metadata, spec } of services) {
    const ip = spec?.clusterIP;
    const [first] = spec?.ports ?? [];
    if (ip === undefined || ip === '' || ip === 'None' || first === undefined) continue;
    const name = variableName(metadata.name ?? '');
    variables.set(`${name}_SERVICE_HOST`, ip);
    variables.set(`${name}_SERVICE_PORT`, String(first.port));
    for (const port of spec?.ports ?? []) {
      if (port.name) variables.set(`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
    }
    const host = ip.includes(':') ? `[${ip}]` : ip;
    for (const [index, port] of (spec?.ports ?? []).entries()) {
      const protocol = (port.protocol ?? 'TCP').toLowerCase();
      const url = `${protocol}://${host}:${port.port}`;
      if (index === 0) variables.set(`${name}_PORT`, url);
      const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`;
      variables.set(prefix, url);
      variables.set(`${prefix}_PROTO`, protocol);
      variables.set(`${prefix}_PORT`, String(port.port));
      variables.set(`${prefix}_ADDR`, ip);
    }
  }
  return variables;
}
const variableName = (name: string): string => name.toUpperCase().replaceAll('-', '_');

/** What a pod gets: its namespace's services if it wants links, and always the API server's. */
export function servicesFor(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): readonly Service[] {
  const isMaster = ({ metadata }: Service) => metadata.namespace === 'default' && metadata.name === 'kubernetes';
  const own = services.filter(
    (each) => each.metadata.namespace === namespace && (enableServiceLinks || isMaster(each)),
  );
  const master = services.filter(isMaster);
  return [...master, ...own.filter((each) => !isMaster(each))];
}
