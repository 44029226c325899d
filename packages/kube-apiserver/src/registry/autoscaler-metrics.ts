/** Metrics of HorizontalPodAutoscalers: autoscaling/v1 writes them into annotations in a form of its own, v2 in fields. */

export type Fields = Readonly<Record<string, unknown>>;

/** How one source of metrics is called in v1: of `names`, the fields of v2's target (or current value). */
interface Source {
  /** What v1 calls the object that v2 describes. */
  readonly described?: string;
  /** v2's `metric` is a name and a selector in v1. */
  readonly selector?: string;
  readonly names: Readonly<Record<string, string>>;
  /** The fields that Go writes although they are empty. */
  readonly always: readonly string[];
}

const RESOURCE_TARGET: Source = {
  names: { averageUtilization: 'targetAverageUtilization', averageValue: 'targetAverageValue' },
  always: [],
};
const RESOURCE_CURRENT: Source = {
  names: { averageUtilization: 'currentAverageUtilization', averageValue: 'currentAverageValue' },
  always: ['averageValue'],
};
const TARGETS: Readonly<Record<string, Source>> = {
  object: {
    described: 'target',
    selector: 'selector',
    names: { value: 'targetValue', averageValue: 'averageValue' },
    always: ['value'],
  },
  pods: { selector: 'selector', names: { averageValue: 'targetAverageValue' }, always: ['averageValue'] },
  resource: RESOURCE_TARGET,
  containerResource: RESOURCE_TARGET,
  external: {
    selector: 'metricSelector',
    names: { value: 'targetValue', averageValue: 'targetAverageValue' },
    always: [],
  },
};
const CURRENTS: Readonly<Record<string, Source>> = {
  object: {
    described: 'target',
    selector: 'selector',
    names: { value: 'currentValue', averageValue: 'averageValue' },
    always: ['value'],
  },
  pods: { selector: 'selector', names: { averageValue: 'currentAverageValue' }, always: ['averageValue'] },
  resource: RESOURCE_CURRENT,
  containerResource: RESOURCE_CURRENT,
  external: {
    selector: 'metricSelector',
    names: { value: 'currentValue', averageValue: 'currentAverageValue' },
    always: ['value'],
  },
};

type Part = 'target' | 'current';
const sourcesOf = (part: Part) => (part === 'target' ? TARGETS : CURRENTS);

/** A metric of v2 (its spec with part `target`, its status with `current`) as v1 writes it. */
export function metricToV1(metric: Fields, part: Part): Fields {
  return eachSource(metric, part, ({ described, selector, names, always }, source) => {
    const values = fieldsOf(source[part]);
    const { describedObject, metric: identifier, [part]: _values, ...others } = source;
    const { name, selector: labels } = fieldsOf(identifier);
    return {
      ...others,
      ...(described === undefined ? {} : { [described]: describedObject ?? {} }),
      ...(selector === undefined ? {} : { metricName: name ?? '' }),
      ...(selector === undefined || labels === undefined ? {} : { [selector]: labels }),
      ...renamed(values, names, always),
    };
  });
}

/** The other way round. */
export function metricToV2(metric: Fields, part: Part): Fields {
  return eachSource(metric, part, ({ described, selector, names, always }, source, kind) => {
    const back = Object.fromEntries(Object.entries(names).map(([newer, older]) => [older, newer]));
    const values = renamed(
      source,
      back,
      always.map((field) => names[field] ?? ''),
    );
    const gone = new Set([described, selector, 'metricName', ...Object.values(names)]);
    const others = Object.fromEntries(Object.entries(source).filter(([field]) => !gone.has(field)));
    const labels = selector === undefined ? undefined : source[selector];
    const identifier = { name: source['metricName'] ?? '', ...(labels === undefined ? {} : { selector: labels }) };
    return {
      ...others,
      ...(described === undefined ? {} : { describedObject: source[described] ?? {} }),
      ...(selector === undefined ? {} : { metric: identifier }),
      [part]: part === 'target' ? { type: targetType(kind, source), ...values } : values,
    };
  });
}

/** v1 does not say what kind of target it is: it follows from which is given. */
function targetType(kind: string, source: Fields): string {
  if (kind === 'pods') return 'AverageValue';
  if (kind === 'object') return given(source['averageValue']) ? 'AverageValue' : 'Value';
  if (kind === 'external') return given(source['targetValue']) ? 'Value' : 'AverageValue';
  return given(source['targetAverageUtilization']) ? 'Utilization' : 'AverageValue';
}

function eachSource(
  metric: Fields,
  part: Part,
  convert: (source: Source, fields: Fields, kind: string) => Fields,
): Fields {
  const sources = sourcesOf(part);
  return Object.fromEntries(
    Object.entries(metric).map(([kind, value]) => {
      const source = sources[kind];
      return [kind, source === undefined || !isFields(value) ? value : convert(source, value, kind)];
    }),
  );
}

function renamed(values: Fields, names: Readonly<Record<string, string>>, always: readonly string[]): Fields {
  return Object.fromEntries(
    Object.entries(names).flatMap(([from, to]) => {
      const value = values[from];
      return given(value) ? [[to, value]] : always.includes(from) ? [[to, '0']] : [];
    }),
  );
}

function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}
