/** Values of the downward API: fields of the pod, resources of its containers. */
import { type Container, type Pod, parseQuantity, type ResourceFieldSelector } from '@steersman/api';

export interface FieldContext {
  readonly pod: Pod;
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** The node's allocatable cpu and memory: the limit of containers that have none. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** Undefined: no such field. */
export function fieldValue(fieldPath: string, { pod, podIps, hostIps }: FieldContext): string | undefined {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed !== null) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace;
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName;
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return hostIps[0] ?? '';
    case 'status.hostIPs':
      return hostIps.join(',');
    case 'status.podIP':
      return podIps[0] ?? '';
    case 'status.podIPs':
      return podIps.join(',');
    default:
      return undefined;
  }
}

/** One `key="value"` a line, sorted, quoted as Go does. */
const formatMap = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');

/** A container's request or limit divided by the divisor, rounded up. Undefined: no such container or resource. */
export function resourceValue(
  selector: ResourceFieldSelector,
  container: Container | undefined,
  { allocatable }: FieldContext,
): string | undefined {
  const match = /^(limits|requests)\.(.+)$/.exec(selector.resource);
  if (match === null || container === undefined) return undefined;
  const [, list, name] = match as unknown as [string, 'limits' | 'requests', string];
  const { limits, requests } = container.resources ?? {};
  const declared = list === 'limits' ? limits?.[name] : (requests?.[name] ?? limits?.[name]);
  const text = declared ?? (list === 'limits' ? allocatable[name] : undefined) ?? '0';
  const divisor = selector.divisor === undefined || parseQuantity(selector.divisor).isZero() ? '1' : selector.divisor;
  const amount = parseQuantity(text);
  const unit = parseQuantity(divisor);
  // Cpu can be a fraction of its divisor's unit; everything else is whole numbers.
  if (name === 'cpu') return ceilDiv(amount.milliValue(), unit.milliValue()).toString();
  return ceilDiv(amount.value(), unit.value()).toString();
}
const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
