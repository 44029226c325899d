/**
 * Who owns which fields: `metadata.managedFields` decoded, changed and encoded again (KEP 555).
 */
import type { ManagedFieldsEntry } from '../generated/meta.ts';
import type { Comparison } from './compare.ts';
import {
  difference,
  EMPTY_SET,
  type FieldSet,
  fieldPath,
  fromFieldsV1,
  isEmptySet,
  outside,
  toFieldsV1,
  union,
} from './field-set.ts';
import type { TopFields } from './fields-of-new.ts';

/** Managers by update that an object remembers; older ones are folded into one, so that objects cannot grow without end. */
export const UPDATE_MANAGERS_MAX = 10;
const ANCIENT_MANAGER = 'ancient-changes';
/** Who is said to own what was there before the first apply. */
export const BEFORE_FIRST_APPLY = 'before-first-apply';

/** One manager of an object: who, by which operation, through which subresource. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
}

export interface Ownership {
  readonly manager: Manager;
  readonly fields: FieldSet;
  /** RFC 3339. */
  readonly time: string | undefined;
}

/** Ownerships by the identity of their manager. */
export type Owners = ReadonlyMap<string, Ownership>;

/** An applier is the same whatever version it applies; an updater is one per version. */
export function managerId({ name, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify([name, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

/** Fields that the server manages, and nobody owns. */
export const UNOWNED_FIELDS: TopFields = {
  fields: new Set(['apiVersion', 'kind']),
  metadata: new Set([
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ]),
};
const UNOWNED: FieldSet = [
  ...[...UNOWNED_FIELDS.fields].map((name) => fieldPath(name)),
  ...[...UNOWNED_FIELDS.metadata].map((name) => fieldPath('metadata', name)),
].reduce(union, EMPTY_SET);

/** The set without what nobody can own. */
export const ownable = (set: FieldSet): FieldSet => withoutEmptyMetadata(outside(set, UNOWNED));

/** `metadata: {}` is no field that anybody meant. */
function withoutEmptyMetadata(set: FieldSet): FieldSet {
  const metadata = set.children.get('f:metadata');
  return metadata?.member === true && metadata.children.size === 0 ? difference(set, fieldPath('metadata')) : set;
}

const OPERATIONS = ['Apply', 'Update'] as const;

/** Reads managedFields; undefined when an entry cannot be understood. */
export function decodeOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owners | undefined {
  const owners = new Map<string, Ownership>();
  for (const entry of entries ?? []) {
    const fields = fromFieldsV1(entry.fieldsV1 ?? {});
    const operation = OPERATIONS.find((known) => known === entry.operation);
    if (fields === undefined || operation === undefined || !entry.apiVersion || entry.fieldsType !== 'FieldsV1')
      return undefined;
    const manager: Manager = {
      name: entry.manager ?? '',
      operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
    };
    owners.set(managerId(manager), { manager, fields, time: entry.time });
  }
  return owners;
}

/** Writes managedFields: appliers first, then by time and name, as upstream sorts them. */
export function encodeOwners(owners: Owners): readonly ManagedFieldsEntry[] {
  const order = ({ manager, time }: Ownership) =>
    [manager.operation, time ?? '', manager.name, manager.apiVersion, manager.subresource].join('\0');
  return [...owners.values()]
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(({ manager, fields, time }) => entryOf(manager, toFieldsV1(fields), time));
}

/** One entry of managedFields. */
export function entryOf(
  manager: Manager,
  fieldsV1: NonNullable<ManagedFieldsEntry['fieldsV1']>,
  time: string | undefined,
): ManagedFieldsEntry {
  return {
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  };
}

/**
 * The owners after `manager` made the changes: it owns what it changed, nobody what is gone, and nobody else what it took.
 * `changesIn` gives the changes in the version that an owner wrote; `time` is when the manager last changed something.
 */
export function ownersAfter(
  owners: Owners,
  manager: Manager,
  changesIn: (apiVersion: string) => Comparison,
  own: FieldSet,
  time: string | undefined,
): Owners {
  const id = managerId(manager);
  const result = new Map<string, Ownership>();
  for (const [otherId, other] of owners) {
    if (otherId === id) continue;
    const { added, modified, removed } = changesIn(other.manager.apiVersion);
    const fields = difference(difference(other.fields, removed), union(added, modified));
    if (!isEmptySet(fields)) result.set(otherId, { ...other, fields });
  }
  if (!isEmptySet(own)) result.set(id, { manager, fields: own, time });
  return result;
}

/** Folds the oldest updaters into one per version while there are too many. */
export function cappedOwners(owners: Owners): Owners {
  const updaters = [...owners].filter(([, { manager }]) => manager.operation === 'Update');
  let excess = updaters.length - UPDATE_MANAGERS_MAX;
  if (excess <= 0) return owners;
  const result = new Map(owners);
  const firstOf = new Map<string, string>();
  updaters.sort(([a, one], [b, other]) => compareTexts(one.time ?? '', other.time ?? '') || compareTexts(a, b));
  for (const [id, { manager, fields, time }] of updaters) {
    if (excess === 0) break;
    const first = firstOf.get(manager.apiVersion);
    if (first === undefined) {
      firstOf.set(manager.apiVersion, id);
      continue;
    }
    const { apiVersion } = manager;
    const ancient: Manager = { name: ANCIENT_MANAGER, operation: 'Update', apiVersion, subresource: '' };
    const bucket = managerId(ancient);
    const known = result.get(bucket) ?? result.get(first);
    if (!result.has(bucket)) result.delete(first);
    result.delete(id);
    result.set(bucket, { manager: ancient, fields: union(known?.fields ?? EMPTY_SET, fields), time });
    excess -= 1;
  }
  return result;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
