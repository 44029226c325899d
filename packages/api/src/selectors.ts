/**
 * Label and field selectors: the texts of query parameters and the LabelSelector objects of specs
 * (API concepts, "Labels and Selectors", "Field Selectors").
 */
import { names } from './names.ts';

export type Labels = Readonly<Record<string, string>>;
export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** The text of a selector is wrong; the API answers BadRequest with this message. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
  readonly code = 'bad-selector';
}

export class LabelMatcher {
  /** All must hold. An empty list matches everything; `nothing` matches nothing. */
  readonly requirements: readonly Requirement[];
  readonly nothing: boolean;
  constructor(requirements: readonly Requirement[], nothing = false) {
    this.requirements = requirements;
    this.nothing = nothing;
  }
  get everything(): boolean {
    return !this.nothing && this.requirements.length === 0;
  }
  matches(labels: Labels | undefined): boolean {
    if (this.nothing) return false;
    for (const requirement of this.requirements) if (!holds(requirement, labels)) return false;
    return true;
  }
  /** The text form, requirements sorted by key. */
  toString(): string {
    return this.requirements.map(requirementText).join(',');
  }
}

export const matchEverything: LabelMatcher = new LabelMatcher([]);
export const matchNothing: LabelMatcher = new LabelMatcher([], true);

function holds({ key, operator, values }: Requirement, labels: Labels | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const bound = Number(values[0]);
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      return operator === 'Gt' ? Number(value) > bound : Number(value) < bound;
    }
  }
}

function requirementText({ key, operator, values }: Requirement): string {
  const sorted = [...values].sort();
  switch (operator) {
    case 'In':
      return sorted.length === 1 ? `${key}=${sorted[0]}` : `${key} in (${sorted.join(',')})`;
    case 'NotIn':
      return sorted.length === 1 ? `${key}!=${sorted[0]}` : `${key} notin (${sorted.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'Gt':
      return `${key}>${values[0]}`;
    case 'Lt':
      return `${key}<${values[0]}`;
  }
}

function bySortedKey(requirements: readonly Requirement[]): Requirement[] {
  return requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** The structural part of metav1.LabelSelector. */
export interface LabelSelectorLike {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}

/** A LabelSelector object: absent matches nothing, empty matches everything. Unknown operators throw SelectorError. */
export function labelSelectorMatcher(selector: LabelSelectorLike | null | undefined): LabelMatcher {
  if (selector === null || selector === undefined) return matchNothing;
  const exact = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: 'In', values: [value] }),
  );
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }): Requirement => {
    if (operator !== 'In' && operator !== 'NotIn' && operator !== 'Exists' && operator !== 'DoesNotExist')
      throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    return { key, operator, values };
  });
  return new LabelMatcher(bySortedKey([...exact, ...expressions]));
}

/** The old map form of Services and ReplicationControllers: empty or absent matches nothing. */
export function mapSelectorMatcher(selector: Labels | null | undefined): LabelMatcher {
  if (selector === null || selector === undefined || Object.keys(selector).length === 0) return matchNothing;
  return labelSelectorMatcher({ matchLabels: selector });
}

const TOKEN = /\s*(?:(==|!=|[=!<>(),])|([^\s=!<>(),]+))/y;
const SELECTOR_LENGTH_MAX = 256 * 1024; // Longer than any URL we accept.

interface Token {
  readonly kind: 'symbol' | 'word' | 'end';
  readonly text: string;
}

function tokensOf(text: string): Token[] {
  if (text.length > SELECTOR_LENGTH_MAX) throw new SelectorError('unable to parse requirement: selector is too long');
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    if (match[1] !== undefined) tokens.push({ kind: 'symbol', text: match[1] });
    else tokens.push({ kind: 'word', text: match[2] ?? '' });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** A recursive-descent parser of the selector grammar; one instance per text. */
class SelectorParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#peek().kind === 'end') return requirements;
    for (;;) {
      requirements.push(this.#requirement());
      const next = this.#take();
      if (next.kind === 'end') return requirements;
      if (next.text !== ',') throw unexpected(next, "',' or 'end of string'");
      const after = this.#peek();
      if (after.kind !== 'word' && after.text !== '!') throw unexpected(after, "identifier after ','");
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }
  #take(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #requirement(): Requirement {
    const negated = this.#peek().text === '!' && this.#take().text === '!';
    const { kind, text: key } = this.#take();
    if (kind !== 'word') throw unexpected({ kind, text: key }, "!, identifier, or 'end of string'");
    checkKey(key);
    const next = this.#peek();
    if (negated) return { key, operator: 'DoesNotExist', values: [] };
    if (next.kind === 'end' || next.text === ',') return { key, operator: 'Exists', values: [] };
    return this.#comparison(key, this.#take());
  }

  #comparison(key: string, { text: operator }: Token): Requirement {
    switch (operator) {
      case '=':
      case '==':
        return checked({ key, operator: 'In', values: [this.#exactValue()] });
      case '!=':
        return checked({ key, operator: 'NotIn', values: [this.#exactValue()] });
      case '>':
      case '<':
        return checked({ key, operator: operator === '>' ? 'Gt' : 'Lt', values: [this.#exactValue()] });
      case 'in':
        return checked({ key, operator: 'In', values: this.#valueList() });
      case 'notin':
        return checked({ key, operator: 'NotIn', values: this.#valueList() });
      default:
        throw unexpected({ kind: 'word', text: operator }, 'in, notin, =, ==, !=, gt, lt');
    }
  }

  #exactValue(): string {
    const next = this.#peek();
    if (next.kind === 'end' || next.text === ',') return '';
    if (next.kind !== 'word') throw unexpected(next, 'identifier');
    return this.#take().text;
  }

  #valueList(): string[] {
    const open = this.#take();
    if (open.text !== '(') throw unexpected(open, "'('");
    const values: string[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'word') values.push(this.#take().text);
      else values.push('');
      const separator = this.#take();
      if (separator.text === ')') return [...new Set(values)];
      if (separator.text !== ',') throw unexpected(separator, "',' or ')'");
    }
  }
}

function unexpected({ text }: Token, expected: string): SelectorError {
  return new SelectorError(`unable to parse requirement: found '${text}', expected: ${expected}`);
}
function checkKey(key: string): void {
  const wrong = names.qualifiedName(key);
  if (wrong.length > 0)
    throw new SelectorError(
      `unable to parse requirement: key: Invalid value: ${JSON.stringify(key)}: ${wrong.join('; ')}`,
    );
}
function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  if (operator === 'Gt' || operator === 'Lt') {
    if (!/^-?\d+$/.test(values[0] ?? ''))
      throw new SelectorError(
        `unable to parse requirement: values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    return requirement;
  }
  values.forEach((value, index) => {
    const wrong = names.labelValue(value);
    if (wrong.length > 0)
      throw new SelectorError(
        `unable to parse requirement: values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join('; ')}`,
      );
  });
  return requirement;
}

