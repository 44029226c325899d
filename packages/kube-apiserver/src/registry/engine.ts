/**
 * Create and update, the same for every kind: admission, preparation, checks, storage (deletion is in deletion.ts).
 */
import {
  ApiError,
  type Draft,
  declaredErrors,
  errors,
  type FieldError,
  isAlreadyExists,
  type KubeObject,
  type ObjectKey,
  withDeclared,
} from '@steersman/api';
import type { AdmissionChain } from '../admission-chain.ts';
import type { CacheHub } from '../cache/cache-hub.ts';
import type { CacheEntry } from '../cache/entry.ts';
import { type AnyObject, asDraft, asObject } from './any-object.ts';
import type { RequestContext } from './contract.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import type { ObjectStore } from './object-store.ts';
import { AFTER_ADMISSION, dedupOwnerReferences } from './owner-references.ts';
import { carryMetadata, fillNewMetadata, generatedName, settleNamespace } from './preparation.ts';
import { plainContext } from './request-context.ts';
import type { ServedResource, StoredResource } from './served-resource.ts';
import { type Tracking, track, withoutIdleTimes } from './tracking.ts';

const NAME_ATTEMPTS_MAX = 8; // Upstream retries a taken generated name as often.
export const CONFLICT_RETRIES_MAX = 5; // For edits that do not name the version they were made from.
/** Which rules an update follows; see `Registry.update`. */
export type UpdateView = 'main' | 'status' | 'none';

export interface EngineOptions {
  readonly store: ObjectStore;
  readonly hub: CacheHub;
  readonly admission: AdmissionChain;
}
export interface Written {
  readonly object: KubeObject;
  /** Absent after a dry run. */
  readonly entry: CacheEntry | undefined;
  readonly created: boolean;
}

export interface UpdateRequest {
  readonly resource: ServedResource;
  readonly key: ObjectKey;
  readonly view: UpdateView;
  readonly context: RequestContext;
  /** Makes the new object from the stored one. May throw. Runs again after a conflict. */
  readonly edit: (old: KubeObject) => AnyObject;
  /** Whether admission decides; engine-internal writes of hand-written endpoints have been admitted already. */
  readonly admit: boolean;
  /** Retry when somebody else wrote in between and the edit itself names no resourceVersion. */
  readonly retry: boolean;
  readonly createIfMissing?: () => AnyObject;
  /** Absent: managedFields stay as the edit made them. */
  readonly tracking?: Tracking;
}

export class Engine {
  readonly options: EngineOptions;
  constructor(options: EngineOptions) {
    this.options = options;
  }

  /** The stored object in the served version. */
  objectOf(resource: ServedResource, entry: CacheEntry): KubeObject {
    const object = storedOf(resource).cache.objectOf(entry);
    return resource.conversion === undefined ? object : resource.conversion.fromStored(object);
  }

  async find(resource: ServedResource, key: ObjectKey): Promise<CacheEntry> {
    const waiting = this.options.hub.untilConsistent();
    if (waiting !== undefined) await waiting;
    const entry = storedOf(resource).cache.get(key.namespace ?? '', key.name);
    if (entry === undefined) throw notFound(resource, key.name);
    return entry;
  }

