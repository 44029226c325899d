/**
 * Deletion, the same for every kind: grace periods, finalizers, propagation (API concepts, "Object deletion";
 * "Garbage Collection").
 */
import { errors, formatTime, type KubeObject, type ObjectKey, parseTime } from '@steersman/api';
import type { CacheEntry } from '../cache/entry.ts';
import { type AnyObject, asObject, draftOf } from './any-object.ts';
import type { RequestContext } from './contract.ts';
import { CONFLICT_RETRIES_MAX, type Engine, groupResource, notFound, storedOf, toStored } from './engine.ts';
import type { ServedResource } from './served-resource.ts';

const GRACE_SECONDS_MAX = 9_223_372_036; // The longest duration that Go knows, some 292 years.

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: string | undefined;
  /** The old spelling: true is Orphan, false is Background. */
  readonly orphanDependents?: boolean | undefined;
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
  readonly dryRun?: readonly string[] | undefined;
}
export interface Deleted {
  /** The object as it was last, or as it now waits for its finalizers or grace period. */
  readonly object: KubeObject;
  readonly entry: CacheEntry | undefined;
  readonly gone: boolean;
}
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** Deletes or marks one object; again from the start when somebody else wrote in between. */
export async function deleteObject(
  engine: Engine,
  resource: ServedResource,
  key: ObjectKey,
  options: DeleteOptions,
  context: RequestContext,
  admit = true,
): Promise<Deleted> {
  for (let attempt = 0; ; attempt++) {
    const entry = await engine.find(resource, key);
    const old = engine.objectOf(resource, entry);
    checkPreconditions(resource, old, options);
    if (admit)
      await engine.options.admission.validate(engine.options.admission.request(context, resource, undefined, old));
    const deleted = await deleteOnce(engine, resource, entry, old, options, context);
    if (deleted !== undefined) return deleted;
    if (attempt >= CONFLICT_RETRIES_MAX * 4) throw errors.modified(groupResource(resource), key.name);
    if (storedOf(resource).cache.get(key.namespace ?? '', key.name) === undefined) throw notFound(resource, key.name);
  }
}

async function deleteOnce(
  engine: Engine,
  resource: ServedResource,
  entry: CacheEntry,
  old: KubeObject,
  options: DeleteOptions,
  context: RequestContext,
): Promise<Deleted | undefined> {
  const { store } = engine.options;
  const plan = planDeletion(resource, old, options, context.clock.now());
  if (plan.kind === 'wait') return { object: old, entry, gone: false };
  if (context.dryRun)
    return { object: plan.kind === 'mark' ? plan.object : old, entry: undefined, gone: plan.kind === 'remove' };
  if (plan.kind === 'mark') {
    const stored = storedOf(resource);
    const marked = toStored(resource, plan.object);
    if (store.isUnchanged(stored, marked, entry)) return { object: old, entry, gone: false };
    const written = await store.put(stored, marked, entry.revision);
    return written === undefined ? undefined : { object: plan.object, entry: written, gone: false };
  }
  const last = await store.remove(storedOf(resource), entry);
  if (last === undefined) return undefined;
  await resource.strategy.afterDelete?.(old, context);
  return { object: old, entry: last, gone: true };
}

export type DeletionPlan =
  | { readonly kind: 'remove' }
  | { readonly kind: 'mark'; readonly object: KubeObject }
  /** Deletion is under way and nothing changes. */
  | { readonly kind: 'wait' };

