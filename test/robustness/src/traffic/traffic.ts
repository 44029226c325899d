/** Clients that read, write and watch until told to stop, and record everything they are told. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@steersman/machinery';
import { revisionOf } from '../bounds.ts';
import type { Request, WatchEvent, WatchRecord } from '../history.ts';
import type { Recorder } from '../recorder.ts';
import type { ClientUnderTest, WatchWish } from './contract.ts';
import { createKnowledge, type Knowledge } from './knowledge.ts';
import { COLORS, nextRequest, oldRevision, pick } from './requests.ts';

export interface TrafficOptions {
  /** One or more per server. */
  readonly clients: readonly ClientUnderTest[];
  readonly random: Random;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
  readonly workersPerClient?: number;
  readonly watchersPerClient?: number;
}

const PAUSE_MS_MAX = 12; // Between two requests of a worker; bounds the size of a history.
const PAUSE_AFTER_FAILURE_MS = 50;
const WATCH_MS_MAX = 4000;
/** Some last over several faults, which they should survive where only the store is hit. */
const LONG_WATCH_MS_MAX = 30_000;
const LONG_SHARE = 0.1;
/** Clients that go from server to server, where there are several. */
const ROAMERS = 2;
/** So long after a write that was made when nothing was wrong nobody should lack it, however slow the machine. */
const CHECKPOINT_MS_MAX = 30_000;
/** After one that failed the verdict is known, and the rest of the run need not take long. */
const CHECKPOINT_AGAIN_MS_MAX = 1000;
const OBSERVATION_MS = 3000; // After which an observer resumes: so resumption is tried all the time.

export interface Traffic {
  /** Resolves when everybody has stopped. */
  readonly done: Promise<void>;
  /** Call it when nothing is wrong: writes, and records how far those who follow everything have come soon after. */
  checkpoint(): Promise<void>;
}

export function startTraffic(options: TrafficOptions): Traffic {
  const { clients, workersPerClient = 4, watchersPerClient = 3 } = options;
  const knowledge = createKnowledge();
  const observers = clients.map(({ server }) => ({ server, reached: 0 }));
  const started = clients.flatMap((client, index) => [
    ...Array.from({ length: workersPerClient }, (_, worker) =>
      work(() => client, `${index}.${worker}`, knowledge, options),
    ),
    ...Array.from({ length: watchersPerClient }, () => watchHereAndThere(client, knowledge, options)),
    observe(() => client, observers[index]!, knowledge, options),
  ]);
  if (clients.length > 1) {
    const roamer = { server: 'any', reached: 0 };
    observers.push(roamer);
    started.push(observe(inTurn(clients), roamer, knowledge, options));
    for (let index = 0; index < ROAMERS; index += 1)
      started.push(work(inTurn(clients), `roamer.${index}`, knowledge, options, `roamer-${index}`));
  }
  let checkpoints = 0;
  let patienceMs = CHECKPOINT_MS_MAX;
  return {
    done: Promise.all(started).then(() => undefined),
    async checkpoint() {
      const passed = await checkpoint(clients, observers, `checkpoint.${checkpoints++}`, patienceMs, options);
      if (!passed) patienceMs = CHECKPOINT_AGAIN_MS_MAX;
    },
  };
}

/** One server after the other, as behind a balancer, or as a client does whose server is gone. */
function inTurn(clients: readonly ClientUnderTest[]): () => ClientUnderTest {
  let turn = 0;
  return () => clients[turn++ % clients.length]!;
}

/** Who follows everything, and the newest revision they were told of. */
interface Observer {
  readonly server: string;
  reached: number;
}

async function checkpoint(
  clients: readonly ClientUnderTest[],
  observers: readonly Observer[],
  name: string,
  patienceMs: number,
  { recorder, signal }: TrafficOptions,
): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  let revision = 0;
  for (const [index, client] of clients.entries()) {
    // Written in vain, it is written anew with another value: the first may still happen.
    for (let attempt = 0; performance.now() < deadline; attempt += 1) {
      const told = await written(client, `${name}.${index}.${attempt}`, recorder);
      revision = Math.max(revision, told ?? 0);
      if (told !== undefined) break;
      await sleep(PAUSE_AFTER_FAILURE_MS);
    }
  }
  const behind = () => observers.some(({ reached }) => reached < revision);
  while (behind() && performance.now() < deadline && !signal.aborted) await sleep(10);
  const watchers = observers.map(({ server, reached }) => ({ server, reached }));
  recorder.write({ record: 'checkpoint', at: recorder.now(), revision, watchers });
  return !behind();
}

