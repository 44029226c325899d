/** How the text of one flag becomes its value, per flag type. */
import type { Flag, FlagType } from './contract.ts';
import { parseGoDuration } from './duration.ts';
import { FlagError } from './flag-error.ts';

export type FlagValue = string | boolean | number | readonly string[] | ReadonlyMap<string, string>;

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** The value of `text`; `previous` is what an earlier occurrence of the same flag gave, for types that add up. */
export function parseFlagValue(type: FlagType, text: string, previous: FlagValue | undefined): FlagValue {
  switch (type) {
    case 'string':
      return text;
    case 'bool':
      return parseBool(text);
    case 'int':
      return parseInteger(text);
    case 'float':
      return parseFloatStrictly(text);
    case 'duration':
      return parseGoDuration(text);
    case 'strings':
      return [...(Array.isArray(previous) ? (previous as readonly string[]) : []), ...splitList(text)];
    case 'map':
      return new Map([...(previous instanceof Map ? previous : []), ...parsePairs(text)]);
  }
}

/** The value of a flag that was not given. */
export function defaultFlagValue(flag: Flag): FlagValue {
  const given = flag.default;
  switch (flag.type) {
    case 'string':
      return given === undefined ? '' : String(given);
    case 'bool':
      return given === true || given === 'true';
    case 'int':
    case 'float':
      return Number(given ?? 0);
    case 'duration':
      return typeof given === 'string' ? parseGoDuration(given) : Number(given ?? 0);
    case 'strings':
      return typeof given === 'string' ? splitList(given) : Array.isArray(given) ? given : [];
    case 'map':
      return new Map(parsePairs(typeof given === 'string' ? given : ''));
  }
}

function parseBool(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw invalid(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function parseInteger(text: string): number {
  const value = /^[+-]?(?:\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isInteger(value)) throw invalid(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return value;
}

function parseFloatStrictly(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw invalid(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  return value;
}

/** Comma-separated, with double quotes around items that contain commas (CSV, as pflag reads it). */
function splitList(text: string): readonly string[] {
  if (text === '') return [];
  const items: string[] = [];
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)) {
    if (match.index === text.length && !text.endsWith(',')) break;
    items.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  }
  return items;
}

function parsePairs(text: string): readonly (readonly [string, string])[] {
  return splitList(text)
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at === -1) throw invalid(`malformed pair, expect string=string`);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
    });
}

function invalid(message: string): FlagError {
  return new FlagError('invalid-value', message);
}
