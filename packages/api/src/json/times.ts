/**
 * RFC 3339 times in the form that the API writes: UTC, whole seconds or six decimals.
 */
import { DecodeError } from './problems.ts';

const CANONICAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{6})?Z$/;
const LOOSE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;
const LAYOUTS = { time: '2006-01-02T15:04:05Z07:00', microTime: '2006-01-02T15:04:05.000000Z07:00' } as const;
/** Go's zero time, which stands for none. */
const ZERO_TIME_MS = -62_135_596_800_000;

/** Whole seconds in UTC; `undefined` for Go's zero time. Throws DecodeError. */
export function canonicalTime(text: string): string | undefined {
  const match = CANONICAL.exec(text);
  if (match !== null && match[1] === undefined && !text.startsWith('0001')) return text;
  return canonical(text, 'time');
}

/** Six decimals in UTC; `undefined` for Go's zero time. Throws DecodeError. */
export function canonicalMicroTime(text: string): string | undefined {
  const match = CANONICAL.exec(text);
  if (match !== null && match[1] !== undefined && !text.startsWith('0001')) return text;
  return canonical(text, 'microTime');
}

function canonical(text: string, kind: keyof typeof LAYOUTS): string | undefined {
  const match = LOOSE.exec(text);
  if (match === null) throw unparsable(text, LAYOUTS[kind]);
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = 'Z'] = match;
  const outside = outOfRange(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  if (outside !== undefined) throw new DecodeError(`parsing time ${JSON.stringify(text)}: ${outside} out of range`);
  const ms = Date.parse(`${text.slice(0, 19)}Z`) - zoneOffsetMs(zone);
  if (ms === ZERO_TIME_MS && Number(fraction) === 0) return undefined;
  const seconds = new Date(ms).toISOString().slice(0, 19);
  return kind === 'time' ? `${seconds}Z` : `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

function zoneOffsetMs(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

function outOfRange(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): string | undefined {
  if (month < 1 || month > 12) return 'month';
  if (hour > 23) return 'hour';
  if (minute > 59) return 'minute';
  if (second > 59) return 'second';
  return day < 1 || day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() ? 'day' : undefined;
}

/** The pieces of the layout in order, with what each accepts. */
const PIECES: readonly (readonly [layout: string, accepts: RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d{2}/],
  ['-', /^-/],
  ['02', /^\d{2}/],
  ['T', /^T/],
  ['15', /^\d{2}/],
  [':', /^:/],
  ['04', /^\d{2}/],
  [':', /^:/],
  ['05', /^\d{2}(?:[.,]\d+)?/],
  ['Z07:00', /^(?:Z|[+-]\d{2}:\d{2})/],
];

/** Names the first piece that does not fit, as Go's time package does. */
function unparsable(text: string, layout: string): DecodeError {
  const head = `parsing time ${JSON.stringify(text)}`;
  let rest = text;
  for (const [piece, accepts] of PIECES) {
    const matched = accepts.exec(rest)?.[0];
    if (matched === undefined)
      return new DecodeError(
        `${head} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(piece)}`,
      );
    rest = rest.slice(matched.length);
  }
  return new DecodeError(`${head}: extra text: ${JSON.stringify(rest)}`);
}
