/** Splits an expression of the Common Expression Language into tokens (cel-spec, "Syntax"). */

export type TokenKind = 'identifier' | 'number' | 'string' | 'operator' | 'keyword' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offset in characters from the start. */
  readonly at: number;
  /** Of literals. */
  readonly type?: 'int' | 'uint' | 'double' | 'string' | 'bytes';
}

/** Where an expression is wrong, and why, in the words of the parser that upstream uses. */
export interface Problem {
  readonly at: number;
  readonly message: string;
}

const KEYWORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in']);
const OPERATORS = ['==', '!=', '<=', '>=', '&&', '||', ...'<>+-*/%!?:.,()[]{}'];
const SPACE = /(?:\s+|\/\/[^\n]*)+/y;
const STRING = /(?:[bB]?[rR]?|[rR][bB])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/y;
const RAW = /^(?:[bB]?[rR]|[rR][bB])/;
const NUMBER = /0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*|`[A-Za-z0-9_./ -]+`/y;

export function tokenize(text: string): { readonly tokens: readonly Token[]; readonly problems: readonly Problem[] } {
  const tokens: Token[] = [];
  const problems: Problem[] = [];
  for (let at = 0; at < text.length; ) {
    const space = take(SPACE, text, at);
    if (space !== '') {
      at += space.length;
      continue;
    }
    const token = tokenAt(text, at);
    if (token === undefined) {
      problems.push({ at, message: `Syntax error: token recognition error at: '${text[at]}'` });
      at++;
    } else {
      tokens.push(token);
      at += token.text.length;
    }
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: text.length });
  return { tokens, problems };
}

function take(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function tokenAt(text: string, at: number): Token | undefined {
  const string = take(STRING, text, at);
  if (string !== '') {
    const prefix = RAW.test(string) ? string.slice(0, 2) : string.slice(0, 1);
    return { kind: 'string', text: string, at, type: /^[^"']*[bB]/.test(prefix) ? 'bytes' : 'string' };
  }
  const number = take(NUMBER, text, at);
  if (number !== '') return { kind: 'number', text: number, at, type: numberType(number) };
  const word = take(IDENTIFIER, text, at);
  if (word !== '') return { kind: KEYWORDS.has(word) ? 'keyword' : 'identifier', text: word, at };
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at));
  return operator === undefined ? undefined : { kind: 'operator', text: operator, at };
}

function numberType(text: string): 'int' | 'uint' | 'double' {
  if (/[uU]$/.test(text)) return 'uint';
  return /^0[xX]/.test(text) || /^\d+$/.test(text) ? 'int' : 'double';
}
