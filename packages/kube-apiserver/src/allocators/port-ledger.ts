/**
 * Which node ports are taken: one object in the store that every server changes only against the version it has read, where and as
 * upstream's servers keep it. Nothing is decided from memory: what this process remembers is a first guess that the write checks.
 */
import { errors, type RangeAllocation, type ResourceInfo } from '@steersman/api';
import type { Random } from '@steersman/machinery';
import { isStorageError, type KeyValue, type Storage } from '@steersman/storage';
import { encodeStored, headOf } from '../cache/stored-value.ts';
import { decodeStored } from '../registry/decode-stored.ts';
import { REGISTRY_PREFIX } from '../storage-keys.ts';
import { type BandAllocator, bandAllocator, nodePortBands } from './band-allocator.ts';

const KEY = `${REGISTRY_PREFIX}ranges/servicenodeports`;
const HEAD = headOf('RangeAllocation', 'v1');
const RESOURCE = { group: '', version: 'v1', kind: 'RangeAllocation', plural: 'rangeallocations' } as ResourceInfo;
/** Each failed try is a success of another server, so that this many in a row mean that something is wrong. */
const TRIES_MAX = 100;

export interface PortLedgerOptions {
  readonly storage: Storage;
  readonly random: Random;
  /** Inclusive. */
  readonly range: { readonly first: number; readonly last: number };
  /** The ports of all stored Services, as of now. */
  readonly used: () => Promise<Iterable<number>>;
}

export interface PortLedger {
  /**
   * Runs `work` on the ports as they are stored and writes what it took and gave back, all of it or nothing. Runs it again when
   * somebody else wrote in between, so it must only touch the ports. Rejects with what it throws, and then nothing is written.
   */
  change<T>(work: (ports: BandAllocator) => T, options?: { readonly dryRun?: boolean }): Promise<T>;
  /** Makes the stored ports those that `decide` finds right, given what is stored and what Services have. */
  rebuild(decide: (stored: ReadonlySet<number>, used: ReadonlySet<number>) => Iterable<number>): Promise<void>;
}

interface Known {
  /** 0: there is no record yet. */
  readonly revision: number;
  readonly taken: readonly number[];
}
interface Pending {
  readonly work: (ports: BandAllocator) => unknown;
  readonly dryRun: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}
type Outcome = { readonly value: unknown } | { readonly error: unknown };

export function portLedger(options: PortLedgerOptions): PortLedger {
  const { storage, random, range } = options;
  const bands = nodePortBands(range.first, range.last);
  const waiting: Pending[] = [];
  let running = false;
  let known: Known | undefined;

  /** What is stored now; without a record, or with one of another range, what Services have. */
  async function read(): Promise<Known> {
    const { item } = await storage.get(KEY);
    return (item && recordOf(item, range)) ?? { revision: item?.modRevision ?? 0, taken: [...(await options.used())] };
  }

  /** False when somebody else has written. */
  async function write(replaces: number, taken: Iterable<number>): Promise<boolean> {
    const numbers = [...taken].filter((port) => port >= range.first && port <= range.last);
    const value = encodeStored(rangeAllocation(numbers, range) as never, HEAD);
    const result = await storage.transact({
      when: [{ key: KEY, target: 'modRevision', equals: replaces }],
      write: [{ kind: 'put', key: KEY, value }],
    });
    known = result.succeeded ? { revision: result.revision, taken: numbers } : undefined;
    return result.succeeded;
  }

  /** All who wait share one write. */
  async function settle(batch: readonly Pending[]): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const fresh = known === undefined;
      const before = known ?? (await read());
      const ports = bandAllocator(bands, random);
      for (const port of before.taken) ports.take(port);
      const outcomes = batch.map((pending) => attempt(pending, ports));
      // A refusal may come from what is long over elsewhere, and no write would find that out.
      if (!fresh && outcomes.some((outcome, index) => 'error' in outcome || batch[index]?.dryRun === true)) {
        known = undefined;
        continue;
      }
      const after = [...ports.numbers()];
      const changed = before.revision === 0 || !sameNumbers(before.taken, after);
      if (changed && batch.some(({ dryRun }) => !dryRun) && !(await write(before.revision, after))) continue;
      for (const [index, pending] of batch.entries()) conclude(pending, outcomes[index]!);
      return;
    }
    throw errors.serviceUnavailable('node ports cannot be allocated: other servers change them all the time');
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0);
      await settle(batch).catch((error: unknown) => {
        known = undefined;
        for (const { reject } of batch) reject(translated(error));
      });
    }
    running = false;
  }

  return {
    change: (work, { dryRun = false } = {}) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, dryRun, resolve, reject });
        void run();
      }),
    async rebuild(decide) {
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        // In this order: a port that was taken before the Services were read belongs to one of them, or to a request under way.
        const { item } = await storage.get(KEY);
        const used = new Set(await options.used());
        const stored = new Set(item === undefined ? used : (recordOf(item, range)?.taken ?? used));
        const right = [...decide(stored, used)];
        if (item !== undefined && recordOf(item, range) !== undefined && sameNumbers([...stored], right)) return;
        if (await write(item?.modRevision ?? 0, right)) return;
      }
    },
  };
}

/** Undoes what it did when it fails, or was only a rehearsal: others of the batch go on with the same ports. */
function attempt({ work, dryRun }: Pending, ports: BandAllocator): Outcome {
  const before = new Set(ports.numbers());
  const restore = () => {
    for (const port of [...ports.numbers()]) if (!before.has(port)) ports.release(port);
    for (const port of before) ports.take(port);
  };
  try {
    const value = work(ports);
    if (dryRun) restore();
    return { value };
  } catch (error) {
    restore();
    return { error };
  }
}

function conclude({ resolve, reject }: Pending, outcome: Outcome): void {
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.value as never);
}

function sameNumbers(before: readonly number[], after: readonly number[]): boolean {
  const numbers = new Set(before);
  return numbers.size === after.length && after.every((number) => numbers.has(number));
}

function translated(error: unknown): unknown {
  return isStorageError(error) ? errors.serviceUnavailable(`node ports cannot be allocated: ${error.message}`) : error;
}

type Range = PortLedgerOptions['range'];

/** Bit n of a big-endian number, without leading zeros, stands for the nth port of the range. */
function rangeAllocation(taken: readonly number[], { first, last }: Range): RangeAllocation {
  const size = taken.length === 0 ? 0 : ((Math.max(...taken) - first) >> 3) + 1;
  const bytes = Buffer.alloc(size);
  for (const port of taken) bytes[size - 1 - ((port - first) >> 3)]! |= 1 << ((port - first) & 7);
  return {
    kind: 'RangeAllocation',
    apiVersion: 'v1',
    metadata: {},
    range: `${first}-${last}`,
    data: bytes.toString('base64'),
  };
}

/** Undefined when it describes another range. */
function recordOf({ value, modRevision }: KeyValue, { first, last }: Range): Known | undefined {
  const { range, data } = decodeStored(value, RESOURCE) as unknown as RangeAllocation;
  if (range !== `${first}-${last}`) return undefined;
  const bytes = Buffer.from(data ?? '', 'base64').reverse();
  const taken = [...bytes].flatMap((byte, index) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte >> bit) & 1).map((bit) => first + index * 8 + bit),
  );
  return { revision: modRevision, taken };
}
