/**
 * HorizontalPodAutoscalers of autoscaling/v1 and v2. v1 knows one metric; what else v2 has travels in upstream's
 * annotations, so that a client of v1 that reads and writes back loses nothing.
 */
import type { KubeObject } from '@steersman/api';
import { type Fields, fieldsOf, isFields, metricToV1, metricToV2 } from './autoscaler-metrics.ts';
import type { Conversion } from './conversions.ts';

const PREFIX = 'autoscaling.alpha.kubernetes.io';
const METRICS = `${PREFIX}/metrics`;
const CURRENT_METRICS = `${PREFIX}/current-metrics`;
const CONDITIONS = `${PREFIX}/conditions`;
const BEHAVIOR = `${PREFIX}/behavior`;
/** Those of versions that are gone count too: none of them is ever the user's own. */
const TRAVELLING: ReadonlySet<string> = new Set([
  METRICS,
  CURRENT_METRICS,
  CONDITIONS,
  BEHAVIOR,
  `${PREFIX}/scale-down-tolerance`,
  `${PREFIX}/scale-up-tolerance`,
]);
const CPU = 'cpu';

export const AUTOSCALERS: Conversion = { fromStored: toV1, toStored: toV2 };

type Annotations = Readonly<Record<string, string>>;

function toV1(object: KubeObject): KubeObject {
  const { metrics, behavior, ...spec } = fieldsOf((object as unknown as Fields)['spec']);
  const { currentMetrics, conditions, ...status } = fieldsOf((object as unknown as Fields)['status']);
  const cpu = listOf(metrics).find((metric) => cpuUtilization(metric, 'target') !== undefined);
  const others = listOf(metrics).filter((metric) => metric !== cpu);
  const current = listOf(currentMetrics);
  const annotations: Annotations = {
    ...own(object.metadata.annotations),
    ...written(
      METRICS,
      others.map((metric) => metricToV1(metric, 'target')),
    ),
    ...written(
      CURRENT_METRICS,
      current.map((metric) => metricToV1(metric, 'current')),
    ),
    ...written(CONDITIONS, listOf(conditions)),
    ...(isFields(behavior) ? { [BEHAVIOR]: JSON.stringify(behaviorAsInside(behavior)) } : {}),
  };
  const used = current.map((metric) => cpuUtilization(metric, 'current')).findLast((value) => value !== undefined);
  const wanted = cpu === undefined ? undefined : cpuUtilization(cpu, 'target');
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: annotated(object.metadata, annotations),
    spec: wanted === undefined ? spec : { ...spec, targetCPUUtilizationPercentage: wanted },
    status: used === undefined ? status : { ...status, currentCPUUtilizationPercentage: used },
  } as KubeObject;
}

function toV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: wanted, ...spec } = fieldsOf((object as unknown as Fields)['spec']);
  const { currentCPUUtilizationPercentage: used, ...status } = fieldsOf((object as unknown as Fields)['status']);
  const { annotations = {} } = object.metadata;
  const metrics = [
    ...listOf(read(annotations[METRICS])).map((metric) => metricToV2(metric, 'target')),
    ...(wanted === undefined ? [] : [cpuMetric({ target: { type: 'Utilization', averageUtilization: wanted } })]),
  ];
  const current = read(annotations[CURRENT_METRICS]);
  const currentMetrics = Array.isArray(current)
    ? listOf(current).map((metric) => metricToV2(metric, 'current'))
    : used === undefined
      ? []
      : [cpuMetric({ current: { averageUtilization: used } })];
  const conditions = listOf(read(annotations[CONDITIONS]));
  const behavior = read(annotations[BEHAVIOR]);
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: annotated(object.metadata, own(annotations)),
    spec: {
      ...spec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(isFields(behavior) ? { behavior: behaviorAsWritten(behavior) } : {}),
    },
    status: {
      ...status,
      ...(currentMetrics.length === 0 ? {} : { currentMetrics }),
      ...(conditions.length === 0 ? {} : { conditions }),
    },
  } as KubeObject;
}

function cpuUtilization(metric: Fields, part: 'target' | 'current'): unknown {
  const resource = fieldsOf(metric['resource']);
  if (metric['type'] !== 'Resource' || resource['name'] !== CPU) return undefined;
  return fieldsOf(resource[part])['averageUtilization'] ?? undefined;
}

function cpuMetric(value: Fields): Fields {
  return { type: 'Resource', resource: { name: CPU, ...value } };
}

/** Without those that carry fields of the other version. */
function own(annotations: Annotations | undefined): Annotations {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !TRAVELLING.has(key)));
}

function annotated(metadata: KubeObject['metadata'], annotations: Annotations): KubeObject['metadata'] {
  const { annotations: _old, ...others } = metadata;
  return Object.keys(annotations).length === 0 ? others : { ...others, annotations };
}

function written(key: string, list: readonly Fields[]): Annotations {
  return list.length === 0 ? {} : { [key]: JSON.stringify(list) };
}

/** Undefined for what people have broken. */
function read(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isFields) : [];
}

/** Upstream writes behavior as Go holds it inside: with the names of its fields, the absent ones too. */
const DIRECTIONS = ['scaleUp', 'scaleDown'] as const;
const RULES = ['stabilizationWindowSeconds', 'selectPolicy', 'policies', 'tolerance'] as const;
const POLICY = ['type', 'value', 'periodSeconds'] as const;

function behaviorAsInside(behavior: Fields): Fields {
  const policies = (list: unknown) => (Array.isArray(list) ? listOf(list).map((one) => inside(one, POLICY)) : null);
  const rules = (value: unknown) =>
    isFields(value) ? { ...inside(value, RULES), Policies: policies(value['policies']) } : null;
  return Object.fromEntries(DIRECTIONS.map((direction) => [capital(direction), rules(behavior[direction])]));
}

function inside(value: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [capital(name), value[name] ?? null]));
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Go reads names whatever their capitals; null is absent. */
function behaviorAsWritten(behavior: Fields): Fields {
  const direction = (value: unknown) => {
    if (!isFields(value)) return value;
    const rules = outside(value, RULES);
    const { policies } = rules;
    return Array.isArray(policies)
      ? { ...rules, policies: listOf(policies).map((one) => outside(one, POLICY)) }
      : rules;
  };
  const both = outside(behavior, DIRECTIONS);
  return Object.fromEntries(Object.entries(both).map(([name, value]) => [name, direction(value)]));
}

function outside(value: Fields, names: readonly string[]): Fields {
  const byName = new Map(names.map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const name = byName.get(key.toLowerCase());
      return name === undefined || one === null ? [] : [[name, one]];
    }),
  );
}
