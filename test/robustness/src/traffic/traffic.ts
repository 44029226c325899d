/** Clients that read, write and watch until told to stop, and record everything they are told. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@steersman/machinery';
import { revisionOf } from '../bounds.ts';
import type { WatchEvent, WatchRecord } from '../history.ts';
import type { Recorder } from '../recorder.ts';
import { type Checkpoints, createCheckpoints, type Follower } from './checkpoint.ts';
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
const OBSERVATION_MS = 3000; // After which an observer resumes: so resumption is tried all the time.
/** Others hardly ever do, so that there are always watches from before a fault. Bounds the size of a record. */
const STEADY_MS = 240_000;

export interface Traffic {
  /** Resolves when everybody has stopped. */
  readonly done: Promise<void>;
  /** Call it when nothing is wrong: writes, and records how far all who watch have come soon after. */
  checkpoint(): Promise<void>;
}

export function startTraffic(options: TrafficOptions): Traffic {
  const { clients, random, workersPerClient = 4, watchersPerClient = 3 } = options;
  const knowledge = createKnowledge();
  const checkpoints = createCheckpoints(options);
  const crowd: Crowd = { ...options, knowledge, checkpoints };
  const started = clients.flatMap((client, index) => [
    ...Array.from({ length: workersPerClient }, (_, worker) => work(() => client, `${index}.${worker}`, crowd)),
    ...Array.from({ length: watchersPerClient }, () => watchHereAndThere(client, crowd)),
    follow(() => client, { server: client.server }, 'resuming', crowd),
    follow(() => client, { server: client.server }, 'steady', crowd),
    follow(() => client, { server: client.server, color: pick(random, COLORS) }, 'steady', crowd),
  ]);
  if (clients.length > 1) {
    started.push(follow(inTurn(clients), { server: 'any' }, 'resuming', crowd));
    for (let index = 0; index < ROAMERS; index += 1)
      started.push(work(inTurn(clients), `roamer.${index}`, crowd, `roamer-${index}`));
  }
  return {
    done: Promise.all(started).then(() => undefined),
    checkpoint: checkpoints.perform,
  };
}

/** What everybody has in common. */
interface Crowd extends TrafficOptions {
  readonly knowledge: Knowledge;
  readonly checkpoints: Checkpoints;
}

/** One server after the other, as behind a balancer, or as a client does whose server is gone. */
function inTurn(clients: readonly ClientUnderTest[]): () => ClientUnderTest {
  let turn = 0;
  return () => clients[turn++ % clients.length]!;
}

async function work(
  next: () => ClientUnderTest,
  name: string,
  { random, recorder, signal, knowledge }: Crowd,
  roamer?: string,
): Promise<void> {
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
async function watchHereAndThere(client: ClientUnderTest, crowd: Crowd): Promise<void> {
  const { random, signal, knowledge } = crowd;
  while (!signal.aborted) {
    const share = random.float();
    const after = share < 0.3 ? 'state' : share < 0.6 ? knowledge.head : oldRevision(random, knowledge);
    const wish = { after, ...(random.float() < 0.4 && { color: pick(random, COLORS) }) } as const;
    const lastsMs = random.float() < LONG_SHARE ? LONG_WATCH_MS_MAX : WATCH_MS_MAX;
    const { end } = await watchOnce(client, wish, random.integer(lastsMs) + 100, crowd);
    if (end !== 'client') await sleep(PAUSE_AFTER_FAILURE_MS);
  }
}

/** Follows everything, or all of a color, resuming where it was, as an informer does; perhaps on another server. */
async function follow(
  next: () => ClientUnderTest,
  what: Omit<Follower, 'reached'>,
  manner: 'resuming' | 'steady',
  crowd: Crowd,
): Promise<void> {
  const { signal, random, checkpoints } = crowd;
  const follower: Follower = { ...what, reached: 0 };
  checkpoints.followers.push(follower);
  const color = what.color === undefined ? {} : { color: what.color };
  let after: number | 'state' = 'state';
  while (!signal.aborted) {
    const resumesAfterMs = random.float() < LONG_SHARE ? LONG_WATCH_MS_MAX : OBSERVATION_MS;
    const lastsMs = manner === 'steady' ? STEADY_MS : resumesAfterMs;
    const record: WatchRecord = await watchOnce(next(), { after, ...color }, lastsMs, crowd, follower);
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
  return begun && revisions.length > 0 ? revisions.reduce((a, b) => Math.max(a, b)) : undefined;
}

async function watchOnce(
  client: ClientUnderTest,
  wish: WatchWish,
  lastsMs: number,
  { recorder, signal, knowledge, checkpoints }: Crowd,
  follower?: Follower,
): Promise<WatchRecord> {
  const { server } = client;
  const openedAt = recorder.now();
  const batches: { at: number; events: readonly WatchEvent[] }[] = [];
  let begun = wish.after !== 'state';
  const open = { server, ...wish, openedAt, reached: wish.after === 'state' ? 0 : wish.after };
  let reached = open.reached;
  const tell = (events: readonly WatchEvent[]) => {
    batches.push({ at: recorder.now(), events });
    for (const event of events) {
      if (wish.color === undefined) knowledge.observe(event);
      begun ||= event.kind === 'progress' && event.initial === true;
      reached = Math.max(reached, revisionOf(event));
    }
    if (!begun) return;
    open.reached = reached;
    if (follower !== undefined) follower.reached = Math.max(follower.reached, reached);
  };
  checkpoints.open.add(open);
  const enough = new AbortController();
  const timer = setTimeout(() => void checkpoints.over().finally(() => enough.abort()), lastsMs);
  const end = await client.watch(wish, tell, AbortSignal.any([signal, enough.signal]));
  clearTimeout(timer);
  checkpoints.open.delete(open);
  const record = { record: 'watch', server, openedAt, closedAt: recorder.now(), ...wish, batches, end } as const;
  recorder.write(record);
  return record;
}
