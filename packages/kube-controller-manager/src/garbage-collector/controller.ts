import type { OwnerReference } from '@steersman/api';
import { createWorkQueue, type NextPass, type WorkQueue } from '@steersman/machinery';
import type { Controller } from '../controller/contract.ts';
import { tolerant } from '../controller/run.ts';
import { type Actor, createActor } from './act.ts';
import {
  type Consequences,
  createGraph,
  FOREGROUND_FINALIZER,
  type Graph,
  type GraphNode,
  ORPHAN_FINALIZER,
} from './graph.ts';
import { createMonitors, type Monitors } from './monitors.ts';
import { type Collection, planCollection, type Standing, standingOf } from './plan.ts';

/** How often the server is asked for new resources, how soon again when it did not answer, and how often whether all is listed. */
const REFRESH_MS = 30_000;
const DISCOVERY_RETRY_MS = 2_000;
const FIRST_SYNC_MS = 100;
/** Before an owner of a kind that the server does not know is asked for again. */
const UNKNOWN_KIND_RETRY_MS = 30_000;
/** Owners known to be gone; so that a thousand dependents of one ask the server once. */
const ABSENT_OWNERS_MAX = 500;

class UnknownKindError extends Error {
  override readonly name = 'UnknownKindError';
  readonly code = 'unknown-owner-kind';
}

interface Parts {
  readonly graph: Graph;
  readonly monitors: Monitors;
  readonly actor: Actor;
}

/** Asks about owners that the graph does not have, and remembers those that are gone. */
function ownerLookup({ monitors, actor }: Parts) {
  const absent = new Set<string>();
  return async function lookUp(node: GraphNode, owner: OwnerReference, signal: AbortSignal): Promise<Standing> {
    const identity = `${node.namespace ?? ''}/${owner.uid}`;
    if (absent.has(identity)) return 'absent';
    const resource = monitors.resourceOf(owner.apiVersion, owner.kind);
    if (resource === undefined)
      throw new UnknownKindError(`no resource for owner ${owner.apiVersion} ${owner.kind} of ${node.name}; keeping it`);
    // A cluster-scoped object cannot belong to one in a namespace, for it does not say in which.
    const possible = !resource.namespaced || node.namespace !== undefined;
    if (possible && (await actor.ownerExists(resource, node.namespace, owner, signal))) return 'solid';
    absent.add(identity);
    const [oldest] = absent;
    if (absent.size > ABSENT_OWNERS_MAX && oldest !== undefined) absent.delete(oldest);
    return 'absent';
  };
}

/** Performs what a plan says about one object. */
async function collect(
  plan: Collection,
  node: GraphNode,
  /** The version that a plan to delete was made from: a later one may have another owner. */
  resourceVersion: string | undefined,
  { graph, actor }: Parts,
  queue: Pick<WorkQueue, 'add'>,
  signal: AbortSignal,
): Promise<void> {
  switch (plan.kind) {
    case 'keep':
      return;
    case 'release':
      return actor.dropFinalizer(node, FOREGROUND_FINALIZER, signal);
    case 'await':
      for (const uid of plan.dependents) if (graph.get(uid)?.terminating === false) queue.add(uid);
      return;
    case 'disown':
      return actor.rewriteOwners(node, (owner) => (plan.uids.includes(owner.uid) ? undefined : owner), signal);
    case 'delete':
      if (plan.unblock) {
        const unblocked = (owner: OwnerReference) =>
          owner.blockOwnerDeletion === true ? { ...owner, blockOwnerDeletion: false } : owner;
        await actor.rewriteOwners(node, unblocked, signal);
      }
      return actor.remove(node, plan.propagation, resourceVersion, signal);
  }
}

