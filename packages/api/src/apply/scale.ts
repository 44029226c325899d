/**
 * Ownership across the scale subresource: a Scale knows of its parent's owners only who owns the replicas (KEP-555).
 */
import type { ManagedFieldsEntry } from '../generated/meta.ts';
import { difference, type FieldSet, fieldPath, intersection, isEmptySet } from './field-set.ts';
import { decodeOwners, encodeOwners, managerId, type Owners, type Ownership } from './managers.ts';

/** In every built-in kind with replicas, and in Scale. */
const REPLICAS: FieldSet = fieldPath('spec', 'replicas');
const SCALE_VERSION = 'autoscaling/v1';

type Entries = readonly ManagedFieldsEntry[] | undefined;

const hasReplicas = ({ fields }: Ownership) => !isEmptySet(intersection(fields, REPLICAS));

function of(entries: Entries): Owners {
  return decodeOwners(entries) ?? new Map();
}

function inVersion(owner: Ownership, apiVersion: string, fields: FieldSet): Ownership {
  return { ...owner, manager: { ...owner.manager, apiVersion }, fields };
}

/** The owners of a parent as its Scale shows them. */
export function scaleOwners(parent: Entries): readonly ManagedFieldsEntry[] {
  const owners = [...of(parent).values()].filter(hasReplicas).map((owner) => inVersion(owner, SCALE_VERSION, REPLICAS));
  return encodeOwners(new Map(owners.map((owner) => [managerId(owner.manager), owner])));
}

/**
 * The owners of a parent, of this version, after its Scale was written: whoever lost the replicas there loses them, and who
 * took them has them by an entry of its own, without a time as upstream's.
 */
export function ownersAfterScale(parent: Entries, scale: Entries, apiVersion: string): readonly ManagedFieldsEntry[] {
  const written = new Map([...of(scale)].filter(([, owner]) => hasReplicas(owner)));
  const result = new Map<string, Ownership>();
  for (const [id, owner] of of(parent)) {
    const shown = managerId({ ...owner.manager, apiVersion: SCALE_VERSION });
    const kept = !hasReplicas(owner) || written.delete(shown) ? owner.fields : difference(owner.fields, REPLICAS);
    if (!isEmptySet(kept)) result.set(id, { ...owner, fields: kept });
  }
  for (const owner of written.values()) {
    const taken = { ...inVersion(owner, apiVersion, REPLICAS), time: undefined };
    result.set(managerId(taken.manager), taken);
  }
  return encodeOwners(result);
}