/** Parses the text of a labelSelector parameter; throws SelectorError. The empty text matches everything. */
export function parseLabelSelector(text: string): LabelMatcher {
  const requirements = new SelectorParser(text).parse();
  return requirements.length === 0 ? matchEverything : new LabelMatcher(bySortedKey(requirements));
}

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export class FieldMatcher {
  readonly requirements: readonly FieldRequirement[];
  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }
  get everything(): boolean {
    return this.requirements.length === 0;
  }
  /** Fields that are absent count as empty. */
  matches(fields: Labels): boolean {
    for (const { field, operator, value } of this.requirements)
      if (((fields[field] ?? '') === value) !== (operator === '=')) return false;
    return true;
  }
  /** The value a field must have, if the selector pins it. */
  exact(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value;
  }
  toString(): string {
    const escaped = (value: string) => value.replace(/[\\,=]/g, (mark) => `\\${mark}`);
    return this.requirements.map(({ field, operator, value }) => `${field}${operator}${escaped(value)}`).join(',');
  }
}

/** Parses the text of a fieldSelector parameter; throws SelectorError. */
export function parseFieldSelector(text: string): FieldMatcher {
  const terms = text.match(/(?:\\.|[^,\\])+/gs) ?? [];
  return new FieldMatcher(
    terms.map((term) => {
      const match = /^([^=!]*)(==|!=|=)((?:\\.|[^=\\])*)$/s.exec(term);
      if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      const value = (match[3] ?? '').replace(/\\(.)/gs, '$1');
      return { field: (match[1] ?? '').trim(), operator: match[2] === '!=' ? '!=' : '=', value };
    }),
  );
}