/** What a delete does to an object now. `now` is milliseconds since the epoch. */
export function planDeletion(
  resource: ServedResource,
  old: KubeObject,
  options: DeleteOptions,
  now: number,
): DeletionPlan {
  const draft = draftOf(old);
  delete draft.metadata.resourceVersion;
  const before = JSON.stringify(draft);
  const finalizers = finalizersFor(old, options);
  setFinalizers(draft, finalizers);
  const terminating = isSet(old.metadata.deletionTimestamp);
  const grace = graceFor(resource, old, options);
  const held = finalizers.length > 0 || namespaceFinalizers(draft).length > 0;
  if (grace === 0 && !held) return { kind: 'remove' };
  if (!terminating) mark(draft, grace, now);
  else shorten(draft, grace, now);
  if (draft.kind === 'Namespace')
    draft['status'] = { ...(draft['status'] as object | undefined), phase: 'Terminating' };
  return JSON.stringify(draft) === before ? { kind: 'wait' } : { kind: 'mark', object: asObject(draft) };
}

/** Seconds until the object may go, a negative number meaning one; a grace period under way can only become shorter. */
function graceFor({ strategy }: ServedResource, old: KubeObject, options: DeleteOptions): number {
  if (strategy.graceSeconds === undefined) return 0;
  const { deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
  const given = options.gracePeriodSeconds;
  const asked = given === undefined || given >= 0 ? given : 1;
  if (!isSet(deletionTimestamp)) return bounded(strategy.graceSeconds(old, asked));
  const current = deletionGracePeriodSeconds ?? 0;
  if (asked === undefined) return current;
  return Math.min(current, bounded(strategy.graceSeconds(old, asked)));
}

/** Any int64 may be asked for, a bigint included; times must stay what can be written. */
function bounded(seconds: number): number {
  return Math.min(Number(seconds), GRACE_SECONDS_MAX);
}

function mark(draft: AnyObject, grace: number, now: number): void {
  draft.metadata.deletionTimestamp = formatTime(now + grace * 1000);
  draft.metadata.deletionGracePeriodSeconds = grace;
  if ((draft.metadata.generation ?? 0) > 0) draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
}

/** Never into the past: then there is one second left, unless the object shall go at once. */
function shorten(draft: AnyObject, grace: number, now: number): void {
  const { deletionTimestamp, deletionGracePeriodSeconds: current = 0 } = draft.metadata;
  if (grace >= current || deletionTimestamp === undefined) return;
  const end = parseTime(deletionTimestamp) - (current - grace) * 1000;
  draft.metadata.deletionTimestamp = formatTime(Math.max(end, now));
  draft.metadata.deletionGracePeriodSeconds = end < now ? Math.min(grace, 1) : grace;
}

/** The two finalizers that the garbage collector answers to follow the propagation policy; all others stay. */
function finalizersFor(old: KubeObject, options: DeleteOptions): readonly string[] {
  const present = old.metadata.finalizers ?? [];
  const policy =
    options.propagationPolicy ??
    (options.orphanDependents === undefined ? undefined : options.orphanDependents ? 'Orphan' : 'Background');
  if (policy === undefined) return present;
  const others = present.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  if (policy === 'Orphan') return [...others, ORPHAN];
  if (policy === 'Foreground') return [...others, FOREGROUND];
  return others;
}

function setFinalizers(draft: AnyObject, finalizers: readonly string[]): void {
  if (finalizers.length === 0) delete draft.metadata.finalizers;
  else draft.metadata.finalizers = [...finalizers];
}

function namespaceFinalizers(draft: AnyObject): readonly string[] {
  if (draft.kind !== 'Namespace') return [];
  return (draft['spec'] as { finalizers?: readonly string[] } | undefined)?.finalizers ?? [];
}

/** Upstream names the kind here, where other conflicts name the resource. */
function checkPreconditions(
  { info }: ServedResource,
  { metadata }: KubeObject,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const refuse = (what: string, given: string, found: string | undefined, perhaps: string) => {
    const why = `the ${what} in the precondition (${given}) does not match the ${what} in record (${found}). The object might have been ${perhaps}`;
    throw errors.conflict({ group: info.group, resource: info.kind }, metadata.name ?? '', why);
  };
  if (uid !== undefined && uid !== metadata.uid) refuse('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    refuse('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
