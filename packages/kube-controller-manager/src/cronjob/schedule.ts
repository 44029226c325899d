/** A cron schedule: which minutes, hours, days, months and weekdays match. */
export interface Schedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Days and weekdays both narrowed: then either is enough, as in every cron. */
  readonly eitherDay: boolean;
}

export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly code = 'bad-schedule';
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const SHORTHANDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A schedule like 30 February never comes; the search ends after about eight years. */
const STEPS_MAX = 3_200;

function numberOf(text: string, names: readonly string[], firstName: number): number {
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return named + firstName;
  if (!/^\d+$/.test(text)) throw new ScheduleError(`"${text}" is not a number in a cron schedule`);
  return Number(text);
}

function field(
  text: string,
  min: number,
  max: number,
  names: readonly string[] = [],
  firstName = 0,
): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', stepText] = part.split('/');
    const step = stepText === undefined ? 1 : Number(stepText);
    const [fromText = '', toText] = range.split('-');
    const all = fromText === '*' || fromText === '?';
    const from = all ? min : numberOf(fromText, names, firstName);
    const open = all || (stepText !== undefined && toText === undefined);
    const to = toText === undefined ? (open ? max : from) : numberOf(toText, names, firstName);
    if (!Number.isSafeInteger(step) || step < 1 || from < min || to > max || from > to)
      throw new ScheduleError(`"${part}" is out of range ${min}-${max} in a cron schedule`);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

/** Parses five cron fields or a shorthand such as `@daily`. Throws `ScheduleError`. */
export function parseSchedule(text: string): Schedule {
  const parts = (SHORTHANDS[text.trim()] ?? text).trim().split(/\s+/);
  if (parts.length !== 5) throw new ScheduleError(`"${text}" does not have five cron fields`);
  const [minute, hour, day, month, weekday] = parts as [string, string, string, string, string];
  const weekdays = new Set([...field(weekday, 0, 7, WEEKDAYS)].map((value) => value % 7));
  const isStar = (value: string) => value.startsWith('*') || value.startsWith('?');
  return {
    minutes: field(minute, 0, 59),
    hours: field(hour, 0, 23),
    days: field(day, 1, 31),
    months: field(month, 1, 12, MONTHS, 1),
    weekdays,
    eitherDay: !isStar(day) && !isStar(weekday),
  };
}

/** Milliseconds that a zone's clocks are ahead of UTC at an instant. */
export type ZoneOffset = (ms: number) => number;
export const utc: ZoneOffset = () => 0;

/** The offset of an IANA time zone. Throws `ScheduleError` for a name that is none. */
export function zoneOffset(timeZone: string): ZoneOffset {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new ScheduleError(`unknown time zone "${timeZone}"`, { cause });
  }
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const at = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
    const local = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
    return local - Math.floor(ms / 1000) * 1000;
  };
}

function dayMatches({ days, weekdays, eitherDay }: Schedule, date: Date): boolean {
  const byDay = days.has(date.getUTCDate());
  const byWeekday = weekdays.has(date.getUTCDay());
  return eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

/** The first matching wall-clock minute at or after `localMs`, read as if UTC. */
function nextLocal(schedule: Schedule, localMs: number): number | undefined {
  let at = localMs;
  for (let steps = 0; steps < STEPS_MAX; steps += 1) {
    const date = new Date(at);
    if (!schedule.months.has(date.getUTCMonth() + 1)) at = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    else if (!dayMatches(schedule, date)) at = Math.floor(at / DAY_MS) * DAY_MS + DAY_MS;
    else if (!schedule.hours.has(date.getUTCHours()))
      at = Math.floor(at / (60 * MINUTE_MS)) * 60 * MINUTE_MS + 60 * MINUTE_MS;
    else if (!schedule.minutes.has(date.getUTCMinutes())) at += MINUTE_MS;
    else return at;
  }
  return undefined;
}

/** The first time of the schedule after an instant, in milliseconds since the epoch; undefined when there is none. */
export function nextTime(schedule: Schedule, afterMs: number, offset: ZoneOffset): number | undefined {
  let local = Math.floor((afterMs + offset(afterMs)) / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  for (;;) {
    const found = nextLocal(schedule, local);
    if (found === undefined) return undefined;
    const guess = found - offset(found);
    const instant = found - offset(guess);
    if (instant > afterMs) return instant;
    local = found + MINUTE_MS; // Clocks were set back: this minute has been already.
  }
}
