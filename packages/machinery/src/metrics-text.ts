/** The Prometheus text exposition format 0.0.4 of one metric family. */

export type FamilyKind = 'counter' | 'gauge' | 'histogram';

export interface Series {
  readonly labelValues: readonly string[];
  /** The value of a counter or gauge, the sum of a histogram. */
  value: number;
  /** Observations per bucket, not cumulative; the last is everything above the highest bound. */
  readonly counts: number[];
}

export interface Family {
  readonly kind: FamilyKind;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly buckets: readonly number[];
  /** By label values. */
  readonly series: Map<string, Series>;
}

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string) => escapeHelp(text).replaceAll('"', '\\"');

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return Number.isNaN(value) ? 'NaN' : String(value);
}

/** `a="x",b="y"`, without braces. */
function labelsText(family: Family, series: Series): string {
  return family.labelNames.map((name, index) => `${name}="${escapeLabel(series.labelValues[index] ?? '')}"`).join();
}

function head(family: Family): string {
  return `# HELP ${family.name} ${escapeHelp(family.help)}\n# TYPE ${family.name} ${family.kind}\n`;
}

/** A counter or gauge. One without labels that was never touched reads 0, as Prometheus' own clients print it. */
export function valuesText(family: Family): string {
  let text = head(family);
  if (family.labelNames.length === 0 && family.series.size === 0) return `${text}${family.name} 0\n`;
  for (const series of family.series.values()) {
    const labels = labelsText(family, series);
    text += `${family.name}${labels === '' ? '' : `{${labels}}`} ${numberText(series.value)}\n`;
  }
  return text;
}

/** A histogram: cumulative buckets, sum, count. */
export function histogramText(family: Family): string {
  let text = head(family);
  for (const series of family.series.values()) {
    const labels = labelsText(family, series);
    const prefix = labels === '' ? '' : `${labels},`;
    let seen = 0;
    for (const [index, bound] of [...family.buckets, Number.POSITIVE_INFINITY].entries()) {
      seen += series.counts[index] ?? 0;
      text += `${family.name}_bucket{${prefix}le="${numberText(bound)}"} ${seen}\n`;
    }
    const braces = labels === '' ? '' : `{${labels}}`;
    text += `${family.name}_sum${braces} ${numberText(series.value)}\n${family.name}_count${braces} ${seen}\n`;
  }
  return text;
}
