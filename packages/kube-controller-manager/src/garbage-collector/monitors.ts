import { type KubeObject, keyOf } from '@steersman/api';
import {
  type Client,
  type DiscoveredResource,
  type Discovery,
  discoverResources,
  type Mirror,
  reflect,
} from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Consequences, Graph } from './graph.ts';

/** Events own nothing and belong to nobody, and there are many. */
const IGNORED: readonly string[] = ['/events', 'events.k8s.io/events'];

export interface Monitors {
  /** Asks the server which resources there are now, and watches those and no others. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Whether resources that were discovered a moment ago are still being listed: what the graph lacks may be there. */
  readonly settling: boolean;
  /** The resource that an owner reference's kind means; undefined when the server has none such. */
  resourceOf(apiVersion: string, kind: string): DiscoveredResource | undefined;
}

interface Monitor {
  readonly stop: AbortController;
  readonly uids: Map<string, string>;
  synced: boolean;
}

function isWatched({ group, plural, verbs }: DiscoveredResource): boolean {
  return ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb)) && !IGNORED.includes(`${group}/${plural}`);
}

/** A resource that cannot be listed must not hold up the collection of all others for longer; upstream's limit. */
const SETTLING_MS_MAX = 30_000;

const groupVersionOf = ({ group, version }: DiscoveredResource) => `${group}/${version}`;

/** What was discovered, and what was known before of the groups that did not answer. */
function remembered(
  before: readonly DiscoveredResource[],
  { resources, failed }: Discovery,
): readonly DiscoveredResource[] {
  if (failed.length === 0) return resources;
  const found = new Set(resources.map(({ group, plural }) => `${group}/${plural}`));
  const silent = (resource: DiscoveredResource) => failed.includes(groupVersionOf(resource));
  return [...resources, ...before.filter((each) => silent(each) && !found.has(`${each.group}/${each.plural}`))];
}

/** Keeps the graph in step with every deletable resource, by watches that carry metadata only. */
export function createMonitors(
  client: Client,
  effects: Effects,
  graph: Graph,
  tell: (consequences: Consequences) => void,
): Monitors {
  const monitors = new Map<string, Monitor>();
  let resources: readonly DiscoveredResource[] = [];
  let startedAt = Number.NEGATIVE_INFINITY;

  function mirrorOf(resource: DiscoveredResource, monitor: Monitor): Mirror<KubeObject> {
    let unseen: Set<string> | undefined;
    const drop = (key: string) => {
      const uid = monitor.uids.get(key);
      monitor.uids.delete(key);
      if (uid !== undefined) tell(graph.remove(uid));
    };
    return {
      beginReplace() {
        unseen = new Set(monitor.uids.keys());
      },
      endReplace() {
        for (const key of unseen ?? []) drop(key);
        unseen = undefined;
        monitor.synced = true;
      },
      put(object) {
        const key = keyOf(object);
        unseen?.delete(key);
        const { uid = '' } = object.metadata;
        if (monitor.uids.has(key) && monitor.uids.get(key) !== uid) drop(key);
        monitor.uids.set(key, uid);
        tell(graph.put(resource, object.metadata));
      },
      remove: (object) => drop(keyOf(object)),
      reached() {},
    };
  }

  function start(resource: DiscoveredResource, signal: AbortSignal): Monitor {
    const monitor: Monitor = { stop: new AbortController(), uids: new Map(), synced: false };
    const options = {
      client: client.metadata(resource),
      selection: {},
      mirror: mirrorOf(resource, monitor),
      effects,
      name: resource.plural,
    };
    void reflect(options, AbortSignal.any([signal, monitor.stop.signal]));
    startedAt = effects.clock.monotonic();
    return monitor;
  }

  return {
    async refresh(signal) {
      const discovered = await discoverResources(client, signal);
      resources = remembered(resources, discovered);
      const watched = new Map(
        resources.filter(isWatched).map((resource) => [`${resource.group}/${resource.plural}`, resource]),
      );
      for (const [name, resource] of watched) if (!monitors.has(name)) monitors.set(name, start(resource, signal));
      if (discovered.failed.length > 0) return; // What could not be read may still be there.
      for (const [name, monitor] of monitors) {
        if (watched.has(name)) continue;
        monitor.stop.abort();
        monitors.delete(name);
        for (const uid of monitor.uids.values()) tell(graph.remove(uid));
      }
    },
    get settling() {
      if (effects.clock.monotonic() - startedAt >= SETTLING_MS_MAX) return false;
      return [...monitors.values()].some(({ synced }) => !synced);
    },
    resourceOf(apiVersion, kind) {
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      return resources.find((resource) => resource.group === group && resource.kind === kind);
    },
  };
}
