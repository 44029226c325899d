/**
 * kill -9 of the shipped kube-apiserver, again and again, while writes are under way and the store is large: nothing that was
 * acknowledged is lost, nothing is there by half, and it is soon ready again.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Resources } from '@steersman/api';
import { createClient, createHttpTransport, type HttpTransportOptions } from '@steersman/client';
import { lmdbSnapshotStatus, saveLmdbSnapshot } from '@steersman/storage';
import { fillStore } from '../../../../bench/big-objects.ts';
import { type ApiServerUnderTest, apiServerUnderTest, prepareSecrets } from '../targets/api-server.ts';
import { workFolder } from '../work-folder.ts';
import { createWriters, NAMESPACE, type Writers } from './writers.ts';

const PORT = 16_445;
const NODES = 1000;
const WRITES_BEFORE_KILL = 40;
const KILL_DELAY_MS_MAX = 300;
const REPORT_EVERY_ROUNDS = 25;
const TICKS_PER_SECOND = 100; // Of CPU times in /proc.
/** Where /proc/PID/stat has time in user mode and in the kernel, counted behind the name. */
const [UTIME, STIME] = [11, 12];
const WRITING_MS_MAX = 60_000;

export interface KillOptions {
  readonly rounds: number;
  /** Pods that are stored from the beginning, each of about 3 KB. */
  readonly objects: number;
  /** Receives the server's log and the figures. */
  readonly folder: string;
  readonly random: { integer(below: number): number };
  readonly log: (line: string) => void;
}

interface Round {
  readonly underway: number;
  readonly readyMs: number;
  /** CPU seconds the server had used when it was ready: what a busy machine does not change. */
  readonly cpuSeconds: number;
}

export interface KillResult {
  readonly rounds: readonly Round[];
  readonly acknowledged: number;
  readonly violations: readonly string[];
}

export async function performKills({ rounds, objects, folder, random, log }: KillOptions): Promise<KillResult> {
  const temporary = workFolder('kills');
  const { path: work } = temporary;
  const store = join(work, 'store');
  const writers = createWriters();
  const done: Round[] = [];
  const violations: string[] = [];
  let server: ApiServerUnderTest | undefined;
  try {
    mkdirSync(store);
    await fillStore(store, { pods: objects, nodes: NODES });
    const pki = await prepareSecrets(work);
    server = apiServerUnderTest('server', PORT, { logs: folder, pki }, [`--data-dir=${store}`], 'shipped');
    await startMeasured(server);
    await makeKillNamespace(server.connection);
    while (done.length < rounds) {
      const underway = await killWhileWriting(server, writers, random);
      if (underway === undefined) continue; // It proves nothing, so it does not count.
      done.push({ underway, ...(await startMeasured(server)) });
      violations.push(...(await verified(server, writers, objects)).map((one) => `round ${done.length}: ${one}`));
      if (done.length % REPORT_EVERY_ROUNDS === 0)
        log(summary({ rounds: done, acknowledged: writers.acknowledged, violations }));
    }
    await server.process.stop();
    violations.push(...(await readWhole(store, join(work, 'snapshot'), objects)));
  } finally {
    await server?.process.kill();
    temporary.remove();
  }
  const result = { rounds: done, acknowledged: writers.acknowledged, violations };
  writeFileSync(join(folder, 'kills.json'), JSON.stringify(result));
  return result;
}

/** Resolves with how many writes had no answer yet at the kill; undefined when that was none. */
async function killWhileWriting(
  server: ApiServerUnderTest,
  writers: Writers,
  random: KillOptions['random'],
): Promise<number | undefined> {
  const enough = writers.acknowledged + WRITES_BEFORE_KILL;
  const gone = writers.writeUntilGone(server.connection);
  const deadline = performance.now() + WRITING_MS_MAX;
  while (writers.acknowledged < enough && performance.now() < deadline) await sleep(5);
  await sleep(random.integer(KILL_DELAY_MS_MAX));
  const underway = writers.underway;
  const killed = server.process.kill();
  await killed;
  await gone;
  if (underway > 0) return underway;
  await startMeasured(server);
  return undefined;
}

/** Starts the server; resolves when /readyz says ok with the time since the start. */
async function startMeasured({ process, connection }: ApiServerUnderTest): Promise<Omit<Round, 'underway'>> {
  const startedAt = performance.now();
  process.start();
  while (!(await listens())) await sleep(5);
  const transport = createHttpTransport(connection);
  try {
    for (;;) {
      const { status, body } = await transport.request({ method: 'GET', path: '/readyz', headers: {} });
      for await (const _ of body);
      if (status === 200) return { readyMs: performance.now() - startedAt, cpuSeconds: cpuSecondsOf(process.pid) };
      await sleep(5);
    }
  } finally {
    await transport.close();
  }
}

function listens(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(PORT, '127.0.0.1');
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // From the third one on: names may hold blanks.
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}

/** Makes the namespace of the writers. */
export async function makeKillNamespace(connection: HttpTransportOptions): Promise<void> {
  const transport = createHttpTransport(connection);
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  await createClient(transport).json('POST', '/api/v1/namespaces', body);
  await transport.close();
}

async function verified(
  { connection }: ApiServerUnderTest,
  writers: Writers,
  objects: number,
): Promise<readonly string[]> {
  const violations = await writers.verify(connection);
  const transport = createHttpTransport(connection);
  const pods = await createClient(transport).resource(Resources.pods).list({ limit: 1 });
  await transport.close();
  const count = pods.items.length + (pods.remainingItemCount ?? 0);
  return count === objects ? violations : [...violations, `${count} pods instead of ${objects}`];
}

/** Every key leads to its value: the copy is read through. */
async function readWhole(store: string, file: string, objects: number): Promise<readonly string[]> {
  await saveLmdbSnapshot(store, file);
  const { keys } = await lmdbSnapshotStatus(file);
  return keys > objects ? [] : [`the store holds ${keys} keys at the end, which is less than ${objects} and the rest`];
}

/** The figures of the rounds so far, as one line. */
export function summary({ rounds, acknowledged, violations }: KillResult): string {
  const spread = (values: readonly number[]) => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2);
    return `${at(0)}/${at(0.5)}/${at(0.99)}/${at(1)}`;
  };
  return [
    `${rounds.length} kills, ${acknowledged} acknowledged writes, ${violations.length} violations`,
    `under way at a kill (min/median/p99/max) ${spread(rounds.map(({ underway }) => underway))}`,
    `start to ready ${spread(rounds.map(({ readyMs }) => readyMs / 1000))} s`,
    `CPU ${spread(rounds.map(({ cpuSeconds }) => cpuSeconds))} s`,
  ].join('; ');
}
