/** What clients asked for and what may have come of it: every change in the world must have been asked for by somebody. */
import type { Bounds } from './bounds.ts';
import type { Change, History, OperationRecord } from './history.ts';
import { partitionPoint } from './partition-point.ts';

/** Something that may change a key, or did, at some revision behind `from` and not behind `to`. */
export interface Attempt {
  readonly operation: OperationRecord;
  readonly kind: 'put' | 'delete' | 'purge' | 'expiry';
  readonly from: number;
  readonly to: number;
  /** Whether it was acknowledged. */
  readonly acknowledged: boolean;
  /** Of a purge: it only deletes keys of this color. */
  readonly color?: string;
  /** Of a deletion: the revision that it was to delete, and no other. */
  readonly replaces?: number;
}

export interface Attempts {
  /** Attempts on a key that no acknowledged revision accounts for: writes without an answer, deletions, times to live. */
  unseen(key: string): readonly Attempt[];
  /** Deletions of a key whose answers tell their revision. */
  deletions(key: string): ReadonlyMap<number, OperationRecord>;
  /** Purges, which may delete any key of their color. */
  readonly purges: readonly Attempt[];
  /** Whether nothing can have happened to a key behind `from` up to `to` but what answers tell. */
  quiet(key: string, from: number, to: number): boolean;
  /** The write that carries a value, which is the only one that does. */
  writer(value: string): { readonly operation: OperationRecord; readonly change: Change } | undefined;
}

export function attemptsOf({ operations }: History, bounds: Bounds): Attempts {
  const byKey = new Map<string, Attempt[]>();
  const purges: Attempt[] = [];
  const writers = new Map<string, { operation: OperationRecord; change: Change }>();
  const deletions = new Map<string, Map<number, OperationRecord>>();
  const add = (key: string, attempt: Attempt) => byKey.getOrInsertComputed(key, () => []).push(attempt);
  for (const operation of operations) {
    const { request } = operation;
    if (request.kind === 'write')
      for (const change of request.changes) if (change.kind === 'put') writers.set(change.value, { operation, change });
    const window = windowOf(operation, bounds);
    if (window === undefined) continue;
    if (request.kind === 'purge') purges.push({ operation, kind: 'purge', color: request.color, ...window });
    if (request.kind !== 'write') continue;
    for (const change of request.changes) {
      if (change.kind === 'put' && change.ttlSeconds !== undefined)
        add(change.key, { operation, kind: 'expiry', ...window, to: Number.POSITIVE_INFINITY });
      const replaces = request.expect.find(({ key }) => key === change.key)?.revision;
      if (operation.outcome.kind === 'written' && operation.outcome.revision !== undefined) {
        if (change.kind === 'delete')
          deletions.getOrInsertComputed(change.key, () => new Map()).set(operation.outcome.revision, operation);
      } else
        add(change.key, {
          operation,
          kind: change.kind,
          ...window,
          ...(change.kind === 'delete' && typeof replaces === 'number' && { replaces }),
        });
    }
  }
  const indexes = new Map([...byKey].map(([key, attempts]) => [key, indexOf(attempts)]));
  const ofPurges = indexOf(purges);
  return {
    unseen: (key) => byKey.get(key) ?? [],
    deletions: (key) => deletions.get(key) ?? new Map(),
    purges,
    quiet: (key, from, to) => !overlaps(indexes.get(key), from, to) && !overlaps(ofPurges, from, to),
    writer: (value) => writers.get(value),
  };
}

/** Where an operation may have had an effect; undefined: nowhere. */
function windowOf(
  { request, outcome, invokedAt, returnedAt }: OperationRecord,
  bounds: Bounds,
): Pick<Attempt, 'from' | 'to' | 'acknowledged'> | undefined {
  const from = bounds.floor(invokedAt);
  if (outcome.kind === 'written') return { from, to: bounds.ceiling(returnedAt), acknowledged: true };
  // What was not answered may still happen long after its client gave up. A purge that was refused may have begun.
  const open = outcome.kind === 'unknown' || (request.kind === 'purge' && outcome.kind === 'refused');
  return open ? { from, to: Number.POSITIVE_INFINITY, acknowledged: false } : undefined;
}

interface Index {
  readonly froms: readonly number[];
  /** The greatest `to` of all up to here. */
  readonly tos: readonly number[];
}

function indexOf(attempts: readonly Attempt[]): Index {
  const sorted = attempts.toSorted((a, b) => a.from - b.from);
  let furthest = 0;
  return {
    froms: sorted.map(({ from }) => from),
    tos: sorted.map(({ to }) => {
      furthest = Math.max(furthest, to);
      return furthest;
    }),
  };
}

/** Whether some attempt may have had its effect behind `from` up to `to`. */
function overlaps(index: Index | undefined, from: number, to: number): boolean {
  if (index === undefined || from >= to) return false;
  const begun = partitionPoint(index.froms, (start) => start < to);
  return begun > 0 && index.tos[begun - 1]! > from;
}
