/** Help texts laid out as upstream's: usage, then flags by name with types, defaults and wrapped descriptions. */
import type { Flag } from './contract.ts';
import { formatGoDuration } from './duration.ts';

const WIDTH = 110; // Columns; upstream asks the terminal, and plain output must not depend on it.
const TYPE_NAMES = {
  string: 'string',
  bool: '',
  int: 'int',
  float: 'float',
  duration: 'duration',
  strings: 'strings',
  map: 'mapStringString',
};

/** What `<command> --help` prints. */
export function flagHelp(name: string, summary: string, flags: readonly Flag[]): string {
  return `${wrap(summary, WIDTH, '')}\n\nUsage:\n  ${name} [flags]\n\nFlags:\n\n${flagUsages(flags)}`;
}

/** One entry per flag, sorted by name, with descriptions in a column of their own. */
export function flagUsages(flags: readonly Flag[]): string {
  const sorted = flags.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const heads = sorted.map(headOf);
  const column = Math.min(Math.max(...heads.map((head) => head.length), 0) + 3, 48);
  const indent = ' '.repeat(column);
  const lines = sorted.map((flag, index) => {
    const head = heads[index]!;
    const text = wrap(
      `${flag.help}${defaultNote(flag)}${flag.ignored && !/accepted/i.test(flag.help) ? ' (accepted, no effect)' : ''}`,
      WIDTH - column,
      indent,
    );
    return head.length < column ? `${head.padEnd(column)}${text}` : `${head}\n${indent}${text}`;
  });
  return `${lines.join('\n')}\n`;
}

function headOf(flag: Flag): string {
  const type = TYPE_NAMES[flag.type];
  const short = flag.shorthand === undefined ? '      ' : `  -${flag.shorthand}, `;
  return `${short}--${flag.name}${type === '' ? '' : ` ${type}`}`;
}

function defaultNote(flag: Flag): string {
  const value = flag.default;
  if (value === undefined || value === '' || value === false || value === 0) return '';
  if (Array.isArray(value)) return value.length === 0 ? '' : ` (default [${value.join(',')}])`;
  if (flag.type === 'string') return ` (default ${JSON.stringify(value)})`;
  if (flag.type === 'duration' && typeof value === 'number') return ` (default ${formatGoDuration(value)})`;
  return ` (default ${String(value)})`;
}

function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${indent}`);
}
