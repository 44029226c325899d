/** Whether an expression compiles, with the explanation that upstream's compiler gives. */
import { check, type Environment } from './checker.ts';
import type { Problem } from './lexer.ts';
import { parse } from './parser.ts';
import type { CelType } from './types.ts';

export type { Environment } from './checker.ts';
export type { CelType, Structs } from './types.ts';

export type Compiled =
  | { readonly type: CelType; readonly problem?: never }
  | { readonly problem: string; readonly type?: never };

/** `wanted` are the types that the expression may make; all are fine when it is empty. */
export function compile(expression: string, environment: Environment, wanted: readonly CelType[] = []): Compiled {
  const { tree, problems } = parse(expression);
  if (tree === undefined) return { problem: `compilation failed: ${explain(expression, problems)}` };
  const checked = check(tree, environment);
  if (checked.problems.length > 0) return { problem: `compilation failed: ${explain(expression, checked.problems)}` };
  const fits = wanted.length === 0 || wanted.includes(checked.type) || checked.type === 'unknown';
  if (fits) return { type: checked.type };
  const [only] = wanted;
  return {
    problem: wanted.length === 1 ? `must evaluate to ${only}` : `must evaluate to one of [${wanted.join(' ')}]`,
  };
}

/** Each problem with its line of the expression and a mark below its place. */
function explain(expression: string, problems: readonly Problem[]): string {
  return problems
    .map(({ at, message }) => {
      const before = expression.slice(0, at).split('\n');
      const column = before.at(-1)?.length ?? 0;
      const line = expression.split('\n')[before.length - 1] ?? '';
      return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`;
    })
    .join('\n');
}