/** Writes a key that nobody else writes; resolves with the revision, or with undefined where that is not known. */
async function written(client: ClientUnderTest, value: string, recorder: Recorder): Promise<number | undefined> {
  const key = `checkpoint-${client.server}`;
  const request: Request = {
    kind: 'write',
    expect: [],
    changes: [{ kind: 'put', key, value, color: COLORS[0] }],
    ...(client.keysPerWriteMax === undefined && { via: 'apply' }),
  };
  const invokedAt = recorder.now();
  const outcome = await client.perform(request);
  const { server } = client;
  recorder.write({ record: 'operation', server, invokedAt, returnedAt: recorder.now(), request, outcome });
  return outcome.kind === 'written' ? outcome.revision : undefined;
}

async function work(
  next: () => ClientUnderTest,
  name: string,
  knowledge: Knowledge,
  options: TrafficOptions,
  roamer?: string,
): Promise<void> {
  const { random, recorder, signal } = options;
  for (let count = 0; !signal.aborted; count += 1) {
    const client = next();
    const request = nextRequest(random, knowledge, `${name}.${count}`, client.keysPerWriteMax);
    const invokedAt = recorder.now();
    const outcome = await client.perform(request);
    recorder.write({
      record: 'operation',
      ...(roamer !== undefined && { client: roamer }),
      server: client.server,
      invokedAt,
      returnedAt: recorder.now(),
      request,
      outcome,
    });
    knowledge.learn(request, outcome);
    const failed = outcome.kind === 'failed' || outcome.kind === 'unknown';
    await sleep(failed ? PAUSE_AFTER_FAILURE_MS : random.integer(PAUSE_MS_MAX));
  }
}

/** Watches of all kinds: from old revisions, from the newest, from the state, with and without selectors, short and long. */
async function watchHereAndThere(
  client: ClientUnderTest,
  knowledge: Knowledge,
  options: TrafficOptions,
): Promise<void> {
  const { random, signal } = options;
  while (!signal.aborted) {
    const share = random.float();
    const after = share < 0.3 ? 'state' : share < 0.6 ? knowledge.head : oldRevision(random, knowledge);
    const wish = { after, ...(random.float() < 0.4 && { color: pick(random, COLORS) }) } as const;
    const lastsMs = random.float() < LONG_SHARE ? LONG_WATCH_MS_MAX : WATCH_MS_MAX;
    const { end } = await watchOnce(client, wish, random.integer(lastsMs) + 100, knowledge, options);
    if (end !== 'client') await sleep(PAUSE_AFTER_FAILURE_MS);
  }
}

/** Follows everything, resuming where it was, as an informer does; perhaps on another server. */
async function observe(
  next: () => ClientUnderTest,
  observer: Observer,
  knowledge: Knowledge,
  options: TrafficOptions,
): Promise<void> {
  const { random, signal } = options;
  let after: number | 'state' = 'state';
  const tell = (events: readonly WatchEvent[]) => {
    for (const event of events) observer.reached = Math.max(observer.reached, revisionOf(event));
  };
  while (!signal.aborted) {
    const lastsMs = random.float() < LONG_SHARE ? LONG_WATCH_MS_MAX : OBSERVATION_MS;
    const record: WatchRecord = await watchOnce(next(), { after }, lastsMs, knowledge, options, tell);
    if (record.end === 'expired' || record.end === 'future') after = 'state';
    else after = lastRevision(record) ?? after;
    if (record.end !== 'client') await sleep(PAUSE_AFTER_FAILURE_MS);
  }
}

/** Where to resume; undefined when nothing came, or the state had not come wholly. */
function lastRevision({ after, batches }: WatchRecord): number | undefined {
  const events = batches.flatMap((batch) => batch.events);
  const begun = after !== 'state' || events.some((event) => event.kind === 'progress' && event.initial);
  const revisions = events.map(revisionOf);
  return begun && revisions.length > 0 ? Math.max(...revisions) : undefined;
}

async function watchOnce(
  client: ClientUnderTest,
  wish: WatchWish,
  lastsMs: number,
  knowledge: Knowledge,
  { recorder, signal }: TrafficOptions,
  alsoTell: (events: readonly WatchEvent[]) => void = () => undefined,
): Promise<WatchRecord> {
  const openedAt = recorder.now();
  const batches: { at: number; events: readonly WatchEvent[] }[] = [];
  const tell = (events: readonly WatchEvent[]) => {
    batches.push({ at: recorder.now(), events });
    for (const event of events) if (wish.color === undefined) knowledge.observe(event);
    alsoTell(events);
  };
  const end = await client.watch(wish, tell, AbortSignal.any([signal, AbortSignal.timeout(lastsMs)]));
  const record = {
    record: 'watch',
    server: client.server,
    openedAt,
    closedAt: recorder.now(),
    ...wish,
    batches,
    end,
  } as const;
  recorder.write(record);
  return record;
}
