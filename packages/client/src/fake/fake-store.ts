import { errors, type KubeObject, keyOf, type ResourceInfo } from '@steersman/api';

/** One change, as a watch will tell it. */
export interface FakeEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
  readonly revision: number;
}
export type Stored = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

/** Objects of all resources by key, with one revision counter and the history that watches resume from. */
export interface FakeStore {
  readonly revision: number;
  get(info: ResourceInfo, key: string): Stored | undefined;
  list(info: ResourceInfo): readonly Stored[];
  write(info: ResourceInfo, object: Stored): Stored;
  remove(info: ResourceInfo, key: string): Stored;
  history(info: ResourceInfo, after: number): readonly FakeEvent[];
  subscribe(info: ResourceInfo, listener: (event: FakeEvent) => void): () => void;
}

const resourceOf = ({ group, plural }: ResourceInfo) => `${group}/${plural}`;

/** An empty store; everything that goes in or comes out is its own copy. */
export function createFakeStore(): FakeStore {
  const objects = new Map<string, Map<string, Stored>>();
  const events = new Map<string, FakeEvent[]>();
  const listeners = new Map<string, Set<(event: FakeEvent) => void>>();
  let revision = 100;

  const table = <V>(all: Map<string, V>, info: ResourceInfo, make: () => V): V => {
    const name = resourceOf(info);
    let found = all.get(name);
    if (found === undefined) {
      found = make();
      all.set(name, found);
    }
    return found;
  };
  const entries = (info: ResourceInfo) => table(objects, info, () => new Map<string, Stored>());
  const past = (info: ResourceInfo) => table(events, info, () => [] as FakeEvent[]);
  const audience = (info: ResourceInfo) => table(listeners, info, () => new Set<(event: FakeEvent) => void>());
  const publish = (info: ResourceInfo, event: FakeEvent) => {
    past(info).push(event);
    for (const listener of [...audience(info)]) listener(event);
  };
  const stamped = (object: Stored): Stored => {
    revision += 1;
    return {
      ...structuredClone(object),
      metadata: { ...structuredClone(object.metadata), resourceVersion: String(revision) },
    };
  };

  return {
    get revision() {
      return revision;
    },
    get: (info, key) => structuredClone(entries(info).get(key)),
    list: (info) => structuredClone([...entries(info).values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))),
    write(info, object) {
      const previous = entries(info).get(keyOf(object));
      const written = stamped(object);
      entries(info).set(keyOf(object), written);
      publish(info, { type: previous === undefined ? 'ADDED' : 'MODIFIED', object: written, previous, revision });
      return structuredClone(written);
    },
    remove(info, key) {
      const previous = entries(info).get(key);
      if (previous === undefined) throw errors.notFound({ group: info.group, resource: info.plural }, key);
      entries(info).delete(key);
      const last = stamped(previous);
      publish(info, { type: 'DELETED', object: last, previous, revision });
      return structuredClone(last);
    },
    history: (info, after) => past(info).filter((event) => event.revision > after),
    subscribe(info, listener) {
      audience(info).add(listener);
      return () => audience(info).delete(listener);
    },
  };
}
