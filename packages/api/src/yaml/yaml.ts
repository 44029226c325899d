/**
 * YAML documents in and out.
 */
import { DEFAULT_SCALAR_STYLE_RULES, dump, loadAll, SCALAR_STYLE, YAMLException } from 'js-yaml';
import type { KubeObject } from '../contract.ts';
import { errors } from '../errors.ts';
import { type Decoded, type DecodeOptions, decodeDocument } from '../json/decode.ts';
import { parseJson } from '../json/numbers.ts';
import type { StructSchema } from '../schema/schema.ts';
import { dialect, looksLikeNoString, tellingDialect } from './dialect.ts';
import { duplicateKeys } from './duplicates.ts';

/** Nesting beyond this is no configuration anybody wrote. */
const YAML_DEPTH_MAX = 500;
/** Values a document may grow to when its aliases are written out: a few hundred bytes can stand for billions. */
const YAML_EXPANDED_VALUES_MAX = 500_000;
/** Keys that merges may bring in, for the same reason. */
const YAML_MERGED_KEYS_MAX = 50_000;

/** The text is not YAML that we read. The message names the line. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly code = 'not-yaml';
}

function load(text: string, schema = dialect): readonly unknown[] {
  let documents: readonly unknown[];
  try {
    documents = loadAll(text, {
      schema,
      json: true,
      maxDepth: YAML_DEPTH_MAX,
      maxTotalMergeKeys: YAML_MERGED_KEYS_MAX,
    });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw new YamlError('yaml: the document cannot be read');
    const line = error.mark === undefined ? '' : `line ${error.mark.line + 1}: `;
    throw new YamlError(`yaml: ${line}${error.reason}`);
  }
  if (!/[*<]/.test(text)) return documents;
  const budget = { left: YAML_EXPANDED_VALUES_MAX };
  return documents.map((document) => withoutSharing(document, budget, 0));
}

/** A copy in which no two places are the same object, as aliases would have it. */
function withoutSharing(value: unknown, budget: { left: number }, depth: number): unknown {
  budget.left -= 1;
  if (budget.left < 0 || depth > YAML_DEPTH_MAX) throw new YamlError('yaml: document contains excessive aliasing');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withoutSharing(item, budget, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSharing(item, budget, depth + 1)]));
}

/** Every document of the text that is not empty, as plain JSON values. Throws YamlError. JSON is YAML too. */
export function parseYamlDocuments(text: string): unknown[] {
  return load(text).filter((document) => document !== null && document !== undefined);
}

export interface YamlReading {
  readonly documents: readonly unknown[];
  /** One text per key that a mapping has twice, such as `line 3: key "data" already set in map`; the last value counts. */
  readonly duplicates: readonly string[];
}

/** Every document of the text, and what is given twice in it. Throws YamlError. */
export function readYaml(text: string): YamlReading {
  let twice = false;
  const telling = tellingDialect(() => {
    twice = true;
  });
  const documents = load(text, telling);
  return { documents, duplicates: twice ? duplicateKeys(text, YAML_DEPTH_MAX) : [] };
}

/** Decodes the YAML of one object as decodeJson does JSON. Throws ApiError BadRequest. */
export function decodeYaml<T = KubeObject>(
  bytes: Uint8Array | string,
  schema: StructSchema,
  options: DecodeOptions = {},
): Decoded<T> {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8');
  try {
    return decodeYamlReading(readYaml(text), schema, options);
  } catch (error) {
    throw yamlRefusal(error);
  }
}

/** The same for YAML that has been read already. */
export function decodeYamlReading<T = KubeObject>(
  { documents, duplicates }: YamlReading,
  schema: StructSchema,
  options: DecodeOptions = {},
): Decoded<T> {
  // Warnings are told one by one, an error as Go's reader says it.
  const told = options.fieldValidation === 'Strict' ? duplicatesError(duplicates) : duplicates;
  return decodeDocument<T>(documents[0] ?? {}, schema, options, (trail) => trail.problems.unshift(...told));
}

/** What a server answers when a body was not YAML; other errors as they are. */
export function yamlRefusal(error: unknown): unknown {
  return error instanceof YamlError ? errors.badRequest(`error converting YAML to JSON: ${error.message}`) : error;
}

function duplicatesError(duplicates: readonly string[]): readonly string[] {
  return duplicates.length === 0 ? [] : [yamlErrors(duplicates)];
}

/** Several problems of a document in one text, as Go's reader tells them. */
export function yamlErrors(problems: readonly string[]): string {
  return `yaml: unmarshal errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
}

/** Strings that would read as something else are quoted twice, others that need quotes once: what kubectl prints. */
const styleRules = [
  DEFAULT_SCALAR_STYLE_RULES.doubleQuoteForInvisibles,
  DEFAULT_SCALAR_STYLE_RULES.doubleQuoteWhitespaceOnly,
  (layout: Parameters<typeof DEFAULT_SCALAR_STYLE_RULES.quoteInvalidPlain>[0]) => {
    const isString = layout.node.tag === 'tag:yaml.org,2002:str';
    if (isString && layout.style === SCALAR_STYLE.PLAIN && looksLikeNoString(layout.node.value))
      layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
  },
  DEFAULT_SCALAR_STYLE_RULES.tryLongOrMultilineAsBlock,
  DEFAULT_SCALAR_STYLE_RULES.quoteInvalidPlain,
  DEFAULT_SCALAR_STYLE_RULES.fallbackToDoubleQuoted,
];

/** YAML as kubectl prints it: keys sorted, lists not indented, nothing folded. Undefined properties are left out. */
export function toYaml(value: unknown): string {
  const plain: unknown = parseJson(JSON.stringify(value) ?? 'null');
  return dump(plain, {
    schema: dialect,
    sortKeys: true,
    seqNoIndent: true,
    noRefs: true,
    lineWidth: -1,
    scalarStyleRules: styleRules,
  });
}
