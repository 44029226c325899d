/** Finds names that nothing declares and operators that fit nothing, and says what an expression makes. */
import type { Problem } from './lexer.ts';
import type { Node } from './parser.ts';
import { type CelType, FUNCTIONS, MACROS, METHODS, NAMESPACES, type Structs, TYPE_NAMES } from './types.ts';

export interface Environment {
  readonly variables: Readonly<Record<string, CelType>>;
  readonly structs?: Structs;
  /** Names of types that may be constructed, by their first part: `Object`, `JSONPatch`. */
  readonly constructible?: readonly string[];
}

type Scope = ReadonlyMap<string, CelType>;

/** Operators that compare or compute: what they make of two equal types, and which types those may be. */
const ARITHMETIC: Readonly<Record<string, readonly CelType[]>> = {
  '_+_': ['int', 'uint', 'double', 'string', 'bytes', 'list', 'google.protobuf.Duration', 'google.protobuf.Timestamp'],
  '_-_': ['int', 'uint', 'double', 'google.protobuf.Duration', 'google.protobuf.Timestamp'],
  '_*_': ['int', 'uint', 'double'],
  '_/_': ['int', 'uint', 'double'],
  '_%_': ['int', 'uint'],
};
const COMPARISONS: ReadonlySet<string> = new Set(['_<_', '_<=_', '_>_', '_>=_', '_==_', '_!=_', '@in']);
const SIMPLE: ReadonlySet<CelType> = new Set(['int', 'uint', 'double', 'string', 'bytes', 'bool']);

export function check(
  tree: Node,
  environment: Environment,
): { readonly type: CelType; readonly problems: readonly Problem[] } {
  const checker = new Checker(environment);
  const type = checker.typeOf(tree, new Map());
  return { type, problems: checker.problems };
}

function isOpen(type: CelType): boolean {
  return type === 'dyn' || type === 'unknown';
}

