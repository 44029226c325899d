/**
 * The YAML that Kubernetes' tools read: go-yaml's reading of plain scalars (`yes` and `on` are booleans, 0755 is octal, dates are
 * strings, 1:30 is a string) and merge keys.
 */
import {
  boolYaml11Tag,
  defineMappingTag,
  defineScalarTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  Schema,
  seqTag,
  strTag,
} from 'js-yaml';
import { exactInteger } from '../json/numbers.ts';

const INTEGER = /^[-+]?(?:0b[01]+|0o?[0-7]+|0x[0-9a-fA-F]+|0|[1-9]\d*)$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const SPECIAL: Readonly<Record<string, number>> = {
  '.inf': Infinity,
  '+.inf': Infinity,
  '-.inf': -Infinity,
  '.nan': Number.NaN,
};
const NUMBER_STARTS = ['-', '+', '.', ...'0123456789'];

function float(source: string): number | typeof NOT_RESOLVED {
  const text = source.replaceAll('_', '');
  if (FLOAT.test(text)) return Number(text);
  return SPECIAL[source.toLowerCase()] ?? NOT_RESOLVED;
}

function integer(source: string): number | bigint | typeof NOT_RESOLVED {
  const text = source.replaceAll('_', '');
  if (!INTEGER.test(text)) return NOT_RESOLVED;
  const exact = /^[-+]?(?:0|[1-9]\d*)$/.test(text) ? exactInteger(text.replace('+', '')) : undefined;
  if (exact !== undefined) return exact;
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '').toLowerCase();
  const isOctal = /^0[0-7]+$/.test(digits);
  return sign * Number(isOctal ? `0o${digits.slice(1)}` : digits);
}

const numberTag = (name: 'int' | 'float', resolve: typeof integer, identify: (value: unknown) => boolean) =>
  defineScalarTag<number | bigint>(`tag:yaml.org,2002:${name}`, {
    implicit: true,
    implicitFirstChars: NUMBER_STARTS,
    resolve,
    identify,
    represent: numberText,
  });

function numberText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  const number = value as number;
  if (Number.isNaN(number)) return '.nan';
  if (!Number.isFinite(number)) return number > 0 ? '.inf' : '-.inf';
  return String(number);
}

/** JavaScript writes large integers with an exponent, which YAML reads as a float. */
const isPlainInteger = (value: unknown) =>
  typeof value === 'bigint' || (Number.isInteger(value) && !String(value).includes('e'));

const scalarTags = [
  strTag,
  nullYaml11Tag,
  boolYaml11Tag,
  numberTag('int', integer, isPlainInteger),
  numberTag('float', float, (value) => typeof value === 'number' && !isPlainInteger(value)),
  mergeTag,
];

/** For writing, and for reading where the last of several equal keys wins. */
export const dialect = new Schema([...scalarTags, seqTag, mapTag]);

/** For reading documents whose duplicate keys are to be told: `onDuplicate` is called for each. */
export function tellingDialect(onDuplicate: () => void): Schema {
  const telling = defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
    create: () => ({}),
    has: () => false,
    keys: (result) => Object.keys(result),
    get: (result, key) => result[String(key)],
    identify: () => false,
    addPair: (carrier, key, value) => {
      if (key !== null && typeof key === 'object') return 'a key of a mapping is not a scalar';
      const name = String(key);
      if (Object.hasOwn(carrier, name)) onDuplicate();
      Object.defineProperty(carrier, name, { value, enumerable: true, writable: true, configurable: true });
      return '';
    },
  });
  return new Schema([...scalarTags, seqTag, telling]);
}

const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?\s*(?:Z|[-+]\d{1,2}(?::?\d\d)?)?)?$/;
const BASE_60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;

/** Whether a reader of some YAML version could take the plain text for something other than a string. */
export function looksLikeNoString(text: string): boolean {
  if (text === '') return true;
  const { tag } = dialect.resolveImplicitScalarTag(text);
  return tag !== strTag || TIMESTAMP.test(text) || BASE_60.test(text);
}
