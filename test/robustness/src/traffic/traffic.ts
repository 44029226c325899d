/** Clients that read, write and watch until told to stop, and record everything they are told. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@steersman/machinery';
import type { WatchEvent, WatchRecord } from '../history.ts';
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
const OBSERVATION_MS = 3000; // After which an observer resumes: so resumption is tried all the time.

/** Resolves when everybody has stopped. */
export async function runTraffic(options: TrafficOptions): Promise<void> {
  const { clients, workersPerClient = 4, watchersPerClient = 3 } = options;
  const knowledge = createKnowledge();
  const started = clients.flatMap((client, index) => [
    ...Array.from({ length: workersPerClient }, (_, worker) => work(client, `${index}.${worker}`, knowledge, options)),
    ...Array.from({ length: watchersPerClient }, () => watchHereAndThere(client, knowledge, options)),
    observe(client, knowledge, options),
  ]);
  await Promise.all(started);
}

async function work(
  client: ClientUnderTest,
  name: string,
  knowledge: Knowledge,
  options: TrafficOptions,
): Promise<void> {
  const { random, recorder, signal } = options;
  for (let count = 0; !signal.aborted; count += 1) {
    const request = nextRequest(random, knowledge, `${name}.${count}`, client.keysPerWriteMax);
    const invokedAt = recorder.now();
    const outcome = await client.perform(request);
    recorder.write({
      record: 'operation',
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
    const { end } = await watchOnce(client, wish, random.integer(WATCH_MS_MAX) + 100, knowledge, options);
    if (end !== 'client') await sleep(PAUSE_AFTER_FAILURE_MS);
  }
}

/** Follows everything, resuming where it was, as an informer does. */
async function observe(client: ClientUnderTest, knowledge: Knowledge, options: TrafficOptions): Promise<void> {
  let after: number | 'state' = 'state';
  while (!options.signal.aborted) {
    const record: WatchRecord = await watchOnce(client, { after }, OBSERVATION_MS, knowledge, options);
    if (record.end === 'expired' || record.end === 'future') after = 'state';
    else after = lastRevision(record) ?? after;
    if (record.end !== 'client') await sleep(PAUSE_AFTER_FAILURE_MS);
  }
}

/** Where to resume; undefined when nothing came, or the state had not come wholly. */
function lastRevision({ after, batches }: WatchRecord): number | undefined {
  const events = batches.flatMap((batch) => batch.events);
  const begun = after !== 'state' || events.some((event) => event.kind === 'progress' && event.initial);
  const revisions = events.map((event) => (event.kind === 'progress' ? event.revision : event.item.revision));
  return begun && revisions.length > 0 ? Math.max(...revisions) : undefined;
}

async function watchOnce(
  client: ClientUnderTest,
  wish: WatchWish,
  lastsMs: number,
  knowledge: Knowledge,
  { recorder, signal }: TrafficOptions,
): Promise<WatchRecord> {
  const openedAt = recorder.now();
  const batches: { at: number; events: readonly WatchEvent[] }[] = [];
  const tell = (events: readonly WatchEvent[]) => {
    batches.push({ at: recorder.now(), events });
    for (const event of events) if (wish.color === undefined) knowledge.observe(event);
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
