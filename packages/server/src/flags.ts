/**
 * Command lines the way upstream's components read them (pflag): `--a=b`, `--a b`, `--bool`, `--bool=false`, `-v=2`,
 * `-v2`, `-abc`, repeated and comma-separated lists, `--` ends the flags, underscores in names count as dashes.
 */
import type { ComponentCommand, Flag, FlagValues } from './contract.ts';
import { FlagError } from './flag-error.ts';
import { flagHelp } from './flag-help.ts';
import { defaultFlagValue, type FlagValue, parseFlagValue } from './flag-value.ts';

export type ParsedFlags =
  | { readonly kind: 'run'; readonly flags: FlagValues; readonly rest: readonly string[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' };

/** Flags every component has besides its own. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: 'help', shorthand: 'h', type: 'bool', help: 'help for this command' },
  { name: 'v', shorthand: 'v', type: 'int', default: 0, help: 'number for the log level verbosity' },
  { name: 'version', type: 'bool', help: 'print the version and quit' },
];

/** Parses the arguments of a component, which takes flags only. Throws FlagError with upstream's message. */
export function parseComponentFlags(
  command: Pick<ComponentCommand, 'name' | 'summary' | 'flags'>,
  args: readonly string[],
): ParsedFlags {
  const flags = [
    ...command.flags,
    ...COMMON_FLAGS.filter((common) => !command.flags.some((f) => f.name === common.name)),
  ];
  const parsed = parseFlags(flags, args);
  if (parsed.flags.bool('help')) return { kind: 'help', text: flagHelp(command.name, command.summary, flags) };
  if (parsed.flags.bool('version')) return { kind: 'version' };
  if (parsed.rest.length > 0) {
    const message = `unknown command ${JSON.stringify(parsed.rest[0])} for ${JSON.stringify(command.name)}`;
    throw new FlagError('unexpected-argument', message);
  }
  return { kind: 'run', ...parsed };
}

/** Parses flags mixed with arguments; what is no flag comes back in `rest`, in order. Throws FlagError. */
export function parseFlags(
  flags: readonly Flag[],
  args: readonly string[],
): { readonly flags: FlagValues; readonly rest: readonly string[] } {
  const given = new Map<string, FlagValue>();
  const rest: string[] = [];
  const set = (flag: Flag, text: string) => given.set(flag.name, flagValue(flag, text, given.get(flag.name)));
  const waiting = [...args];
  while (waiting.length > 0) {
    const arg = waiting.shift()!;
    if (arg === '--') return { flags: flagValues(flags, given), rest: [...rest, ...waiting] };
    if (arg.startsWith('--')) readLong(flags, arg, waiting, set);
    else if (arg.startsWith('-') && arg.length > 1) readShort(flags, arg, waiting, set);
    else rest.push(arg);
  }
  return { flags: flagValues(flags, given), rest };
}

type SetFlag = (flag: Flag, text: string) => void;

function readLong(flags: readonly Flag[], arg: string, waiting: string[], set: SetFlag): void {
  const at = arg.indexOf('=');
  const name = arg.slice(2, at === -1 ? undefined : at).replaceAll('_', '-');
  if (name === '' || name.startsWith('-')) throw new FlagError('bad-syntax', `bad flag syntax: ${arg}`);
  const flag = flags.find((candidate) => candidate.name === name);
  if (flag === undefined) throw new FlagError('unknown-flag', `unknown flag: --${name}`);
  if (at !== -1) set(flag, arg.slice(at + 1));
  else if (flag.type === 'bool') set(flag, 'true');
  else set(flag, nextArgument(waiting, arg));
}

function readShort(flags: readonly Flag[], arg: string, waiting: string[], set: SetFlag): void {
  let letters = arg.slice(1);
  while (letters !== '') {
    const letter = letters[0]!;
    const flag = flags.find((candidate) => candidate.shorthand === letter);
    if (flag === undefined) {
      throw new FlagError('unknown-flag', `unknown shorthand flag: '${letter}' in -${arg.slice(1)}`);
    }
    if (flag.type === 'bool' && letters[1] !== '=') {
      set(flag, 'true');
      letters = letters.slice(1);
      continue;
    }
    const value = letters.slice(letters[1] === '=' ? 2 : 1);
    set(flag, value === '' && letters[1] !== '=' ? nextArgument(waiting, `'${letter}' in ${arg}`) : value);
    return;
  }
}

function nextArgument(waiting: string[], wanting: string): string {
  const next = waiting.shift();
  if (next === undefined) throw new FlagError('missing-value', `flag needs an argument: ${wanting}`);
  return next;
}

function flagValue(flag: Flag, text: string, previous: FlagValue | undefined): FlagValue {
  try {
    return parseFlagValue(flag.type, text, previous);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    const name = flag.shorthand === undefined ? `--${flag.name}` : `-${flag.shorthand}, --${flag.name}`;
    throw new FlagError(error.code, `invalid argument ${JSON.stringify(text)} for "${name}" flag: ${error.message}`);
  }
}

function flagValues(flags: readonly Flag[], given: ReadonlyMap<string, FlagValue>): FlagValues {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const read = (name: string): FlagValue => {
    const flag = byName.get(name);
    if (flag === undefined) throw new FlagError('unknown-flag', `flag accessed but not defined: ${name}`);
    return given.get(name) ?? defaultFlagValue(flag);
  };
  return {
    string: (name) => String(read(name)),
    bool: (name) => read(name) === true,
    number: (name) => Number(read(name)),
    strings: (name) => read(name) as readonly string[],
    map: (name) => read(name) as ReadonlyMap<string, string>,
    given: (name) => given.has(name),
  };
}
