/**
 * Server-side apply and the bookkeeping of who owns which field (KEP 555). Pure: the time is an argument.
 */
import type { KubeObject } from '../contract.ts';
import { type ApiError, errors } from '../errors.ts';
import type { StatusCause } from '../generated/meta.ts';
import { normalize } from '../json/decode.ts';
import { semanticEqual } from '../schema/equal.ts';
import type { StructSchema } from '../schema/schema.ts';
import { blankOf } from './blank.ts';
import { type Comparison, compareFields, fieldSetOf } from './compare.ts';
import {
  difference,
  EMPTY_SET,
  type FieldSet,
  intersection,
  isEmptySet,
  outside,
  pathsOf,
  union,
} from './field-set.ts';
import { fieldsOfNew } from './fields-of-new.ts';
import { fieldsLastApplied, KUBECTL_MANAGER, rememberApplied } from './last-applied.ts';
import {
  BEFORE_FIRST_APPLY,
  cappedOwners,
  decodeOwners,
  encodeOwners,
  entryOf,
  type Manager,
  managerId,
  type Owners,
  type Ownership,
  ownable,
  ownersAfter,
} from './managers.ts';
import { mergeApplied, pruned } from './merge.ts';
import { NOTHING_RESET, type ResetFields } from './reset-fields.ts';

/** Who asks for a change, and when. */
export interface FieldManager {
  /** The name of the manager: the `fieldManager` of the request. */
  readonly manager: string;
  /** The version that the request is written in, such as `apps/v1`. */
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource?: string;
  /** RFC 3339, for the entries that change. */
  readonly now: string;
  /** Absent when every version of the kind has the same fields. */
  readonly inVersion?: VersionView | undefined;
  /** Fields that this endpoint does not write, whatever is sent: nobody comes to own them through it. */
  readonly resetFields?: ResetFields | undefined;
}

/**
 * How the objects of a request look in another version of their kind; undefined when the fields are the same. Ownership is
 * recorded in the version that each manager wrote, and compared in it.
 */
export type VersionView = (
  apiVersion: string,
) => { readonly schema: StructSchema; readonly show: (object: KubeObject) => KubeObject } | undefined;

export interface ApplyRequest<T extends KubeObject> extends FieldManager {
  /** The stored object; undefined when the apply creates it. */
  readonly live: T | undefined;
  /** What is applied, decoded with `decodePartial`. */
  readonly applied: unknown;
  readonly schema: StructSchema;
  /** Take over fields that others own. */
  readonly force: boolean;
}

/**
 * The object after an apply, in canonical form, managedFields included; not yet defaulted or validated.
 * Throws ApiError: 409 with a cause per field when others own what would change and `force` is not set.
 */
export function applyServerSide<T extends KubeObject>(request: ApplyRequest<T>): T {
  const { live, applied, schema, force, now } = request;
  const manager = managerOf(request, 'Apply');
  const id = managerId(manager);
  const owners = ownersBeforeApply(request);
  const sent = outside(fieldSetOf(applied, schema), (request.resetFields ?? NOTHING_RESET).set);
  const set = ownable(sent);
  /** What somebody owns, unless it is recorded in a version with other fields. */
  const comparable = ({ manager: { apiVersion }, fields }: Ownership) =>
    request.inVersion?.(apiVersion) === undefined ? fields : EMPTY_SET;
  const others = [...owners]
    .filter(([key]) => key !== id)
    .reduce((all, [, owner]) => union(all, comparable(owner)), EMPTY_SET);
  const merged = mergeApplied(withoutManagedFields(live), applied, schema);
  const last = owners.get(id);
  const next = (pruned(merged, last === undefined ? EMPTY_SET : comparable(last), union(sent, others), schema) ??
    {}) as T;
  const changesIn = comparer(request, withoutManagedFields(live), next, schema);
  const kubectl = manager.name === KUBECTL_MANAGER;
  const allowed = kubectl && !force ? fieldsLastApplied(live, schema, manager.apiVersion) : EMPTY_SET;
  if (!force) {
    refuseConflicts(owners, id, (apiVersion) => {
      const { added, modified } = changesIn(apiVersion);
      return difference(union(added, modified), allowed);
    });
  }
  const made = normalize<T>(next, schema);
  // Who applies what is there already joins the owners without having changed anything.
  const time = live === undefined || !semanticEqual(withoutManagedFields(live), made) ? now : last?.time;
  const remembered = kubectl ? rememberApplied(made, applied) : made;
  return withManagedFields(remembered, ownersAfter(owners, manager, changesIn, set, time));
}

export interface UpdateRequest<T extends KubeObject> extends FieldManager {
  /** The stored object; undefined when the request creates it. */
  readonly before: T | undefined;
  readonly after: T;
  readonly schema: StructSchema;
}

/**
 * The object after a create, update or patch other than apply, with managedFields that say who changed what. A client that sends a
 * single empty entry resets them; otherwise what it sends must be readable, or the stored ones stand.
 */
