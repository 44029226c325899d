/** Reads an expression of the Common Expression Language into a tree, by descent (cel-spec, "Syntax"). */
import { type Problem, type Token, tokenize } from './lexer.ts';

/** `at` is the offset that problems with the node are reported at: the operator's, for calls the parenthesis'. */
export type Node =
  | { readonly kind: 'literal'; readonly at: number; readonly type: string; readonly text: string }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | {
      readonly kind: 'select';
      readonly at: number;
      readonly of: Node;
      readonly field: string;
      readonly optional: boolean;
    }
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly name: string;
      readonly of?: Node;
      readonly args: readonly Node[];
    }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly at: number; readonly entries: readonly (readonly [Node, Node])[] }
  | {
      readonly kind: 'struct';
      readonly at: number;
      readonly name: string;
      readonly fields: readonly (readonly [string, Node])[];
    };

/** Deeper trees are refused before the stack is in danger; upstream's parser stops there too. */
const DEPTH_MAX = 250;
/** A chain of operators or selections is a tree that leans to one side. */
const CHAIN_MAX = 1000;
/** Upstream's bound on the text, in code points. */
const TEXT_MAX = 100_000;
const OPERANDS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const RESERVED: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['<', '<=', '>=', '>', '==', '!=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];

class SyntaxProblem extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

export function parse(text: string): { readonly tree: Node | undefined; readonly problems: readonly Problem[] } {
  if (text.length > TEXT_MAX) {
    const message = `expression code point size exceeds limit: size: ${text.length}, limit ${TEXT_MAX}`;
    return { tree: undefined, problems: [{ at: 0, message }] };
  }
  const { tokens, problems } = tokenize(text);
  const parser = new Parser(tokens);
  try {
    const tree = parser.whole();
    return { tree: problems.length > 0 ? undefined : tree, problems };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { tree: undefined, problems: [...problems, { at: error.at, message: error.message }] };
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const tree = this.#expression();
    const { kind, text, at } = this.#token;
    if (kind === 'end') return tree;
    const last = this.#tokens[this.#next + 1]?.kind === 'end';
    throw new SyntaxProblem(at, `Syntax error: ${last ? 'extraneous' : 'mismatched'} input '${text}' expecting <EOF>`);
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }
  #take(): Token {
    const token = this.#token;
    if (token.kind !== 'end') this.#next++;
    return token;
  }
  #accept(text: string): Token | undefined {
    const { kind } = this.#token;
    return this.#token.text === text && (kind === 'operator' || kind === 'keyword') ? this.#take() : undefined;
  }
  #expect(text: string): Token {
    return this.#accept(text) ?? this.#mismatch(`'${text}'`);
  }
  #mismatch(expected: string): never {
    const { text, at } = this.#token;
    throw new SyntaxProblem(at, `Syntax error: mismatched input '${text}' expecting ${expected}`);
  }

  #expression(): Node {
    if (++this.#depth > DEPTH_MAX)
      throw new SyntaxProblem(this.#token.at, `max recursion depth exceeded: max=${DEPTH_MAX}`);
    const condition = this.#binary(0);
    const question = this.#accept('?');
    let tree = condition;
    if (question !== undefined) {
      const yes = this.#binary(0);
      this.#expect(':');
      tree = { kind: 'call', at: question.at, name: '_?_:_', args: [condition, yes, this.#expression()] };
    }
    this.#depth--;
    return tree;
  }

  #binary(level: number): Node {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (let links = 0; ; links++) {
      const { text, kind, at } = this.#token;
      if (kind === 'string' || !operators.includes(text)) return left;
      this.#limit(links);
      this.#take();
      const name = text === 'in' ? '@in' : `_${text}_`;
      left = { kind: 'call', at, name, args: [left, this.#binary(level + 1)] };
    }
  }

  #limit(links: number): void {
    if (links > CHAIN_MAX) throw new SyntaxProblem(this.#token.at, `max recursion depth exceeded: max=${CHAIN_MAX}`);
  }

  #unary(): Node {
    const { text, at, kind } = this.#token;
    if (kind !== 'operator' || (text !== '!' && text !== '-')) return this.#member();
    this.#take();
    if (++this.#depth > DEPTH_MAX) throw new SyntaxProblem(at, `max recursion depth exceeded: max=${DEPTH_MAX}`);
    const args = [this.#unary()];
    this.#depth--;
    return { kind: 'call', at, name: `${text}_`, args };
  }

  #member(): Node {
    let tree = this.#primary();
    for (let links = 0; ; links++) {
      this.#limit(links);
      const dot = this.#accept('.');
      const bracket = dot === undefined ? this.#accept('[') : undefined;
      if (dot !== undefined) tree = this.#selection(tree, dot);
      else if (bracket !== undefined) {
        const optional = this.#accept('?') !== undefined;
        const args = [tree, this.#expression()];
        this.#expect(']');
        tree = { kind: 'call', at: bracket.at, name: optional ? '_[?_]' : '_[_]', args };
      } else return tree;
    }
  }

  #selection(of: Node, dot: Token): Node {
    const optional = this.#accept('?') !== undefined;
    if (this.#token.kind !== 'identifier')
      throw new SyntaxProblem(
        this.#token.at,
        `Syntax error: no viable alternative at input '.${this.#token.kind === 'end' ? '' : this.#token.text}'`,
      );
    const field = this.#take().text.replaceAll('`', '');
    const open = optional ? undefined : this.#accept('(');
    if (open === undefined) return { kind: 'select', at: dot.at, of, field, optional };
    return { kind: 'call', at: open.at, name: field, of, args: this.#list(')') };
  }

  #primary(): Node {
    const { kind, text, at, type } = this.#token;
    if (kind === 'number' || kind === 'string') {
      this.#take();
      return { kind: 'literal', at, type: type ?? 'string', text };
    }
    if (kind === 'keyword' && text !== 'in') {
      this.#take();
      return { kind: 'literal', at, type: text === 'null' ? 'null_type' : 'bool', text };
    }
    if (kind === 'identifier' || (text === '.' && this.#tokens[this.#next + 1]?.kind === 'identifier'))
      return this.#named();
    if (this.#accept('(')) {
      const tree = this.#expression();
      this.#expect(')');
      return tree;
    }
    if (this.#accept('[')) return { kind: 'list', at, items: this.#list(']') };
    if (this.#accept('{')) return { kind: 'map', at, entries: this.#entries() };
    return this.#mismatch(OPERANDS);
  }

  #named(): Node {
    this.#accept('.');
    const { text, at } = this.#take();
    if (RESERVED.has(text)) throw new SyntaxProblem(at, `reserved identifier: ${text}`);
    const open = this.#accept('(');
    if (open !== undefined) return { kind: 'call', at: open.at, name: text, args: this.#list(')') };
    return this.#structure(text, at) ?? { kind: 'name', at, name: text };
  }

  /** `Object.spec{replicas: 1}`: a qualified name in front of a brace. */
  #structure(first: string, at: number): Node | undefined {
    let end = this.#next;
    let name = first;
    while (this.#tokens[end]?.text === '.' && this.#tokens[end + 1]?.kind === 'identifier') {
      name += `.${this.#tokens[end + 1]?.text}`;
      end += 2;
    }
    if (this.#tokens[end]?.text !== '{') return undefined;
    this.#next = end + 1;
    const fields: (readonly [string, Node])[] = [];
    while (this.#accept('}') === undefined) {
      this.#accept('?');
      if (this.#token.kind !== 'identifier') this.#mismatch("{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}");
      const field = this.#take().text.replaceAll('`', '');
      this.#expect(':');
      fields.push([field, this.#expression()]);
      if (this.#accept(',') === undefined && this.#token.text !== '}') this.#mismatch("{'}', ','}");
    }
    return { kind: 'struct', at, name, fields };
  }

  #list(close: string): readonly Node[] {
    const items: Node[] = [];
    while (this.#accept(close) === undefined) {
      this.#accept('?');
      items.push(this.#expression());
      if (this.#accept(',') === undefined && this.#token.text !== close) this.#mismatch(`{'${close}', ','}`);
    }
    return items;
  }

  #entries(): readonly (readonly [Node, Node])[] {
    const entries: (readonly [Node, Node])[] = [];
    while (this.#accept('}') === undefined) {
      this.#accept('?');
      const key = this.#expression();
      this.#expect(':');
      entries.push([key, this.#expression()]);
      if (this.#accept(',') === undefined && this.#token.text !== '}') this.#mismatch("{'}', ','}");
    }
    return entries;
  }
}
