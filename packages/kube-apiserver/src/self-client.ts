import { errors, type KubeObject, type ObjectKey, type ResourceType } from '@steersman/api';
import type { Client, ListOptions, ObjectList, ResourceClient } from '@steersman/client';
import type { ObjectModel } from './object-model.ts';
import type { ServedResource } from './registry/served-resource.ts';

/**
 * The server's client of itself: plain reads come straight from the watch cache, without encoding and decoding; all else
 * goes through the pipeline. Objects it returns are the cache's own and must not be changed.
 */
export function selfClient(base: Client, model: () => ObjectModel): Client {
  return {
    transport: base.transport,
    json: base.json.bind(base),
    metadata: base.metadata.bind(base),
    resource: <T extends KubeObject>(type: ResourceType<T>): ResourceClient<T> => {
      const client = base.resource(type);
      const served = () => model().resources.get(`${type.group}/${type.version}/${type.plural}`);
      const find = async (key: ObjectKey): Promise<T | undefined> => {
        const resource = served();
        if (resource?.stored === undefined) return client.find(key);
        await model().hub.untilConsistent();
        return shownObject(model(), type, key);
      };
      return {
        ...client,
        find,
        get: async (key, options) => {
          if (options?.resourceVersion !== undefined) return client.get(key, options);
          const found = await find(key);
          if (found === undefined) throw errors.notFound({ group: type.group, resource: type.plural }, key.name);
          return found;
        },
        list: async (options: ListOptions = {}) => {
          const resource = served();
          const { namespace, signal: _signal, ...others } = options;
          if (resource?.stored === undefined || Object.keys(others).length > 0) return client.list(options);
          await model().hub.untilConsistent();
          return listAll<T>(resource, namespace, model().hub.revision);
        },
      };
    },
  };
}

/** One object as the watch cache shows it, without waiting for anything; undefined for resources that are not stored, too. */
export function shownObject<T extends KubeObject>(
  model: ObjectModel,
  type: ResourceType<T>,
  { namespace, name }: ObjectKey,
): T | undefined {
  const resource = model.resources.get(`${type.group}/${type.version}/${type.plural}`);
  const entry = resource?.stored?.cache.get(namespace ?? '', name);
  return entry === undefined ? undefined : shown<T>(resource!, resource!.stored!.cache.objectOf(entry));
}

function listAll<T>(resource: ServedResource, namespace: string | undefined, revision: number): ObjectList<T> {
  const { cache } = resource.stored!;
  const runs = cache.snapshot(cache.namespaced && namespace !== '' ? namespace : undefined);
  const items = runs.flatMap((run) => run.map((entry) => shown<T>(resource, cache.objectOf(entry))));
  return { items, resourceVersion: String(revision) };
}

function shown<T>({ conversion }: ServedResource, object: KubeObject): T {
  return (conversion === undefined ? object : conversion.fromStored(object)) as unknown as T;
}
