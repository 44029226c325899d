import type { KeyValue } from '../contract.ts';
import type { CurrentState } from '../embedded.ts';
import type { Environment } from './environment.ts';
import { type Header, revisionAt } from './records.ts';
import type { UnderwayWrites } from './underway.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * What is stored under a key, with a value that is read when somebody asks for it: most writers only compare revisions, and a value
 * that is read costs a page of memory for as long as the store is open.
 */
export function unreadItem(environment: Environment, key: string, header: Header): KeyValue {
  const { position, createRevision, version, lease } = header;
  const item = {
    key,
    get value() {
      return environment.log(position)?.value ?? NO_BYTES; // Compacted meanwhile: nobody may read it any more.
    },
    createRevision,
    modRevision: revisionAt(position),
    version,
  };
  return lease === undefined ? item : Object.assign(item, { lease });
}

/** The tables with the writes under way laid over them. `get` is the writer's own way to look up a key. */
export function currentStateOf(
  environment: Environment,
  underway: UnderwayWrites,
  get: (key: string) => KeyValue | undefined,
  revision: () => number,
): CurrentState {
  function* range(start: string, end: string): Generator<KeyValue> {
    const over = underway.range(start, end);
    let next = 0;
    const snapshot = environment.snapshot();
    try {
      for (const { key, value: header } of snapshot.keys(start, end)) {
        while (next < over.length && over[next]!.key < key) yield* live(over[next++]!.write);
        if (over[next]?.key === key) yield* live(over[next++]!.write);
        else yield unreadItem(environment, key, header);
      }
    } finally {
      snapshot.release();
    }
    while (next < over.length) yield* live(over[next++]!.write);
  }
  return {
    get revision() {
      return revision();
    },
    get,
    range,
  };
}

function* live({ state }: { readonly state: { readonly live?: { readonly item: KeyValue } } }): Generator<KeyValue> {
  if (state.live !== undefined) yield state.live.item;
}
