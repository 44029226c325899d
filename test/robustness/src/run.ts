/** One run: a target, traffic, faults one after the other, and a history at the end. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seededRandom } from '@steersman/machinery';
import type { Lack } from './exercised.ts';
import { fileRecorder, type Recorder } from './recorder.ts';
import type { Fault, Target, TargetOptions } from './targets/contract.ts';
import { etcdTarget } from './targets/etcd.ts';
import { faceTarget, storeTarget } from './targets/face.ts';
import { lmdbTarget } from './targets/lmdb.ts';
import { startTraffic, type Traffic } from './traffic/traffic.ts';
import { workFolder } from './work-folder.ts';

export interface RunOptions {
  readonly target: string;
  readonly seed: number;
  readonly durationMs: number;
  /** Receives the history and the logs of all processes. */
  readonly folder: string;
  /** Whether we are in network and mount namespaces of our own, as root. */
  readonly privileged: boolean;
  /** Only faults whose name matches are inflicted. */
  readonly faults: RegExp;
  readonly log: (line: string) => void;
}

const CALM_MS_MAX = 2500; // Between two faults, so that some traffic also meets a healthy server.

const targets: Readonly<Record<string, (options: TargetOptions) => Promise<Target>>> = {
  lmdb: lmdbTarget,
  etcd: etcdTarget,
  face: faceTarget,
  store: storeTarget,
};

export interface RunResult {
  /** Holds the history. */
  readonly file: string;
  /** What the target has no case of. */
  readonly lacks: readonly Lack[];
  /** Why the run ended before its time: a server did not come back, or could not be read at the end. */
  readonly brokeOff?: unknown;
}

/** What was recorded can be judged in any case. */
export async function perform({
  target: name,
  seed,
  durationMs,
  folder,
  privileged,
  faults: wanted,
  log,
}: RunOptions): Promise<RunResult> {
  const make = targets[name];
  if (make === undefined) throw new Error(`--target=${name} is not known; use ${Object.keys(targets).join(' or ')}`);
  const work = workFolder('robustness');
  const random = seededRandom(seed);
  const file = join(folder, 'history.jsonl');
  const recorder = fileRecorder(file);
  const stop = new AbortController();
  let target: Target | undefined;
  try {
    target = await make({ work: work.path, logs: folder, privileged });
    await target.start();
    const traffic = startTraffic({ clients: target.clients, random, recorder, signal: stop.signal });
    const until = performance.now() + durationMs;
    const faults = await injectFaults({ target, wanted, random, recorder, traffic, until });
    await traffic.checkpoint();
    stop.abort();
    await traffic.done;
    for (const final of await target.finals()) recorder.write(final);
    log(summary(faults, recorder.counts));
    return { file, lacks: target.lacks ?? [] };
  } catch (brokeOff) {
    return { file, lacks: target?.lacks ?? [], brokeOff };
  } finally {
    stop.abort();
    await target?.close();
    await recorder.close();
    work.remove();
  }
}

interface Ordeal {
  readonly target: Target;
  readonly wanted: RegExp;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly traffic: Traffic;
  readonly until: number;
}

/** Inflicts one fault after the other until the time is over; resolves with how often each was, and all servers up. */
async function injectFaults({
  target,
  wanted,
  random,
  recorder,
  traffic,
  until,
}: Ordeal): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const kinds = target.faults.filter(({ name }) => wanted.test(name));
  let deck: Fault[] = [];
  while (performance.now() < until) {
    await sleep(random.integer(CALM_MS_MAX));
    if (deck.length === 0) deck = shuffled(random, kinds); // So that none is left out by chance.
    const fault = deck.pop();
    if (fault === undefined) continue;
    const from = recorder.now();
    const felt = await fault.inflict(random);
    recorder.write({ record: 'fault', name: fault.name, from, to: recorder.now(), felt });
    counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
    await target.healed();
    await traffic.checkpoint();
  }
  return counts;
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = random.integer(last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

function summary(faults: ReadonlyMap<string, number>, records: ReadonlyMap<string, number>): string {
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...faults].map(([name, count]) => `${name} ${count}`).join(', ');
  return `${records.get('operation') ?? 0} operations, ${records.get('watch') ?? 0} watches, ${total} faults (${kinds})`;
}
