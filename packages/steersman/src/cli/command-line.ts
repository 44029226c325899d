/** Finds the command, reads its flags, runs it, and turns failures into one line and an exit code. */
import { realEffects } from '@steersman/machinery';
import { type ComponentCommand, FlagError, parseComponentFlags, VERSION } from '@steersman/server';
import { type CommandEntry, commands, components } from './registry.ts';

/** Runs one command line; resolves with the exit code of the process. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = args;
  if (['help', '--help', '-h'].includes(name)) return print(overview());
  if (['--version', '-v'].includes(name)) return print(`Steersman ${VERSION.gitVersion}\n`);
  const entry = [...commands, ...components].find((candidate) => candidate.name === name);
  if (entry === undefined) return complain(`unknown command "${name}"; run: steersman help`);
  const stop = new AbortController();
  const untie = abortOnSignals(stop);
  try {
    return await runEntry(entry, rest, stop.signal);
  } catch (error) {
    return complain(messageOf(error, name));
  } finally {
    untie();
  }
}

async function runEntry(entry: CommandEntry, args: readonly string[], signal: AbortSignal): Promise<number> {
  const command = await entry.load();
  const allowed = entry.arguments === true ? separate(args) : { flags: args, rest: [] };
  const parsed = parseComponentFlags(command, allowed.flags);
  if (parsed.kind === 'help') return print(parsed.text);
  if (parsed.kind === 'version') return print(`Kubernetes ${VERSION.gitVersion}\n`);
  const effects = realEffects({ component: command.name, level: parsed.flags.number('v') >= 4 ? 'debug' : 'info' });
  await command.run(parsed.flags, effects, signal, allowed.rest);
  return process.exitCode === undefined ? 0 : Number(process.exitCode);
}

/** A command that takes arguments besides flags (`steersman image load FILE...`). */
export interface ArgumentCommand extends Omit<ComponentCommand, 'run'> {
  run(...parameters: [...Parameters<ComponentCommand['run']>, rest: readonly string[]]): Promise<void>;
}

/** Arguments of commands that take some: everything that is no flag. Their flags are written `--flag=value` or are switches. */
export function separate(args: readonly string[]): {
  readonly flags: readonly string[];
  readonly rest: readonly string[];
} {
  const flags: string[] = [];
  const rest: string[] = [];
  const waiting = [...args];
  for (let arg = waiting.shift(); arg !== undefined; arg = waiting.shift()) {
    if (arg === '-' || !arg.startsWith('-')) rest.push(arg);
    else if (arg.includes('=') || !TAKES_VALUE.has(arg)) flags.push(arg);
    else flags.push(arg, ...waiting.splice(0, 1));
  }
  return { flags, rest };
}

const TAKES_VALUE = new Set(['--name', '--data-dir', '-o', '--output', '--kubeconfig', '--node']);

function abortOnSignals(stop: AbortController): () => void {
  let asked = false;
  const handler = () => {
    if (asked) process.exit(130); // Asked twice: at once.
    asked = true;
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, handler);
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, handler);
  };
}

function messageOf(error: unknown, command: string): string {
  if (error instanceof FlagError) return `${error.message}; run: steersman ${command} --help`;
  if (!(error instanceof Error)) return String(error);
  const oneLine = error.message.split('\n')[0] ?? error.name;
  return process.env['STEERSMAN_TRACE'] === undefined ? oneLine : (error.stack ?? oneLine);
}

function print(text: string): number {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return 0;
}

function complain(message: string): number {
  process.stderr.write(`steersman: ${message}\n`);
  return 1;
}

function overview(): string {
  const list = (entries: readonly CommandEntry[]) =>
    entries
      .filter((entry) => !entry.hidden)
      .map((entry) => `  ${entry.name.padEnd(26)}${entry.summary}`)
      .join('\n');
  return `Steersman runs Kubernetes clusters.

Usage:
  steersman COMMAND [flags]

Commands:
${list(commands)}

Components, with upstream's flags:
${list(components)}

Use "steersman COMMAND --help" for more about one of them.
`;
}
