/**
 * Between the versions of a kind that is served in more than one. Both directions keep everything the other version can say.
 */
import type { KubeObject, ResourceInfo } from '@steersman/api';
import { resourceConversion } from './resource-conversions.ts';

export interface Conversion {
  fromStored(object: KubeObject): KubeObject;
  toStored(object: KubeObject): KubeObject;
  /** The stored version's name of a field that selectors of the served version can name; undefined for others. Absent: the same. */
  readonly storedField?: (served: string) => string | undefined;
}
type Fields = Record<string, unknown>;

/** The way between a served and the stored version of a resource. Where no fields differ, only apiVersion changes. */
export function conversionFor(served: ResourceInfo, stored: ResourceInfo): Conversion {
  const structural = structuralConversion(served, stored);
  if (structural !== undefined) return structural;
  const to = (row: ResourceInfo) => (object: KubeObject) => ({
    ...object,
    apiVersion: row.group === '' ? row.version : `${row.group}/${row.version}`,
    kind: row.kind,
  });
  return { fromStored: to(served), toStored: to(stored) };
}

/** Undefined when the versions have the same fields. Releases that are gone count too: their objects may be stored still. */
export function structuralConversion(served: ResourceInfo, stored: ResourceInfo): Conversion | undefined {
  if (served.group === 'events.k8s.io') return EVENTS;
  if (served.plural === 'horizontalpodautoscalers') return AUTOSCALERS;
  if (served.group === 'resource.k8s.io' && served.version === 'v1beta1') return resourceConversion(served, stored);
  return undefined;
}

/** events.k8s.io/v1 and core/v1: the same event under other field names. */
const EVENT_FIELDS: readonly (readonly [served: string, stored: string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
  ['reportingController', 'reportingComponent'],
];
const EVENTS: Conversion = {
  fromStored: (object) =>
    renamed(object, 'events.k8s.io/v1', new Map(EVENT_FIELDS.map(([served, stored]) => [stored, served]))),
  toStored: (object) => renamed(object, 'v1', new Map(EVENT_FIELDS)),
  storedField(served) {
    if (served.startsWith('regarding.')) return served.replace('regarding.', 'involvedObject.');
    if (served === 'reportingController') return 'reportingComponent';
    return served === 'reason' || served === 'type' || served.startsWith('metadata.') ? served : undefined;
  },
};

function renamed(object: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject {
  const result: Fields = { kind: 'Event', apiVersion };
  for (const [name, value] of Object.entries(object))
    if (name !== 'kind' && name !== 'apiVersion') result[names.get(name) ?? name] = value;
  return result as unknown as KubeObject;
}

/** autoscaling/v1 knows one metric; what else v2 has travels in upstream's annotations. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const CPU = 'cpu';
const AUTOSCALERS: Conversion = { fromStored: autoscalerToV1, toStored: autoscalerToV2 };

function autoscalerToV1(object: KubeObject): KubeObject {
  const { metrics, behavior, ...spec } = ((object as unknown as Fields)['spec'] ?? {}) as Fields & {
    metrics?: Fields[];
    behavior?: unknown;
  };
  const cpu = metrics?.find(isCpuUtilization);
  const others = metrics?.filter((metric) => metric !== cpu) ?? [];
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others);
  if (behavior !== undefined) annotations[BEHAVIOR] = JSON.stringify(behavior);
  const target =
    cpu === undefined ? undefined : ((cpu['resource'] as Fields)['target'] as Fields)['averageUtilization'];
  const {
    currentMetrics: _metrics,
    conditions: _conditions,
    ...status
  } = ((object as unknown as Fields)['status'] ?? {}) as Fields;
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: Object.keys(annotations).length === 0 ? object.metadata : { ...object.metadata, annotations },
    spec: target === undefined ? spec : { ...spec, targetCPUUtilizationPercentage: target },
    status,
  } as KubeObject;
}

function autoscalerToV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = ((object as unknown as Fields)['spec'] ?? {}) as Fields;
  const { [METRICS]: metricsText, [BEHAVIOR]: behaviorText, ...annotations } = object.metadata.annotations ?? {};
  const metrics = parsedOr<Fields[]>(metricsText, []);
  if (target !== undefined)
    metrics.unshift({
      type: 'Resource',
      resource: { name: CPU, target: { type: 'Utilization', averageUtilization: target } },
    });
  const { annotations: _old, ...metadata } = object.metadata;
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations },
    spec: {
      ...spec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behaviorText === undefined ? {} : { behavior: parsedOr(behaviorText, undefined) }),
    },
  } as KubeObject;
}

function isCpuUtilization(metric: Fields): boolean {
  const resource = metric['resource'] as { name?: string; target?: { averageUtilization?: number } } | undefined;
  return metric['type'] === 'Resource' && resource?.name === CPU && resource.target?.averageUtilization !== undefined;
}

function parsedOr<T>(text: string | undefined, otherwise: T): T {
  if (text === undefined) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}