function reconcilers(parts: Parts, queue: () => Pick<WorkQueue, 'add'>, tell: (consequences: Consequences) => void) {
  const { graph, monitors, actor } = parts;
  const lookUp = ownerLookup(parts);

  /** One pass over one object: does it still have an owner, or does its own deletion wait for others? */
  async function check(uid: string, signal: AbortSignal): Promise<NextPass> {
    // An owner of a kind that was discovered a moment ago must not go before its dependents are known.
    if (monitors.settling) return { afterMs: FIRST_SYNC_MS };
    const node = graph.get(uid);
    if (node === undefined) return 'on-change';
    try {
      await settle(node, signal);
      return 'on-change';
    } catch (error) {
      if (error instanceof UnknownKindError) return { afterMs: UNKNOWN_KIND_RETRY_MS };
      throw error;
    }
  }

  async function planFor(node: GraphNode, signal: AbortSignal): Promise<Collection> {
    const standings = new Map<OwnerReference, Standing>();
    for (const owner of node.foreground || node.terminating ? [] : node.owners) {
      standings.set(owner, standingOf(graph, node, owner) ?? (await lookUp(node, owner, signal)));
    }
    return planCollection(graph, node, (owner) => standings.get(owner) ?? 'solid');
  }

  async function settle(node: GraphNode, signal: AbortSignal): Promise<void> {
    const plan = await planFor(node, signal);
    if (plan.kind !== 'delete') return collect(plan, node, undefined, parts, queue(), signal);
    // The graph may be behind: an object that was orphaned a moment ago must not go with its former owner.
    const fresh = await actor.fresh(node, signal);
    // Gone, though no event has said so: whoever waits for it must not wait for an event that may never come.
    if (fresh === undefined) return tell(graph.remove(node.uid));
    const live: GraphNode = { ...node, owners: fresh.metadata.ownerReferences ?? [] };
    await collect(await planFor(live, signal), live, fresh.metadata.resourceVersion, parts, queue(), signal);
  }

  /** Lets the dependents of an object go, then the object. */
  async function orphan(uid: string, signal: AbortSignal): Promise<NextPass> {
    if (monitors.settling) return { afterMs: FIRST_SYNC_MS };
    const node = graph.get(uid);
    if (node?.orphaning !== true) return 'on-change';
    for (const dependentUid of graph.dependentsOf(uid)) {
      const dependent = graph.get(dependentUid);
      if (dependent !== undefined)
        await actor.rewriteOwners(dependent, (owner) => (owner.uid === uid ? undefined : owner), signal);
    }
    await actor.dropFinalizer(node, ORPHAN_FINALIZER, signal);
    return 'on-change';
  }
  return { check, orphan };
}

/** Deletes what has lost its last owner, and carries out foreground deletion and orphaning. */
export const garbageCollector: Controller = {
  name: 'garbage-collector-controller',
  alias: 'garbagecollector',
  account: 'generic-garbage-collector',
  async run(context, signal) {
    const { client, effects, config } = context;
    const graph = createGraph();
    let tell: (consequences: Consequences) => void = () => {};
    const monitors = createMonitors(client, effects, graph, (consequences) => tell(consequences));
    const parts = { graph, monitors, actor: createActor(client) };
    const { check, orphan } = reconcilers(
      parts,
      () => checks,
      (consequences) => tell(consequences),
    );
    const checks = createWorkQueue({
      name: 'garbage_collector_attempt_to_delete',
      reconcile: tolerant(check),
      effects,
      concurrencyMax: config.concurrentGcSyncs,
    });
    const orphans = createWorkQueue({
      name: 'garbage_collector_attempt_to_orphan',
      reconcile: tolerant(orphan),
      effects,
      concurrencyMax: config.concurrentGcSyncs,
    });
    tell = (consequences) => {
      for (const uid of consequences.check) checks.add(uid);
      for (const uid of consequences.orphan) orphans.add(uid);
    };
    const refresh = async () => {
      try {
        await monitors.refresh(signal);
        return true;
      } catch (error) {
        if (!signal.aborted) effects.log.warn('Could not discover resources', { error: String(error) });
        return false;
      }
    };
    try {
      while (!(await refresh())) await effects.clock.sleep(DISCOVERY_RETRY_MS, signal);
      // Before everything is in the graph, an owner that is merely not listed yet would look absent.
      while (monitors.settling) await effects.clock.sleep(FIRST_SYNC_MS, signal);
      const refreshing = (async () => {
        while (!signal.aborted) {
          await effects.clock.sleep(REFRESH_MS, signal);
          await refresh();
        }
      })();
      await Promise.all([checks.run(signal), orphans.run(signal), refreshing]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
