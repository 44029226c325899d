/**
 * ConfigMaps and Secrets that pods refer to: read once, then watched one by one (a kubelet may read only what its pods
 * use, so it cannot list them all). Kept while some pod uses them.
 */
import { type ConfigMap, type KubeObject, Resources, type ResourceType, type Secret } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';

export interface ReferencedObjects {
  /** Undefined: there is none. `uid` is the pod that uses it, told of every change until `release`. */
  configMap(uid: string, namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(uid: string, namespace: string, name: string): Promise<Secret | undefined>;
  release(uid: string): void;
}
interface Entry {
  readonly users: Set<string>;
  readonly abort: AbortController;
  first: Promise<void>;
  value: KubeObject | undefined;
}
const RETRY_MS = 2_000;

/** `onChange` is called for every pod that uses an object which changed. */
export function createReferencedObjects(
  client: Client,
  effects: Effects,
  onChange: (uid: string) => void,
): ReferencedObjects {
  const entries = new Map<string, Entry>();

  async function use<T extends KubeObject>(
    type: ResourceType<T>,
    uid: string,
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    const key = `${type.plural}/${namespace}/${name}`;
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = { users: new Set(), abort: new AbortController(), first: Promise.resolve(), value: undefined };
      entries.set(key, entry);
      entry.first = readFirst(type, namespace, name, entry);
      entry.first.catch(() => entries.delete(key)); // The next use tries again.
    }
    entry.users.add(uid);
    await entry.first;
    return entry.value as T | undefined;
  }

  async function readFirst<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string,
    name: string,
    entry: Entry,
  ): Promise<void> {
    entry.value = await client.resource(type).find({ namespace, name });
    void follow(type, namespace, name, entry);
  }

  async function follow<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string,
    name: string,
    entry: Entry,
  ): Promise<void> {
    const { signal } = entry.abort;
    const resource = client.resource(type);
    while (!signal.aborted) {
      try {
        // From "whatever is newest": the first events repeat what is there, which is compared away below.
        for await (const event of resource.watch({
          namespace,
          fieldSelector: `metadata.name=${name}`,
          resourceVersion: '0',
          signal,
        })) {
          if (event.type !== 'BOOKMARK') update(entry, event.type === 'DELETED' ? undefined : event.object);
        }
        await effects.clock.sleep(RETRY_MS, signal);
        update(entry, await resource.find({ namespace, name }, { signal }));
      } catch {
        await effects.clock.sleep(RETRY_MS, signal).catch(() => {});
      }
    }
  }

  function update(entry: Entry, value: KubeObject | undefined): void {
    if (entry.value?.metadata.resourceVersion === value?.metadata.resourceVersion) return;
    entry.value = value;
    for (const uid of entry.users) onChange(uid);
  }

  return {
    configMap: (uid, namespace, name) => use(Resources.configMaps, uid, namespace, name),
    secret: (uid, namespace, name) => use(Resources.secrets, uid, namespace, name),
    release(uid) {
      for (const [key, entry] of entries) {
        if (!entry.users.delete(uid) || entry.users.size > 0) continue;
        entry.abort.abort();
        entries.delete(key);
      }
    },
  };
}
