import type { OwnerReference } from '@steersman/api';
import { blocks, type Graph, type GraphNode, mayOwn } from './graph.ts';

/** How an owner stands, as far as the graph knows. */
export type Standing = 'solid' | 'waiting' | 'absent';

export type Collection =
  | { readonly kind: 'keep' }
  /** Some owners are gone or about to go, others remain: drop the references to the former. */
  | { readonly kind: 'disown'; readonly uids: readonly string[] }
  /** No owner remains. `unblock`: the object must no longer hold up its owners, for one of them waits for itself (a circle). */
  | {
      readonly kind: 'delete';
      readonly propagation: 'Orphan' | 'Foreground' | 'Background';
      readonly unblock: boolean;
    }
  /** All that held up a foreground deletion is gone. */
  | { readonly kind: 'release' }
  /** A foreground deletion waits for these. */
  | { readonly kind: 'await'; readonly dependents: readonly string[] };

/** The standing of an owner that the graph has; undefined when it has none, and only the server can tell. */
export function standingOf(graph: Graph, node: GraphNode, owner: OwnerReference): Standing | undefined {
  const known = graph.get(owner.uid);
  if (known === undefined) return undefined;
  if (!mayOwn(known, node)) return 'absent';
  return known.foreground ? 'waiting' : 'solid';
}

/** What a foreground deletion still waits for: existing dependents that block it. */
export function planForeground(graph: Graph, node: GraphNode): Collection {
  const blocking = graph.dependentsOf(node.uid).filter((uid) => {
    const dependent = graph.get(uid);
    return dependent !== undefined && blocks(dependent, node.uid);
  });
  return blocking.length === 0 ? { kind: 'release' } : { kind: 'await', dependents: blocking };
}

/**
 * Decides the fate of an object by the standing of its owners: it lives while one of them is solid. `standing` answers
 * for every owner.
 */
export function planCollection(
  graph: Graph,
  node: GraphNode,
  standing: (owner: OwnerReference) => Standing,
): Collection {
  if (node.foreground) return planForeground(graph, node);
  if (node.terminating || node.owners.length === 0) return { kind: 'keep' };
  const bySolid = Map.groupBy(node.owners, standing);
  const waiting = bySolid.get('waiting') ?? [];
  const leaving = [...(bySolid.get('absent') ?? []), ...waiting];
  if ((bySolid.get('solid') ?? []).length > 0) {
    return leaving.length === 0 ? { kind: 'keep' } : { kind: 'disown', uids: leaving.map(({ uid }) => uid) };
  }
  const dependents = graph.dependentsOf(node.uid);
  if (waiting.length === 0 || dependents.length === 0)
    return { kind: 'delete', propagation: 'Background', unblock: false };
  // A dependent that itself waits for its dependents may close a circle, which only a reference that does not block opens.
  const unblock = dependents.some((uid) => graph.get(uid)?.foreground === true);
  return { kind: 'delete', propagation: 'Foreground', unblock };
}
