/** Writes made when nothing is wrong, of which everybody who watches must be told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { wantedOf } from '../checkers/standing-still.ts';
import type { Instant, Request } from '../history.ts';
import type { Recorder } from '../recorder.ts';
import type { ClientUnderTest } from './contract.ts';
import { COLORS } from './requests.ts';

/** So long after a write that was made when nothing was wrong nobody should lack it, however slow the machine. */
const CHECKPOINT_MS_MAX = 30_000;
/** After one that failed the verdict is known, and the rest of the run need not take long. */
const CHECKPOINT_AGAIN_MS_MAX = 1000;
const PAUSE_AFTER_FAILURE_MS = 50;

/** Who follows everything from watch to watch, or one single watch, and the newest revision they were told of. */
export interface Follower {
  readonly server: string;
  readonly color?: string;
  reached: number;
}

export interface Checkpoints {
  /** Those who go on for as long as the run lasts. */
  readonly followers: Follower[];
  /** The watches that are open. */
  readonly open: Set<Follower & { readonly openedAt: Instant }>;
  /** Resolves when none is under way: no client ends a watch before it is known whether it was told. */
  over(): Promise<void>;
  /** Call it when nothing is wrong: writes, waits until everybody was told, and records how far they have come. */
  perform(): Promise<void>;
}

interface Options {
  readonly clients: readonly ClientUnderTest[];
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

export function createCheckpoints({ clients, recorder, signal }: Options): Checkpoints {
  const followers: Follower[] = [];
  const open: Checkpoints['open'] = new Set();
  let count = 0;
  let patienceMs = CHECKPOINT_MS_MAX;
  let underway: Promise<void> = Promise.resolve();

  async function perform(): Promise<void> {
    const deadline = performance.now() + patienceMs;
    const isOver = () => performance.now() > deadline || signal.aborted;
    const name = `checkpoint.${count++}`;
    const colors: Record<string, number> = {};
    const silent: string[] = [];
    const ask = async (client: ClientUnderTest) => {
      for (const color of COLORS) {
        const revision = await written(client, color, `${name}.${client.server}.${color}`, recorder, isOver);
        if (revision === undefined) return false;
        colors[color] = Math.max(colors[color] ?? 0, revision);
      }
      return listed(client, recorder, isOver);
    };
    const answers = await Promise.all(clients.map(ask));
    if (!signal.aborted) silent.push(...clients.filter((_, index) => !answers[index]).map(({ server }) => server));
    const from = recorder.now();
    const newest = { revision: Math.max(0, ...Object.values(colors)), colors };
    const spanning = [...open];
    const isBehind = ({ color, reached }: Follower) => reached < wantedOf(newest, color);
    const behind = () => followers.some(isBehind) || spanning.some((one) => open.has(one) && isBehind(one));
    while (behind() && !isOver()) await sleep(10);
    if (silent.length > 0 || behind()) patienceMs = CHECKPOINT_AGAIN_MS_MAX;
    recorder.write({
      record: 'checkpoint',
      from,
      at: recorder.now(),
      ...newest,
      followers: followers.map((follower) => ({ ...follower })),
      silent,
    });
  }

  return {
    followers,
    open,
    over: () => underway,
    perform() {
      underway = perform();
      return underway;
    },
  };
}

/** Writes a key that nobody else writes; resolves with the revision, or with undefined where nobody would take it. */
async function written(
  client: ClientUnderTest,
  color: string,
  name: string,
  recorder: Recorder,
  isOver: () => boolean,
): Promise<number | undefined> {
  // Written in vain, it is written anew with another value: the first may still happen.
  for (let attempt = 0; ; attempt += 1) {
    const request: Request = {
      kind: 'write',
      expect: [],
      changes: [{ kind: 'put', key: `checkpoint-${client.server}-${color}`, value: `${name}.${attempt}`, color }],
      ...(client.keysPerWriteMax === undefined && { via: 'apply' }),
    };
    const outcome = await performed(client, request, recorder);
    if (outcome.kind === 'written' && outcome.revision !== undefined) return outcome.revision;
    if (isOver()) return undefined;
    await sleep(PAUSE_AFTER_FAILURE_MS);
  }
}

/** Whether a server answers a list. */
async function listed(client: ClientUnderTest, recorder: Recorder, isOver: () => boolean): Promise<boolean> {
  for (;;) {
    const outcome = await performed(client, { kind: 'list', at: 'newest' }, recorder);
    if (outcome.kind === 'listed') return true;
    if (isOver()) return false;
    await sleep(PAUSE_AFTER_FAILURE_MS);
  }
}

async function performed(client: ClientUnderTest, request: Request, recorder: Recorder) {
  const invokedAt = recorder.now();
  const outcome = await client.perform(request);
  const { server } = client;
  recorder.write({ record: 'operation', server, invokedAt, returnedAt: recorder.now(), request, outcome });
  return outcome;
}
