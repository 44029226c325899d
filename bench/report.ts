/** One row per figure, beside upstream's on the same kind of machine. */

export interface Row {
  readonly work: string;
  /** Upstream v1.20.2's figure in the same unit; undefined where there is none. */
  readonly upstream: number | undefined;
  readonly measured: number;
  readonly unit: string;
  /** Whether more is better. */
  readonly better: 'higher' | 'lower';
  readonly note?: string;
}

const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(value >= 10 ? 3 : 2);

/** How many times better than upstream. */
export function ratioOf({ upstream, measured, better }: Row): number | undefined {
  if (upstream === undefined) return undefined;
  return better === 'higher' ? measured / upstream : upstream / measured;
}

export function markdown(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const ratio = ratioOf(row);
    const upstream = row.upstream === undefined ? '–' : `${figure(row.upstream)} ${row.unit}`;
    const times = ratio === undefined ? '–' : `${ratio.toPrecision(2)}x`;
    return `| ${row.work} | ${upstream} | ${figure(row.measured)} ${row.unit} | ${times} | ${row.note ?? ''} |`;
  });
  return ['| work | upstream v1.20.2 | Steersman | better by | |', '|---|---|---|---|---|', ...lines].join('\n');
}