  async create(
    resource: ServedResource,
    object: AnyObject,
    context: RequestContext,
    tracking?: Tracking,
  ): Promise<Written> {
    settleNamespace(object, resource, context.namespace);
    const tell = (text: string) => context.warn(text);
    dedupOwnerReferences(object, tell);
    track(resource, undefined, object, 'main', tracking);
    const { admission } = this.options;
    const request = admission.request(context, resource, asObject(object) as Draft<KubeObject>, undefined);
    const deciding = admission.mutate(request);
    // Here and below: to wait for what is there already costs a turn and an allocation per request.
    if (deciding instanceof Promise ? await deciding : deciding)
      resource.strategy.defaults?.(object as unknown as Draft<KubeObject>);
    dedupOwnerReferences(object, tell, AFTER_ADMISSION);
    const { generateName = '', name = '' } = object.metadata;
    if (generateName === '' || name !== '') return await this.#createOnce(resource, object, context, false);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#createOnce(resource, object, context, true);
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        if (attempt >= NAME_ATTEMPTS_MAX)
          throw errors.generateNameConflict(groupResource(resource), object.metadata.name ?? '');
      }
    }
  }

  async #createOnce(
    resource: ServedResource,
    object: AnyObject,
    context: RequestContext,
    generated: boolean,
  ): Promise<Written> {
    const { strategy } = resource;
    const draft = object as unknown as Draft<KubeObject>;
    fillNewMetadata(object, context);
    if (generated) object.metadata.name = generatedName(object.metadata.generateName ?? '', context.random);
    if (object.metadata.resourceVersion !== undefined && object.metadata.resourceVersion !== '')
      throw errors.badRequest('resourceVersion should not be set on objects to be created');
    delete object.metadata.resourceVersion;
    const preparing = strategy.prepareForCreate?.(draft, context);
    if (preparing !== undefined) await preparing;
    const undo = strategy.beginCreate === undefined ? undefined : await strategy.beginCreate(draft, context);
    try {
      const made = asObject(object);
      refuse(resource, made, problemsOfNew(resource, made));
      warn(resource, made, undefined, context);
      const { admission } = this.options;
      const judging = admission.validate(admission.request(context, resource, draft, undefined));
      if (judging instanceof Promise) await judging;
      return await this.#store(resource, made, context);
    } catch (error) {
      // What a write needed that may have happened stays taken: repairs find out later.
      if (!isOutcomeUnknown(error)) await undo?.();
      throw error;
    }
  }

  async #store(resource: ServedResource, made: KubeObject, context: RequestContext): Promise<Written> {
    const stored = storedOf(resource);
    const { namespace = '', name = '' } = made.metadata;
    const isThere = () => stored.cache.get(namespace, name) !== undefined;
    if (isThere()) {
      // Unless it has been deleted through another server.
      const waiting = this.options.hub.untilConsistent();
      if (waiting !== undefined) await waiting;
      if (isThere()) throw errors.alreadyExists(groupResource(resource), name);
    }
    if (context.dryRun) return { object: made, entry: undefined, created: true };
    const entry = await this.options.store.put(
      stored,
      toStored(resource, made),
      0,
      resource.strategy.ttlSeconds?.(made),
    );
    if (entry === undefined) throw errors.alreadyExists(groupResource(resource), name);
    return { object: made, entry, created: true };
  }

  /** Reads, edits, checks and writes until the write stands or the conflict is the caller's to solve. */
  async update(request: UpdateRequest): Promise<Written> {
    const { resource, key } = request;
    const { hub } = this.options;
    const waiting = hub.untilConsistent();
    if (waiting !== undefined) await waiting;
    for (let attempt = 0; ; attempt++) {
      const entry = storedOf(resource).cache.get(key.namespace ?? '', key.name);
      if (entry === undefined) {
        const created = await this.#createMissing(request, attempt < CONFLICT_RETRIES_MAX);
        if (created !== undefined) return created;
        await hub.untilConsistent();
        continue;
      }
      const written = await this.#updateOnce(request, entry);
      if (written !== undefined) return written;
      if (!request.retry || attempt >= CONFLICT_RETRIES_MAX) throw errors.modified(groupResource(resource), key.name);
    }
  }

  /** Undefined when somebody else was faster, and what they made is to be updated. */
  async #createMissing(request: UpdateRequest, mayRetry: boolean): Promise<Written | undefined> {
    const { resource, key, createIfMissing, tracking } = request;
    if (createIfMissing === undefined) throw notFound(resource, key.name);
    const context = { ...plainContext(request.context), operation: 'create' as const };
    try {
      return await this.create(resource, createIfMissing(), context, tracking);
    } catch (error) {
      if (mayRetry && isAlreadyExists(error)) return undefined;
      throw error;
    }
  }

  async #updateOnce(request: UpdateRequest, entry: CacheEntry): Promise<Written | undefined> {
    const { resource, context, view } = request;
    const { admission, store } = this.options;
    const old = this.objectOf(resource, entry);
    const draft = request.edit(old);
    checkPreconditions(resource, draft, old);
    settleNamespace(draft, resource, old.metadata.namespace ?? '');
    if (view === 'status') isolateStatus(draft, old);
    track(resource, old, draft, view, request.tracking);
    const admissionRequest = () => admission.request(context, resource, draft as unknown as Draft<KubeObject>, old);
    if (request.admit && (await admission.mutate(admissionRequest())))
      resource.strategy.defaults?.(draft as unknown as Draft<KubeObject>);
    dedupOwnerReferences(draft, (text) => context.warn(text), AFTER_ADMISSION);
    carryMetadata(draft, asDraft(old), view === 'none');
    await prepare(resource, draft, old, context, view);
    const undo =
      view === 'main'
        ? await resource.strategy.beginUpdate?.(draft as unknown as Draft<KubeObject>, old, context)
        : undefined;
    try {
      const checked = asObject(draft);
      refuse(resource, checked, [
        ...validateMetadataUpdate(checked, old),
        ...validateFor(resource, checked, old, view),
      ]);
      if (view === 'main') warn(resource, checked, old, context);
      else if (view === 'status')
        for (const text of resource.strategy.status?.warnings?.(checked) ?? []) context.warn(text);
      if (request.admit) await admission.validate(admissionRequest());
      const made = withoutIdleTimes(checked, old);
      const stored = storedOf(resource);
      const result = toStored(resource, made);
      if (context.dryRun) return { object: atRevision(made, entry.revision), entry: undefined, created: false };
      if (isFinished(made)) {
        const last = await store.remove(stored, entry);
        if (last !== undefined) await resource.strategy.afterDelete?.(made, context);
        return last === undefined ? undefined : { object: this.objectOf(resource, last), entry: last, created: false };
      }
      if (store.isUnchanged(stored, result, entry)) return { object: old, entry, created: false };
      const written = await store.put(stored, result, entry.revision, resource.strategy.ttlSeconds?.(made));
      if (written === undefined) await undo?.();
      else if (view === 'main') await resource.strategy.afterUpdate?.(made, old, context);
      return written === undefined ? undefined : { object: made, entry: written, created: false };
    } catch (error) {
      // What a write needed that may have happened stays taken: repairs find out later.
      if (!isOutcomeUnknown(error)) await undo?.();
      throw error;
    }
  }
}