export function trackUpdate<T extends KubeObject>(request: UpdateRequest<T>): T {
  const { before, after, schema, now } = request;
  const manager = managerOf(request, 'Update');
  if (before === undefined && after.metadata.managedFields === undefined) return trackNew(request, manager);
  const owners = manager.subresource === '' ? ownersOfUpdate(before, after) : ownersOf(before);
  // Of an object that nobody is recorded for nothing is recorded until somebody applies it.
  if (before !== undefined && owners.size === 0) return withManagedFields(after, owners);
  const changesIn = comparer(request, withoutManagedFields(before), withoutManagedFields(after), schema);
  const contested = changesIn(manager.apiVersion);
  const known = owners.get(managerId(manager));
  const taken = union(contested.added, contested.modified);
  const own = union(difference(known?.fields ?? EMPTY_SET, contested.removed), taken);
  const time = isEmptySet(taken) ? known?.time : now;
  return withManagedFields(after, cappedOwners(ownersAfter(owners, manager, changesIn, own, time)));
}

/** A new object is its maker's, whole. */
function trackNew<T extends KubeObject>(request: UpdateRequest<T>, manager: Manager): T {
  const { after, schema, now, inVersion, resetFields = NOTHING_RESET } = request;
  const view = inVersion?.(manager.apiVersion);
  const fields = fieldsOfNew(view === undefined ? after : view.show(after), view?.schema ?? schema, resetFields.top);
  if (fields === undefined) return after;
  return { ...after, metadata: { ...after.metadata, managedFields: [entryOf(manager, fields, now)] } };
}

function managerOf(request: FieldManager, operation: Manager['operation']): Manager {
  return { name: request.manager, operation, apiVersion: request.apiVersion, subresource: request.subresource ?? '' };
}

/** The changes as each version sees them, computed once per version. */
function comparer(
  { inVersion, resetFields = NOTHING_RESET }: Pick<FieldManager, 'inVersion' | 'resetFields'>,
  before: KubeObject | undefined,
  after: KubeObject | undefined,
  schema: StructSchema,
): (apiVersion: string) => Comparison {
  const compare = (old: unknown, now: unknown, of: StructSchema): Comparison => {
    const { added, modified, removed } = compareFields(old ?? blankOf(of), now, of);
    const written = (set: FieldSet) => outside(set, resetFields.set);
    return { added: ownable(written(added)), modified: ownable(written(modified)), removed: written(removed) };
  };
  let plain: Comparison | undefined;
  const others = new Map<string, Comparison>();
  return (apiVersion) => {
    const view = inVersion?.(apiVersion);
    if (view === undefined) {
      plain ??= compare(before, after, schema);
      return plain;
    }
    const known = others.get(apiVersion);
    if (known !== undefined) return known;
    const shown = (object: KubeObject | undefined) => (object === undefined ? undefined : view.show(object));
    const made = compare(shown(before), shown(after), view.schema);
    others.set(apiVersion, made);
    return made;
  };
}

/** An object that nobody was recorded for belongs to whoever was there before the first apply. */
function ownersBeforeApply<T extends KubeObject>({ live, schema, apiVersion, now, ...rest }: ApplyRequest<T>): Owners {
  const owners = ownersOf(live);
  if (live === undefined || owners.size > 0) return owners;
  const subresource = rest.subresource ?? '';
  const manager: Manager = { name: BEFORE_FIRST_APPLY, operation: 'Update', apiVersion, subresource };
  const { added, modified } = compareFields(blankOf(schema), withoutManagedFields(live), schema);
  const fields = ownable(outside(union(added, modified), (rest.resetFields ?? NOTHING_RESET).set));
  return isEmptySet(fields) ? owners : new Map([[managerId(manager), { manager, fields, time: now }]]);
}

function ownersOf(object: KubeObject | undefined): Owners {
  return decodeOwners(object?.metadata.managedFields) ?? new Map();
}

/** A client that sends an empty list, or one empty entry, makes the object forget its owners. */
function ownersOfUpdate(before: KubeObject | undefined, after: KubeObject): Owners {
  const sent = after.metadata.managedFields;
  if (sent === undefined || sent === null) return ownersOf(before);
  const [first, ...rest] = sent;
  if (first === undefined || (rest.length === 0 && Object.keys(first).length === 0)) return new Map();
  const readable = decodeOwners(sent);
  return readable === undefined || readable.size === 0 ? ownersOf(before) : readable;
}

function withoutManagedFields<T extends KubeObject>(object: T | undefined): T | undefined {
  if (object?.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagedFields<T extends KubeObject>(object: T, owners: Owners): T {
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  const entries = encodeOwners(owners);
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}

function refuseConflicts(owners: Owners, own: string, wantedIn: (apiVersion: string) => FieldSet): void {
  const conflicts = [...owners.entries()]
    .filter(([id]) => id !== own)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { manager, fields }]) =>
      pathsOf(intersection(fields, wantedIn(manager.apiVersion))).map((path) => ({
        manager: managerText(manager),
        path,
      })),
    );
  if (conflicts.length > 0) throw conflictError(conflicts);
}

/** `"kubectl" using apps/v1` */
function managerText({ name, operation, apiVersion, subresource }: Manager): string {
  const through = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(name)}${through}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

function conflictError(conflicts: readonly { readonly manager: string; readonly path: string }[]): ApiError {
  const causes: StatusCause[] = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${manager}`,
    field: path,
  }));
  const [only, ...more] = conflicts;
  if (only !== undefined && more.length === 0)
    return errors.applyConflict(causes, `Apply failed with 1 conflict: conflict with ${only.manager}: ${only.path}`);
  const managers = [...new Set(conflicts.map(({ manager }) => manager))];
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...conflicts.filter((conflict) => conflict.manager === manager).map(({ path }) => `- ${path}`),
  ]);
  return errors.applyConflict(causes, `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`);
}
