/** `npm run robustness`: faults injected into real processes under traffic; histories judged. See README.md. */
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '@steersman/machinery';
import { canIsolate, runBounded } from './bounded.ts';
import { type Lack, OPERATIONS_ENOUGH, unexercised } from './exercised.ts';
import { parseHistory } from './history.ts';
import { judge, report, unjudged } from './judge.ts';
import { performBackup, type WriterReport } from './kills/backup.ts';
import { performPowerCuts } from './kills/crash-images.ts';
import { performKills, summary } from './kills/kill-rounds.ts';
import { evidence, type Plant, plantedCopy, plants } from './plants.ts';
import { perform } from './run.ts';

const USAGE = `npm run robustness -- [flags]
  --target NAME        what is put under test: lmdb, etcd, face or store (lmdb)
  --minutes N          how long (2)
  --seed N             which traffic and which faults (a new one)
  --folder PATH        where histories and logs go (.cache/robustness/TARGET-SEED)
  --faults REGEX       only faults whose name matches
  --plant NAME         runs with the planted bug of plants/NAME.patch, and must end red
  --kills N            kills the server that often while it writes, with --objects N (100000) stored
  --crash-images N     cuts the power of a server at that many points of what it wrote
  --backup             takes a backup of a store with --objects N pods while it is written to
  --judge FILE         judges a history that was kept, and runs nothing
`;

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'lmdb' },
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(process.pid * 7919) },
    folder: { type: 'string' },
    faults: { type: 'string', default: '' },
    plant: { type: 'string' },
    kills: { type: 'string' },
    'crash-images': { type: 'string' },
    backup: { type: 'boolean', default: false },
    objects: { type: 'string', default: '100000' },
    judge: { type: 'string' },
    help: { type: 'boolean' },
  },
});

/** Whether a run meets a planted bug is chance: the runs are short, and there are more until one has seen it. */
const PLANTED_RUNS_MAX = 6;
const WRITES_RECORDED = 1000; // A record of them is some hundred megabytes.
/** Set in the child that runs everything; 'isolated' in namespaces of its own. */
const INSIDE = 'STEERSMAN_ROBUSTNESS_INSIDE';
/** Half an hour on a machine at rest is a history of more than a gigabyte, which is judged as a whole. */
const HISTORY_HEAP = '--max-old-space-size=16384';
/** What starts and ends may take on a machine that is busy with other things: servers have three minutes each to be ready. */
const SLACK_MS = 15 * 60_000;
const KILL_MS_MAX = 4 * 60_000;
const IMAGE_MS_MAX = 60_000;
/** Of one short run with a planted bug, or of one test that must fail. */
const PLANTED_MS_MAX = 8 * 60_000;

if (values.help === true) process.stdout.write(USAGE);
else if (values.plant !== undefined) await runPlanted(values.plant);
else if (process.env[INSIDE] === undefined) await runInside();
else if (values.judge !== undefined) await show(values.judge, undefined);
else if (values.kills !== undefined) await runKills(Number(values.kills));
else if (values['crash-images'] !== undefined) await runPowerCuts(Number(values['crash-images']));
else if (values.backup) await runBackup(Number(values.objects));
else await runHere(process.env[INSIDE] === 'isolated');

/** How long all of what was asked for may take. */
function limitMs(): number {
  if (values.kills !== undefined) return SLACK_MS + Number(values.kills) * KILL_MS_MAX;
  if (values['crash-images'] !== undefined) return SLACK_MS + Number(values['crash-images']) * IMAGE_MS_MAX;
  return values.backup ? 2 * SLACK_MS : SLACK_MS + Number(values.minutes) * 60_000;
}

/** Network, mounts and processes of our own: nothing that the faults do can reach the machine, and all of it goes when we end. */
async function runInside(): Promise<void> {
  const program = [process.execPath, HISTORY_HEAP, ...process.execArgv, ...process.argv.slice(1)];
  const { status, overdue } = await runBounded(program, {
    limitMs: limitMs(),
    isolated: true,
    output: 'shown',
    env: { [INSIDE]: canIsolate ? 'isolated' : 'bare' },
  });
  if (overdue) console.log(`The run did not end within ${limitMs() / 60_000} minutes`);
  process.exitCode = status;
}

