/**
 * Runs the tests. Unit tests (`*.test.ts` in packages, addons and tools) share one process; tests that start
 * processes (`*.system.test.ts`, and everything under test/) get one each and run one after the other.
 *
 * node tools/test.ts [--unit | --system] [path prefixes...]
 */
import { repositoryFiles, runs } from './run.ts';

/** A test that hangs ends the run here instead of never. */
const FILE_MS_MAX = 15 * 60 * 1000;

const args = process.argv.slice(2);
const prefixes = args.filter((arg) => !arg.startsWith('--'));
const wanted = (file: string) => prefixes.length === 0 || prefixes.some((prefix) => file.startsWith(prefix));
const files = repositoryFiles('*.test.ts').filter(wanted);
const isSystem = (file: string) => file.endsWith('.system.test.ts') || file.startsWith('test/');
const unit = files.filter((file) => !isSystem(file));
const system = files.filter(isSystem);

function run(name: string, selected: readonly string[], flags: readonly string[]): boolean {
  if (selected.length === 0) return true;
  console.log(`# ${name}: ${selected.length} files`);
  const reporters = process.env['CI'] === 'true' ? ['spec'] : ['dot', './tools/summary-reporter.ts'];
  const options = [
    '--conditions=steersman-source',
    '--test',
    `--test-timeout=${FILE_MS_MAX}`,
    ...reporters.flatMap((reporter) => [`--test-reporter=${reporter}`, '--test-reporter-destination=stdout']),
    ...flags,
  ];
  return runs(process.execPath, [...options, ...selected]);
}

const passedUnit = args.includes('--system') || run('unit tests', unit, ['--test-isolation=none']);
const passedSystem = args.includes('--unit') || run('system tests', system, ['--test-concurrency=1']);
process.exitCode = passedUnit && passedSystem ? 0 : 1;