class Checker {
  readonly problems: Problem[] = [];
  readonly #environment: Environment;
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  #report(at: number, message: string): CelType {
    this.problems.push({ at, message });
    return 'unknown';
  }
  #undeclared(at: number, name: string): CelType {
    return this.#report(at, `undeclared reference to '${name}' (in container '')`);
  }

  typeOf(node: Node, scope: Scope): CelType {
    switch (node.kind) {
      case 'literal':
        return node.type;
      case 'name':
        return this.#name(node.name, node.at, scope);
      case 'select':
        return this.#select(node, scope);
      case 'list':
        for (const item of node.items) this.typeOf(item, scope);
        return 'list';
      case 'map':
        for (const part of node.entries.flat()) this.typeOf(part, scope);
        return 'map';
      case 'struct':
        return this.#struct(node, scope);
      case 'call':
        return node.of === undefined ? this.#function(node, scope) : this.#method(node, node.of, scope);
    }
  }

  #name(name: string, at: number, scope: Scope): CelType {
    const known = scope.get(name) ?? own(this.#environment.variables, name);
    if (known !== undefined) return known;
    return TYPE_NAMES.has(name) ? 'type' : this.#undeclared(at, name);
  }

  #select(node: Node & { readonly kind: 'select' }, scope: Scope): CelType {
    const of = this.typeOf(node.of, scope);
    const fields = own(this.#environment.structs ?? {}, of);
    if (fields !== undefined)
      return own(fields, node.field) ?? this.#report(node.at, `undefined field '${node.field}'`);
    if (SIMPLE.has(of)) return this.#report(node.at, `type '${of}' does not support field selection`);
    if (node.optional) return 'unknown';
    return of === 'dyn' ? 'dyn' : 'unknown';
  }

  #struct(node: Node & { readonly kind: 'struct' }, scope: Scope): CelType {
    for (const [, value] of node.fields) this.typeOf(value, scope);
    const [root = ''] = node.name.split('.');
    const known = this.#environment.constructible?.includes(root) === true || NAMESPACES.has(root);
    return known ? node.name : this.#undeclared(node.at, node.name);
  }

  #function(node: Node & { readonly kind: 'call' }, scope: Scope): CelType {
    if (node.name === 'has') return this.#has(node, scope);
    const types = node.args.map((argument) => this.typeOf(argument, scope));
    if (/[^A-Za-z0-9_]|^_/.test(node.name)) return this.#operator(node, types);
    return own(FUNCTIONS, node.name) ?? this.#undeclared(node.at, node.name);
  }

  #has(node: Node & { readonly kind: 'call' }, scope: Scope): CelType {
    const [argument] = node.args;
    if (node.args.length !== 1 || argument?.kind !== 'select') {
      this.#report(argument?.at ?? node.at, 'invalid argument to has() macro');
      return 'bool';
    }
    this.typeOf(argument, scope);
    return 'bool';
  }

  #operator({ name, at }: Node & { readonly kind: 'call' }, types: readonly CelType[]): CelType {
    const [left = 'unknown', right = 'unknown', third = 'unknown'] = types;
    const misfit = (): CelType =>
      this.#report(at, `found no matching overload for '${name}' applied to '(${types.join(', ')})'`);
    const mustBeBool = (wanted: readonly CelType[]): CelType =>
      wanted.every((type) => type === 'bool' || isOpen(type)) ? 'bool' : misfit();
    if (name === '_&&_' || name === '_||_') return mustBeBool(types);
    if (name === '!_') return mustBeBool(types);
    if (name === '-_') return left === 'string' || left === 'bool' ? misfit() : left;
    if (name === '_?_:_') return this.#conditional(mustBeBool([left]), right, third);
    if (COMPARISONS.has(name)) return this.#comparison(name, left, right) ? 'bool' : misfit();
    const fitting = own(ARITHMETIC, name);
    if (fitting === undefined) return isOpen(left) ? left : 'unknown';
    return this.#arithmetic(name, fitting, left, right, misfit);
  }

  #conditional(condition: CelType, yes: CelType, no: CelType): CelType {
    return condition === 'bool' && yes === no ? yes : 'unknown';
  }

  /** Numbers compare with numbers of any kind by order, and only with their own kind by equality. */
  #comparison(name: string, left: CelType, right: CelType): boolean {
    if (name === '@in' || !SIMPLE.has(left) || !SIMPLE.has(right) || left === right) return true;
    const numbers = [left, right].every((type) => type === 'int' || type === 'uint' || type === 'double');
    return numbers && name !== '_==_' && name !== '_!=_';
  }

  #arithmetic(
    name: string,
    fitting: readonly CelType[],
    left: CelType,
    right: CelType,
    misfit: () => CelType,
  ): CelType {
    if (isOpen(left) || isOpen(right)) return isOpen(left) && isOpen(right) ? 'dyn' : 'unknown';
    if (left === right && fitting.includes(left)) return left;
    const times = [left, right].every((type) => type.startsWith('google.protobuf.'));
    if (times && (name === '_+_' || name === '_-_')) return 'unknown';
    return SIMPLE.has(left) && SIMPLE.has(right) ? misfit() : 'unknown';
  }

  #method(node: Node & { readonly kind: 'call' }, of: Node, scope: Scope): CelType {
    const macro = own(MACROS, node.name);
    if (macro !== undefined && node.args.length >= 2) return this.#macro(node, of, macro, scope);
    const namespaced = this.#isNamespace(of, scope);
    if (namespaced && node.name === 'bind') return this.#bind(node, scope);
    if (!namespaced) this.typeOf(of, scope);
    for (const argument of node.args) this.typeOf(argument, scope);
    return METHODS.get(node.name) ?? this.#undeclared(node.at, node.name);
  }

  #isNamespace(of: Node, scope: Scope): boolean {
    if (of.kind === 'select') return this.#isNamespace(of.of, scope);
    if (of.kind !== 'name' || scope.has(of.name)) return false;
    return NAMESPACES.has(of.name) && own(this.#environment.variables, of.name) === undefined;
  }

  #bind({ args }: Node & { readonly kind: 'call' }, scope: Scope): CelType {
    const [name, value, body] = args;
    if (name?.kind !== 'name' || value === undefined || body === undefined)
      return this.#report(name?.at ?? 0, 'cel.bind() variable names must be simple identifiers');
    return this.typeOf(body, new Map([...scope, [name.name, this.typeOf(value, scope)]]));
  }

  #macro(
    node: Node & { readonly kind: 'call' },
    of: Node,
    { variables, type }: (typeof MACROS)[string],
    scope: Scope,
  ): CelType {
    this.typeOf(of, scope);
    // With a third argument `map` filters first; it still declares one variable.
    const count = Math.min(node.args.length - 1, Math.max(...variables));
    const names = node.args.slice(0, count);
    const inner = new Map(scope);
    for (const name of names) {
      if (name.kind !== 'name') return this.#report(name.at, 'argument must be a simple name');
      inner.set(name.name, 'unknown');
    }
    const bodies = node.args.slice(count).map((body) => this.typeOf(body, inner));
    const predicate = bodies.at(-1) ?? 'unknown';
    if (type === 'bool' && !isOpen(predicate) && predicate !== 'bool')
      return this.#report(node.at, `expected type 'bool' but found '${predicate}'`);
    return type;
  }
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
