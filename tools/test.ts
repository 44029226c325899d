/**
 * Runs the tests. Unit tests (`*.test.ts` in packages, addons and tools) share one process and come first. Tests that start
 * processes (`*.system.test.ts`, and everything under test/) get one each, and run in two groups at the same time: those that change
 * the machine or look at all of it, one file after the other, and those that share no more than its processors, two at a time where the machine lets us isolate them.
 *
 * node tools/test.ts [--unit | --system] [path prefixes...]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { repositoryFiles } from './run.ts';
import { type Outcome, parseOutcomes, summaryOf } from './summary.ts';

/** A test that hangs ends the run here instead of never. */
const FILE_MS_MAX = 15 * 60 * 1000;
const SHOWN_EVERY_MS = 20_000;
/** Tests below make hosts, clusters of containers, cgroups and packet filters, or count those of the whole machine. */
const MACHINE = [
  'addons/',
  'packages/cluster/',
  'packages/kube-proxy/',
  'packages/kubelet/',
  'test/clients/',
  'test/conformance/',
  'test/e2e/',
];
/** Runs of test/robustness go side by side only in namespaces of their own: they take the same ports. */
const ASIDE = spawnSync('unshare', ['-n', '-m', 'true']).status === 0 ? 2 : 1;
const REPORTER = fileURLToPath(new URL('summary-reporter.ts', import.meta.url));

interface Group {
  readonly name: string;
  readonly files: readonly string[];
  readonly flags: readonly string[];
}
interface Result {
  readonly name: string;
  readonly passed: boolean;
  readonly outcomes: readonly Outcome[];
}

const args = process.argv.slice(2);
const prefixes = args.filter((arg) => !arg.startsWith('--'));
const brief = process.env['CI'] === 'true';
const wanted = (file: string) => prefixes.length === 0 || prefixes.some((prefix) => file.startsWith(prefix));
const files = repositoryFiles('*.test.ts').filter(wanted);
const isSystem = (file: string) => file.endsWith('.system.test.ts') || file.startsWith('test/');
const isOfMachine = (file: string) => MACHINE.some((folder) => file.startsWith(folder));
const unit = files.filter((file) => !isSystem(file));
const system = files.filter(isSystem);

const folder = mkdtempSync(join(tmpdir(), 'steersman-tests-'));
const results: Result[] = [];
try {
  if (!args.includes('--system'))
    results.push(await run({ name: 'unit tests', files: unit, flags: ['--test-isolation=none'] }));
  if (!args.includes('--unit')) results.push(...(await Promise.all(systemGroups().map(run))));
} finally {
  rmSync(folder, { recursive: true });
}
const broken = results.filter(({ passed, outcomes }) => !passed && !outcomes.some(isTotals)).map(({ name }) => name);
for (const line of summaryOf(
  results.flatMap(({ outcomes }) => outcomes),
  broken,
  brief,
))
  console.log(line);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;

function systemGroups(): readonly Group[] {
  return [
    { name: 'system tests of the machine', files: system.filter(isOfMachine), flags: ['--test-concurrency=1'] },
    {
      name: 'other system tests',
      files: system.filter((file) => !isOfMachine(file)),
      flags: [`--test-concurrency=${ASIDE}`],
    },
  ];
}

async function run({ name, files: selected, flags }: Group): Promise<Result> {
  if (selected.length === 0) return { name, passed: true, outcomes: [] };
  console.log(`# ${name}: ${selected.length} files`);
  const file = join(folder, name.replaceAll(' ', '-'));
  const options = [
    '--conditions=steersman-source',
    '--test',
    `--test-timeout=${FILE_MS_MAX}`,
    `--test-reporter=${brief ? 'spec' : 'dot'}`,
    '--test-reporter-destination=stdout',
    `--test-reporter=${REPORTER}`,
    `--test-reporter-destination=${file}`,
    ...flags,
  ];
  const child = spawn(process.execPath, [...options, ...selected], { stdio: ['inherit', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await (brief ? showBlocks(child.stdout) : show(child.stdout));
  const passed = (await ended) === 0;
  return { name, passed, outcomes: parseOutcomes(readFileSync(file, 'utf8')) };
}

async function show(output: Readable): Promise<void> {
  for await (const chunk of output) process.stdout.write(chunk);
}

/**
 * Shows what belongs together at once: groups that run at the same time must not cut into each other's suites. Of a long suite some is
 * shown earlier, so that it is seen where a run stands.
 */
async function showBlocks(output: Readable): Promise<void> {
  let block = '';
  let rest = '';
  let shownAt = performance.now();
  for await (const chunk of output.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      block += `${line}\n`;
      if (/^[▶ ]/.test(line) && performance.now() < shownAt + SHOWN_EVERY_MS) continue;
      process.stdout.write(block);
      block = '';
      shownAt = performance.now();
    }
  }
  process.stdout.write(block + rest);
}

function isTotals(outcome: Outcome): boolean {
  return outcome.kind === 'totals';
}