/** The store did not say what became of the write. */
function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof ApiError && error.code === 503;
}

/** A dry run of an update answers with the version that is stored, so that `kubectl diff` shows no change of it. */
function atRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

export function storedOf(resource: ServedResource): StoredResource {
  if (resource.stored === undefined) throw errors.methodNotSupported(groupResource(resource), 'storage');
  return resource.stored;
}
/** As the client named it, whatever version the work is done in. */
export function groupResource({ asked }: ServedResource): { readonly group: string; readonly resource: string } {
  return { group: asked.info.group, resource: asked.info.plural };
}
export function notFound(resource: ServedResource, name: string): Error {
  return errors.notFound(groupResource(resource), name);
}
export function toStored(resource: ServedResource, object: KubeObject): KubeObject {
  return resource.conversion === undefined ? object : resource.conversion.toStored(object);
}

/** The last finalizer has gone from an object whose grace period is over: it may go now. */
function isFinished({ metadata, ...rest }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined || metadata.deletionTimestamp === null) return false;
  if ((metadata.finalizers ?? []).length > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  const spec = (rest as { spec?: { finalizers?: readonly string[] } }).spec;
  return !(rest.kind === 'Namespace' && (spec?.finalizers ?? []).length > 0);
}

function checkPreconditions(resource: ServedResource, draft: AnyObject, old: KubeObject): void {
  const { name = '', uid, resourceVersion } = draft.metadata;
  const stored = old.metadata;
  if (uid !== undefined && uid !== '' && uid !== stored.uid)
    throw errors.conflict(
      groupResource(resource),
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.uid}`,
    );
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0') {
    if (resourceVersion !== stored.resourceVersion) throw errors.modified(groupResource(resource), name);
  } else if (resource.strategy.allowUnconditionalUpdate === false)
    throw errors.invalid(resource.info, name, [
      {
        type: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: 'Invalid value: 0: must be specified for an update',
      } as unknown as FieldError,
    ]);
  delete draft.metadata.resourceVersion;
}

/** The status subresource changes status, labels and annotations; the rest stays as stored. */
function isolateStatus(draft: AnyObject, old: KubeObject): void {
  const before = asDraft(old);
  for (const field of new Set([...Object.keys(draft), ...Object.keys(before)])) {
    if (field === 'metadata' || field === 'status' || field === 'kind' || field === 'apiVersion') continue;
    if (before[field] === undefined) delete draft[field];
    else draft[field] = structuredClone(before[field]);
  }
  if (before.metadata.ownerReferences === undefined) delete draft.metadata.ownerReferences;
  else draft.metadata.ownerReferences = structuredClone(before.metadata.ownerReferences);
}

async function prepare(
  resource: ServedResource,
  draft: AnyObject,
  old: KubeObject,
  context: RequestContext,
  view: UpdateView,
): Promise<void> {
  const target = draft as unknown as Draft<KubeObject>;
  if (view === 'main') await resource.strategy.prepareForUpdate?.(target, old, context);
  else if (view === 'status') resource.strategy.status?.prepareForUpdate?.(target, old, context);
}

function validateFor(
  { strategy, schema }: ServedResource,
  made: KubeObject,
  old: KubeObject,
  view: UpdateView,
): readonly FieldError[] {
  if (view === 'none') return [];
  const own =
    view === 'status'
      ? strategy.status?.validateUpdate?.(made, old)
      : (strategy.validateUpdate?.(made, old) ?? strategy.validate?.(made));
  return withDeclared(own ?? [], declaredErrors(made, schema, { level: strategy.rules ?? 'enforced', old }));
}

function problemsOfNew({ info, schema, strategy }: ServedResource, made: KubeObject): readonly FieldError[] {
  const problems = validateMetadata(made, info.namespaced, strategy.validateName);
  const declared = declaredErrors(made, schema, { level: strategy.rules ?? 'enforced' });
  problems.push(...withDeclared(strategy.validate?.(made) ?? [], declared));
  return problems;
}

function refuse(resource: ServedResource, object: KubeObject, problems: readonly FieldError[]): void {
  if (problems.length > 0) throw errors.invalid(resource.info, object.metadata.name ?? '', problems);
}

function warn(
  { strategy, info }: ServedResource,
  object: KubeObject,
  old: KubeObject | undefined,
  context: RequestContext,
): void {
  for (const text of strategy.warnings?.(object, old) ?? []) context.warn(text);
  if (!strategy.validated) context.warn(`${info.kind} is not validated by this server yet`);
}
