/**
 * Planted bugs: patches to the production code, each of which breaks one property, or one invariant of a store. A run on a planted
 * copy, or the test that it names, must end red, or the checker of that property is worth nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workFolder } from './work-folder.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = fileURLToPath(new URL('../plants/', import.meta.url));

/**
 * A patch begins with lines like `Breaks: R4`, then says in words what it does, then comes the difference. A bug that others
 * shipped stands in docs/reliability.md, with the tests that must fail: one `Suite` and one `Test` for each.
 */
export interface Plant {
  readonly name: string;
  readonly file: string;
  /** A property, or an invariant of a store in words. */
  readonly breaks: string;
  /** The tests that must fail, each as a part of its name; none: a run must see it. */
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  readonly target: string;
  /** How long one run is. */
  readonly seconds: number;
  /** The only faults that are inflicted; empty: all. */
  readonly faults: string;
}

export function plants(): readonly Plant[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.patch'));
  return files.sort().map((file) => parsePlant(join(FOLDER, file)));
}

function parsePlant(file: string): Plant {
  const name = basename(file, '.patch');
  const [head = ''] = readFileSync(file, 'utf8').split('\ndiff --git ');
  const field = (label: string) => new RegExp(`^${label}: (.+)$`, 'm').exec(head)?.[1];
  const breaks = field('Breaks');
  const fields = (label: string) =>
    [...head.matchAll(new RegExp(`^${label}: (.+)$`, 'gm'))].map(([, text = '']) => text);
  const names = fields('Test');
  if (breaks === undefined) throw new Error(`${file} does not say what it breaks; begin it with "Breaks: R1"`);
  return {
    name,
    file,
    breaks,
    tests: fields('Suite').map((path, index) => ({ file: path, name: names[index] ?? '' })),
    target: field('Target') ?? 'lmdb',
    seconds: Number(field('Seconds') ?? 6),
    faults: field('Faults') ?? '',
  };
}

/** What the output says of a run, or of the test, that has seen the bug. */
export function evidence({ breaks }: Plant, test?: Plant['tests'][0]): RegExp {
  return test === undefined ? new RegExp(`^VIOLATED ${breaks} `, 'm') : new RegExp(`✖ .*${RegExp.escape(test.name)}`);
}

/** Why a patch no longer fits the code; undefined when it does. */
export function misfit({ file }: Plant): string | undefined {
  const { status, stderr } = spawnSync('git', ['apply', '--check', file], { cwd: REPOSITORY, encoding: 'utf8' });
  return status === 0 ? undefined : stderr;
}

/** A copy of the repository with the bug in it, for the caller to remove; what is installed is shared with the original. */
export function plantedCopy({ file }: Plant): string {
  const { path: copy } = workFolder('planted');
  const list = [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    'packages',
    'addons',
    'test',
    'tools',
    'bench',
    '*.json',
  ];
  const files = execFileSync('git', list, { cwd: REPOSITORY, encoding: 'utf8', maxBuffer: 1 << 26 });
  for (const path of files.split('\0')) {
    if (path === '') continue;
    mkdirSync(join(copy, dirname(path)), { recursive: true });
    cpSync(join(REPOSITORY, path), join(copy, path));
  }
  linkModules(copy);
  execFileSync('git', ['apply', file], { cwd: copy });
  return copy;
}

/** The copy's own packages are found in the copy; everything else where it is installed. */
function linkModules(copy: string): void {
  const installed = join(REPOSITORY, 'node_modules');
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@steersman'), { recursive: true });
  for (const entry of readdirSync(installed)) {
    if (entry !== '@steersman' && entry !== 'steersman') symlinkSync(join(installed, entry), join(modules, entry));
  }
  for (const manifest of execFileSync('git', ['ls-files', '*/package.json'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  }).split('\n')) {
    if (manifest === '') continue;
    const { name } = JSON.parse(readFileSync(join(copy, manifest), 'utf8')) as { name: string };
    symlinkSync(join(copy, dirname(manifest)), join(modules, name));
  }
}