async function runPlanted(name: string): Promise<void> {
  const plant = plants().find((candidate) => candidate.name === name);
  if (plant === undefined)
    throw new Error(
      `--plant=${name} is not known; use one of ${plants()
        .map((one) => one.name)
        .join(', ')}`,
    );
  const folder = resolve(values.folder ?? join('.cache', 'robustness', `planted-${name}`));
  const copy = plantedCopy(plant);
  try {
    const unseen = plant.tests.length === 0 ? [undefined] : [...plant.tests];
    while (unseen.length > 0 && (await isSeen(plant, unseen[0], folder, copy))) unseen.shift();
    process.exitCode = Number(unseen.length === 0);
    if (unseen.length > 0) console.log(`NOT SEEN${unseen[0] === undefined ? '' : ` by "${unseen[0].name}"`}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Whether a run sees the bug, or the test that must fail, in as many tries as they are given. */
async function isSeen(
  plant: Plant,
  test: Plant['tests'][0] | undefined,
  folder: string,
  copy: string,
): Promise<boolean> {
  for (let run = 0; run < PLANTED_RUNS_MAX; run += 1) {
    const args = argumentsFor(plant, test, folder, Number(values.seed) + run);
    const { status, output, overdue } = await runBounded([process.execPath, ...process.execArgv, ...args], {
      limitMs: PLANTED_MS_MAX,
      isolated: test !== undefined, // Runs isolate themselves.
      output: 'kept',
      cwd: copy,
      env: { NODE_TEST_CONTEXT: undefined }, // Tests of tests: Node would skip them.
    });
    process.stdout.write(output);
    if (overdue) console.log(`It did not end within ${PLANTED_MS_MAX / 60_000} minutes`);
    if (status !== 0 && evidence(plant, test).test(output)) return true;
  }
  return false;
}

async function runPowerCuts(images: number): Promise<void> {
  const folder = values.folder ?? join('.cache', 'robustness', `power-cuts-${values.seed}`);
  mkdirSync(folder, { recursive: true });
  console.log(`${images} crash images, seed ${values.seed}; logs in ${folder}`);
  const random = seededRandom(Number(values.seed));
  const { violations, ...figures } = await performPowerCuts({
    images,
    writes: WRITES_RECORDED,
    folder,
    random,
    log: console.log,
  });
  console.log(
    `${figures.images} crash images of a file with ${figures.syncs} syncs, ${figures.telling} after an acknowledged write, ${violations.length} violations`,
  );
  for (const violation of violations.slice(0, 50)) console.log(`    ${violation}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

async function runBackup(objects: number): Promise<void> {
  const { seconds, cpuSeconds, status, calm, during, violations } = await performBackup(objects);
  const of = ({ writes, stallMs }: WriterReport) => `${writes} writes, longest stall ${stallMs.toFixed(0)} ms`;
  console.log(
    `backup of ${status.keys} keys, ${(status.bytes / 1e6).toFixed(0)} MB: ${seconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s; ${of(during)} (in 2 s before: ${of(calm)})`,
  );
  for (const violation of violations) console.log(`    ${violation}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

/** What Node runs in the planted copy: a run with faults, or the test that must fail. */
function argumentsFor(
  plant: Plant,
  test: Plant['tests'][0] | undefined,
  folder: string,
  seed: number,
): readonly string[] {
  if (test !== undefined) {
    const pattern = `--test-name-pattern=${RegExp.escape(test.name)}`;
    return ['--test', `--test-timeout=${PLANTED_MS_MAX / 2}`, '--test-reporter=spec', pattern, test.file];
  }
  return [
    'test/robustness/src/main.ts',
    `--target=${plant.target}`,
    `--minutes=${plant.seconds / 60}`,
    `--seed=${seed}`,
    `--folder=${folder}`,
    `--faults=${plant.faults}`,
  ];
}

async function runKills(rounds: number): Promise<void> {
  const folder = values.folder ?? join('.cache', 'robustness', `kills-${values.seed}`);
  mkdirSync(folder, { recursive: true });
  const objects = Number(values.objects);
  console.log(`${rounds} kills with ${objects} objects, seed ${values.seed}; figures and logs in ${folder}`);
  const random = seededRandom(Number(values.seed));
  const result = await performKills({ rounds, objects, folder, random, log: console.log });
  console.log(summary(result));
  for (const violation of result.violations) console.log(`    ${violation}`);
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}

async function runHere(privileged: boolean): Promise<void> {
  const { target, seed } = values;
  const folder = values.folder ?? join('.cache', 'robustness', `${target}-${seed}`);
  mkdirSync(folder, { recursive: true });
  console.log(`${target}, seed ${seed}, ${values.minutes} min; history and logs in ${folder}`);
  const { file, lacks, brokeOff } = await perform({
    target,
    seed: Number(seed),
    durationMs: Number(values.minutes) * 60_000,
    folder,
    privileged,
    faults: new RegExp(values.faults),
    log: console.log,
  });
  await show(file, lacks);
  if (brokeOff === undefined) return;
  console.log('The run broke off:', brokeOff);
  process.exitCode = 1;
}

/** Prints the verdict. Of every promise and every kind of traffic but those of `lacks` there must be a case; undefined: of none. */
async function show(file: string, lacks: readonly Lack[] | undefined): Promise<void> {
  const history = await parseHistory(createReadStream(file, 'utf8'));
  const verdicts = judge(history);
  console.log(report(verdicts));
  const broken = verdicts.filter(({ violations }) => violations.length > 0);
  console.log(
    broken.length === 0 ? 'No violations.' : `VIOLATED: ${broken.map(({ checker }) => checker.property).join(', ')}`,
  );
  process.exitCode = broken.length === 0 ? 0 : 1;
  if (lacks === undefined) return;
  const silent = unjudged(verdicts, lacks);
  if (silent.length > 0) console.log(`NOT JUDGED, for want of cases: ${silent.join(', ')}`);
  const untried = unexercised(history, lacks);
  const enough = history.operations.length >= OPERATIONS_ENOUGH;
  if (untried.length > 0) console.log(`NOT TRIED${enough ? '' : ' in this short run'}: ${untried.join(', ')}`);
  if (silent.length > 0 || (enough && untried.length > 0)) process.exitCode = 1;
}
