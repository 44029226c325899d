/** Writers to one API server whose every object has one writer, so that what may be stored is known exactly. */
import type { ConfigMap } from '@steersman/api';
import { Resources } from '@steersman/api';
import { type Client, createClient, createHttpTransport, type HttpTransportOptions } from '@steersman/client';

export const NAMESPACE = 'kills';
const WRITERS = 32;
const KEYS_PER_WRITER = 10;
const FILLING_CHARACTERS_MAX = 3000;

/** What an object may hold: `value` is never used twice; undefined: it does not exist. */
interface Possible {
  readonly value: string | undefined;
  /** Absent where the answer did not tell it, or none came. */
  readonly revision?: number;
}

export interface Writers {
  /** Writes until the server is gone. Resolves when the last writer has noticed. */
  writeUntilGone(connection: HttpTransportOptions): Promise<void>;
  /** Writes without an answer at this moment. */
  readonly underway: number;
  /** Writes that were acknowledged, ever. */
  readonly acknowledged: number;
  /** Compares what is stored with what must be; takes it as the truth from then on. Returns one sentence per violation. */
  verify(connection: HttpTransportOptions): Promise<readonly string[]>;
}

export function createWriters(): Writers {
  const possible = new Map<string, Possible[]>();
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

  function judge(stored: ReadonlyMap<string, ConfigMap>): void {
    for (const [name, states] of possible) {
      const found = stored.get(name);
      const value = found?.data?.['value'];
      const revision = found === undefined ? undefined : Number(found.metadata.resourceVersion);
      const match = states.find((state) => state.value === value);
      if (match === undefined)
        violations.push(
          `${name} holds ${value ?? 'nothing'}; possible: ${states.map((state) => state.value ?? 'nothing').join(', ')}`,
        );
      else if (match.revision !== undefined && match.revision !== revision)
        violations.push(`${name} is at ${revision}; it was acknowledged at ${match.revision}`);
      if (value !== found?.data?.['again']) violations.push(`${name} is half written`);
      newest = Math.max(newest, revision ?? 0);
      possible.set(name, [{ value, ...(revision !== undefined && { revision }) }]);
    }
    for (const name of stored.keys())
      if (name.startsWith('writer-') && !possible.has(name)) violations.push(`${name} was never written`);
  }

  return {
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
        judge(new Map(items.map((item) => [item.metadata.name ?? '', item])));
        newestBefore = newest;
        return violations.splice(0);
      } finally {
        await transport.close();
      }
    },
  };
}
