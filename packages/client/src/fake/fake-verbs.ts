import { errors, formatTime, isTerminating, type KubeObject, keyOf, type ResourceInfo } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { DeleteOptions } from '../contract.ts';
import { fakePatch } from './fake-patch.ts';
import type { FakeStore, Stored } from './fake-store.ts';
import { fakeSelection } from './fake-watch.ts';

export interface FakeRequest {
  readonly info: ResourceInfo;
  readonly method: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly contentType: string;
}
type Some = Pick<Effects, 'clock' | 'random'>;

const resourceOf = ({ group, plural }: ResourceInfo) => ({ group, resource: plural });
const keyOfRequest = ({ namespace, name = '' }: FakeRequest) =>
  namespace === undefined ? name : `${namespace}/${name}`;

function existing(request: FakeRequest, store: FakeStore): Stored {
  const found = store.get(request.info, keyOfRequest(request));
  if (found === undefined) throw errors.notFound(resourceOf(request.info), request.name ?? '');
  return found;
}

function create(request: FakeRequest, store: FakeStore, { clock, random }: Some): Stored {
  const { info, namespace, body } = request;
  const object = body as Stored;
  const name = object.metadata.name ?? `${object.metadata.generateName ?? ''}${random.suffix(5)}`;
  const group = info.group === '' ? '' : `${info.group}/`;
  const whole = {
    ...object,
    apiVersion: `${group}${info.version}`,
    kind: info.kind,
    metadata: {
      ...object.metadata,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: random.uuid(),
      creationTimestamp: formatTime(clock.now()),
      generation: 1,
    },
  };
  if (store.get(info, keyOf(whole)) !== undefined) throw errors.alreadyExists(resourceOf(info), name);
  if (info.plural === 'namespaces')
    Object.assign(whole, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  return store.write(info, whole);
}

/** A status write changes the status only; a write to the object leaves the status as it is. */
function updated(current: Stored, wanted: Stored, subresource: string | undefined): Stored {
  if (subresource === 'status') return { ...current, ...('status' in wanted ? { status: wanted.status } : {}) };
  if (subresource === 'finalize') return { ...current, spec: wanted.spec };
  const { deletionTimestamp, deletionGracePeriodSeconds, creationTimestamp, uid } = current.metadata;
  const specChanged = JSON.stringify(current.spec) !== JSON.stringify(wanted.spec);
  const generation = (current.metadata.generation ?? 0) + (specChanged ? 1 : 0);
  const metadata = {
    ...wanted.metadata,
    uid,
    creationTimestamp,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  };
  return {
    ...wanted,
    metadata: JSON.parse(JSON.stringify(metadata)),
    ...('status' in current ? { status: current.status } : {}),
  };
}

/** Writes, or removes for good when the last finalizer of an object on its way out has gone. */
function settle(request: FakeRequest, store: FakeStore, object: Stored): Stored {
  const namespaceHeld =
    request.info.plural === 'namespaces' &&
    ((object.spec as { finalizers?: readonly string[] })?.finalizers ?? []).length > 0;
  const held = (object.metadata.finalizers ?? []).length > 0 || namespaceHeld;
  const graceful = request.info.plural === 'pods' && (object.metadata.deletionGracePeriodSeconds ?? 0) > 0;
  if (isTerminating(object) && !held && !graceful) return store.remove(request.info, keyOf(object));
  return store.write(request.info, object);
}

function checkVersion(request: FakeRequest, current: Stored, wanted: KubeObject): void {
  const { resourceVersion, uid } = wanted.metadata;
  const stale =
    resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== current.metadata.resourceVersion;
  if (stale) throw errors.modified(resourceOf(request.info), request.name ?? '');
  if (uid !== undefined && uid !== current.metadata.uid)
    throw errors.conflict(resourceOf(request.info), request.name ?? '', 'Precondition failed: UID');
}

function update(request: FakeRequest, store: FakeStore): Stored {
  const current = existing(request, store);
  const wanted = request.body as Stored;
  checkVersion(request, current, wanted);
  const next = updated(current, wanted, request.subresource);
  return JSON.stringify(next) === JSON.stringify(current) ? current : settle(request, store, next);
}

function patch(request: FakeRequest, store: FakeStore): Stored {
  const current = existing(request, store);
  const wanted = fakePatch(current, request.body, request.contentType.includes('strategic')) as Stored;
  checkVersion(request, current, { metadata: (request.body as KubeObject).metadata ?? {} });
  const next = updated(current, wanted, request.subresource);
  return JSON.stringify(next) === JSON.stringify(current) ? current : settle(request, store, next);
}

function finalizersFor(object: Stored, policy: DeleteOptions['propagationPolicy']): readonly string[] {
  const others = (object.metadata.finalizers ?? []).filter(
    (name) => name !== 'orphan' && name !== 'foregroundDeletion',
  );
  if (policy === 'Orphan') return [...others, 'orphan'];
  return policy === 'Foreground' ? [...others, 'foregroundDeletion'] : others;
}

function remove(request: FakeRequest, store: FakeStore, { clock }: Some): Stored {
  const current = existing(request, store);
  const { preconditions, propagationPolicy, gracePeriodSeconds } = (request.body ?? {}) as DeleteOptions;
  checkVersion(request, current, { metadata: { ...preconditions } });
  const spec = current.spec as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const grace =
    request.info.plural === 'pods' && spec?.nodeName !== undefined
      ? (gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30)
      : 0;
  const finalizers = finalizersFor(current, propagationPolicy);
  const metadata = {
    ...current.metadata,
    deletionTimestamp: current.metadata.deletionTimestamp ?? formatTime(clock.now() + grace * 1000),
    deletionGracePeriodSeconds: grace,
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
  const status =
    request.info.plural === 'namespaces' ? { status: { ...(current.status as object), phase: 'Terminating' } } : {};
  return settle(request, store, { ...current, metadata, ...status });
}

function list(request: FakeRequest, store: FakeStore): unknown {
  const { info, namespace, query } = request;
  const all = store.list(info).filter(fakeSelection(namespace, query));
  const start = Number(query.get('continue') ?? 0);
  const limit = Number(query.get('limit') ?? 0);
  const items = limit === 0 ? all : all.slice(start, start + limit);
  const more = limit !== 0 && start + limit < all.length ? { continue: String(start + limit) } : {};
  return {
    kind: `${info.kind}List`,
    metadata: { resourceVersion: String(store.revision), ...more },
    items: items.map(({ apiVersion, kind, ...rest }) => rest),
  };
}

/** Performs one request that is not a watch; throws `ApiError` as a server would answer. */
export function handleVerb(request: FakeRequest, store: FakeStore, effects: Some): unknown {
  const { method, name } = request;
  if (method === 'POST' && request.subresource === 'eviction') return remove({ ...request, body: {} }, store, effects);
  if (method === 'POST' && request.subresource === 'binding') {
    const pod = existing(request, store);
    return store.write(request.info, {
      ...pod,
      spec: { ...(pod.spec as object), nodeName: (request.body as { target: { name: string } }).target.name },
    });
  }
  if (method === 'GET') return name === undefined ? list(request, store) : existing(request, store);
  if (method === 'POST') return create(request, store, effects);
  if (method === 'PUT') return update(request, store);
  if (method === 'PATCH') return patch(request, store);
  if (method === 'DELETE' && name !== undefined) return remove(request, store, effects);
  if (method !== 'DELETE') throw errors.methodNotAllowed();
  for (const object of store.list(request.info).filter(fakeSelection(request.namespace, request.query))) {
    remove({ ...request, name: object.metadata.name }, store, effects);
  }
  return { kind: 'Status', status: 'Success' };
}
