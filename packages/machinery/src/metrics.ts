import { assert } from './assert.ts';
import type { Counter, Gauge, Histogram, Labels, Metrics } from './contract.ts';
import { type Family, type FamilyKind, histogramText, type Series, valuesText } from './metrics-text.ts';

/**
 * A label set that comes from outside (a path, a user agent) could grow without end and take the process with it.
 * Series past this number per metric are dropped.
 */
const SERIES_PER_METRIC_MAX = 20_000;
const NO_LABELS: Labels = {};

/** Buckets that fit requests: 5 ms to a minute, in seconds. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/** `count` bucket bounds, each `factor` times the one before. */
export function exponentialBuckets(start: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => start * factor ** index);
}

/** Finds the series of a label set. One map look-up on the hot path: a histogram's observe costs some 30 ns. */
function seriesFinder(family: Family): (labels: Labels) => Series | undefined {
  const { labelNames, series } = family;
  const [only] = labelNames;
  return (labels) => {
    let key = only === undefined ? '' : (labels[only] ?? '');
    for (let index = 1; index < labelNames.length; index += 1) key += `\0${labels[labelNames[index]!] ?? ''}`;
    const found = series.get(key);
    if (found !== undefined) return found;
    if (series.size >= SERIES_PER_METRIC_MAX) return undefined;
    const made = {
      labelValues: labelNames.map((name) => labels[name] ?? ''),
      value: 0,
      counts: new Array<number>(family.buckets.length + 1).fill(0),
    };
    series.set(key, made);
    return made;
  };
}

function counterOf(find: (labels: Labels) => Series | undefined): Counter {
  return {
    add(amount = 1, labels = NO_LABELS) {
      const series = find(labels);
      if (series !== undefined) series.value += amount;
    },
    with(labels) {
      const series = find(labels);
      return counterOf(() => series);
    },
  };
}

function gaugeOf(find: (labels: Labels) => Series | undefined): Gauge {
  return {
    set(value, labels = NO_LABELS) {
      const series = find(labels);
      if (series !== undefined) series.value = value;
    },
  };
}

function histogramOf(family: Family, find: (labels: Labels) => Series | undefined): Histogram {
  const { buckets } = family;
  return {
    observe(value, labels = NO_LABELS) {
      const series = find(labels);
      if (series === undefined) return;
      let bucket = 0;
      while (bucket < buckets.length && value > buckets[bucket]!) bucket += 1;
      series.counts[bucket]! += 1;
      series.value += value;
    },
    with(labels) {
      const series = find(labels);
      return histogramOf(family, () => series);
    },
  };
}

export interface MetricsOptions {
  /** Text that `expose` appends: the process's own metrics in a real process. */
  readonly extra?: () => Promise<string>;
}

/**
 * A registry of one component. Asking twice for the same name gives the same metric; with another shape it is a bug
 * and throws `AssertionError`.
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const families = new Map<string, Family>();
  const family = (
    kind: FamilyKind,
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: readonly number[],
  ) => {
    const known = families.get(name);
    if (known !== undefined) {
      assert(
        known.kind === kind && known.labelNames.join() === labelNames.join(),
        `metric ${name} is already there with another shape`,
      );
      return known;
    }
    const made: Family = { kind, name, help, labelNames, buckets, series: new Map() };
    families.set(name, made);
    return made;
  };
  return {
    counter: (name, help, labelNames = []) => counterOf(seriesFinder(family('counter', name, help, labelNames, []))),
    gauge: (name, help, labelNames = []) => gaugeOf(seriesFinder(family('gauge', name, help, labelNames, []))),
    histogram(name, help, buckets, labelNames = []) {
      const made = family('histogram', name, help, labelNames, buckets);
      return histogramOf(made, seriesFinder(made));
    },
    async expose() {
      let text = '';
      for (const each of families.values()) text += each.kind === 'histogram' ? histogramText(each) : valuesText(each);
      return options.extra === undefined ? text : text + (await options.extra());
    },
  };
}
