/** The grammar of cron schedules: five fields, or a descriptor such as `@daily`. */

interface Field {
  readonly low: number;
  readonly high: number;
  readonly names: readonly string[];
}
const FIELDS: readonly Field[] = [
  { low: 0, high: 59, names: [] },
  { low: 0, high: 23, names: [] },
  { low: 1, high: 31, names: [] },
  { low: 1, high: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { low: 0, high: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];
const DESCRIPTORS = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** What is wrong with a schedule, in the words of the cron parser that upstream uses; undefined when nothing is. */
export function scheduleProblem(schedule: string): string | undefined {
  const text = schedule.replace(/^(?:CRON_)?TZ=\S+\s+/, '');
  if (text.startsWith('@')) {
    const known = DESCRIPTORS.has(text) || /^@every\s+(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text);
    return known ? undefined : `unrecognized descriptor: ${text}`;
  }
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  for (const [index, part] of parts.entries()) {
    for (const item of part.split(',')) {
      const problem = itemProblem(item, FIELDS[index] as Field);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/** One item: `*`, a number or name, a range, each with an optional step. */
function itemProblem(item: string, field: Field): string | undefined {
  const [range = '', step, ...moreSteps] = item.split('/');
  if (moreSteps.length > 0) return `too many slashes: ${item}`;
  if (step !== undefined && !(Number(step) >= 0 && /^\d+$/.test(step)))
    return `failed to parse int from ${step}: strconv.Atoi: parsing "${step}": invalid syntax`;
  if (step === '0') return `step of range should be a positive number: ${item}`;
  if (range === '*' || range === '?') return undefined;
  const [start = '', end, ...moreEnds] = range.split('-');
  if (moreEnds.length > 0) return `too many hyphens: ${item}`;
  const from = numberFor(start, field);
  const to = end === undefined ? from : numberFor(end, field);
  for (const [value, text] of [
    [from, start],
    [to, end ?? start],
  ] as const) {
    if (value === undefined) return `failed to parse int from ${text}: strconv.Atoi: parsing "${text}": invalid syntax`;
  }
  if (from === undefined || to === undefined) return undefined;
  if (from < field.low) return `beginning of range (${from}) below minimum (${field.low}): ${item}`;
  if (to > field.high) return `end of range (${to}) above maximum (${field.high}): ${item}`;
  return from > to ? `beginning of range (${from}) beyond end of range (${to}): ${item}` : undefined;
}

function numberFor(text: string, { names, low }: Field): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return index === -1 ? undefined : index + low;
}
