/** Writers to one API server whose every object has one writer, so that what may be stored is known exactly. */
import type { ConfigMap } from '@steersman/api';
import { Resources } from '@steersman/api';
import { type Client, createClient, createHttpTransport, type HttpTransportOptions } from '@steersman/client';

export const NAMESPACE = 'kills';
const WRITERS = 32;
const KEYS_PER_WRITER = 10;
const FILLING_CHARACTERS_MAX = 3000;

/** What an object may hold: `value` is never used twice; undefined: it does not exist. */
export interface Possible {
  readonly value: string | undefined;
  /** Absent where the answer did not tell it, or none came. */
  readonly revision?: number;
}

/** One write, and when it began and was acknowledged, in milliseconds of the time of day. */
export interface JournalEntry {
  readonly name: string;
  readonly begunAtMs: number;
  endedAtMs: number;
  result: Possible;
}

export interface Writers {
  /** Every write, in order. */
  readonly journal: readonly JournalEntry[];
  /** Writes until the server is gone. Resolves when the last writer has noticed. */
  writeUntilGone(connection: HttpTransportOptions): Promise<void>;
  /** Writes without an answer at this moment. */
  readonly underway: number;
  /** Writes that were acknowledged, ever. */
  readonly acknowledged: number;
  /** Compares what is stored with what must be; takes it as the truth from then on. Returns one sentence per violation. */
  verify(connection: HttpTransportOptions): Promise<readonly string[]>;
}

/** What is found of an object. */
export interface StoredObject {
  readonly value: string | undefined;
  /** What it says a second time, at its end. */
  readonly again: string | undefined;
  readonly revision: number;
}
type Stored = ReadonlyMap<string, StoredObject>;

export const storedOf = ({ data, metadata }: ConfigMap, revision = Number(metadata.resourceVersion)): StoredObject => ({
  value: data?.['value'],
  again: data?.['again'],
  revision,
});

/** How what is stored contradicts what must be, one sentence each. */
export function differences(possible: ReadonlyMap<string, readonly Possible[]>, stored: Stored): readonly string[] {
  const violations: string[] = [];
  for (const [name, states] of possible) {
    const found = stored.get(name);
    const match = states.find(({ value }) => value === found?.value);
    const allowed = states.map(({ value }) => value ?? 'nothing').join(', ');
    if (match === undefined) violations.push(`${name} holds ${found?.value ?? 'nothing'}; possible: ${allowed}`);
    else if (match.revision !== undefined && match.revision !== found?.revision)
      violations.push(`${name} is at ${found?.revision}; it was acknowledged at ${match.revision}`);
    if (found?.value !== found?.again) violations.push(`${name} is half written`);
  }
  for (const name of stored.keys())
    if (name.startsWith('writer-') && !possible.has(name)) violations.push(`${name} was never written`);
  return violations;
}

/** What may be stored when the power is cut at an instant: the last write acknowledged by then, or one begun and not acknowledged. */
export function possibleAt(journal: readonly JournalEntry[], atMs: number): ReadonlyMap<string, readonly Possible[]> {
  const possible = new Map<string, readonly Possible[]>();
  for (const { name, endedAtMs, result } of journal) {
    const before = possible.get(name) ?? [{ value: undefined }];
    // What is on its way may be on disk a little before its writer's clock says that it began.
    possible.set(name, endedAtMs < atMs ? [result] : [...before, result]);
  }
  return possible;
}

export function createWriters(): Writers {
  const possible = new Map<string, Possible[]>();
  const journal: JournalEntry[] = [];
  const violations: string[] = [];
  let sequence = 0;
  let underway = 0;
  let acknowledged = 0;
  let newestBefore = 0; // Of all rounds that are over: a later write must be newer.
  let newest = 0;

  const before = (name: string): readonly Possible[] => possible.get(name) ?? [{ value: undefined }];

  async function write(client: Client, name: string): Promise<void> {
    const configMaps = client.resource(Resources.configMaps);
    const key = { namespace: NAMESPACE, name };
    sequence += 1;
    const value = String(sequence);
    const exists = before(name)[0]?.value !== undefined;
    const isDeletion = exists && sequence % 7 === 0;
    const next: Possible = { value: isDeletion ? undefined : value };
    possible.set(name, [...before(name), next]); // From now on it may be there.
    const entry = { name, begunAtMs: Date.now(), endedAtMs: Number.POSITIVE_INFINITY, result: next };
    journal.push(entry);
    const data = { value, filling: 'x'.repeat((sequence * 37) % FILLING_CHARACTERS_MAX), again: value };
    underway += 1;
    try {
      if (isDeletion) await configMaps.delete(key);
      else
        acknowledge(
          name,
          next,
          await (exists
            ? configMaps.patch(key, { type: 'merge', body: { data } })
            : configMaps.create({ metadata: key, data })),
        );
      if (isDeletion) possible.set(name, [next]);
      acknowledged += 1;
      entry.result = before(name)[0] ?? next;
      entry.endedAtMs = Date.now();
    } finally {
      underway -= 1;
    }
  }

  function acknowledge(name: string, { value }: Possible, { metadata }: ConfigMap): void {
    const revision = Number(metadata.resourceVersion);
    if (revision <= newestBefore)
      violations.push(`${name} was written at ${revision}; ${newestBefore} was there before the kill`);
    newest = Math.max(newest, revision);
    possible.set(name, [{ value, revision }]);
  }

  async function writer(client: Client, number: number): Promise<void> {
    for (let turn = 0; ; turn += 1) {
      try {
        await write(client, `writer-${number}-${turn % KEYS_PER_WRITER}`);
      } catch {
        return; // The server is gone; whether the write happened is seen when it is back.
      }
    }
  }

  function judge(stored: Stored): void {
    violations.push(...differences(possible, stored));
    for (const name of possible.keys()) {
      const item = stored.get(name);
      newest = Math.max(newest, item?.revision ?? 0);
      possible.set(name, [item === undefined ? { value: undefined } : { value: item.value, revision: item.revision }]);
    }
  }

  return {
    journal,
    get underway() {
      return underway;
    },
    get acknowledged() {
      return acknowledged;
    },
    async writeUntilGone(connection) {
      const transport = createHttpTransport(connection);
      const client = createClient(transport);
      await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(client, number)));
      await transport.close();
    },
    async verify(connection) {
      const transport = createHttpTransport(connection);
      try {
        const { items } = await createClient(transport).resource(Resources.configMaps).list({ namespace: NAMESPACE });
        judge(new Map(items.map((item) => [item.metadata.name ?? '', storedOf(item)])));
        newestBefore = newest;
        return violations.splice(0);
      } finally {
        await transport.close();
      }
    },
  };
}
