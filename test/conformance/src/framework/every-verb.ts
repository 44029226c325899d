/** Every verb on a kind, for kinds whose effects are tested elsewhere: here they are only stored, served and watched. */
import { type KubeObject, nameOf, type ResourceType } from '@steersman/api';
import { type ListOptions, retryOnConflict } from '@steersman/client';
import type { Trial } from './contract.ts';
import { expectEqual, expectIncludes, expectRefused, expectTrue, present } from './expect.ts';
import { rawExpecting } from './raw.ts';
import { type Recorder, record } from './recorder.ts';
import { untilGone, untilObjects } from './wait.ts';

export interface Subject {
  readonly type: ResourceType;
  /** A valid object. Its name is unique in the cluster; labels are added. */
  readonly object: (name: string, namespace: string) => object;
  /** What the status is made to be, through the status subresource; `true` where it is only read. */
  readonly status?: object | true;
  /** Further subresources that discovery names. */
  readonly subresources?: readonly string[];
}

const rootOf = ({ group, version }: ResourceType): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

/** Where an object is served. */
export function pathOf(type: ResourceType, { metadata }: KubeObject): string {
  const scope = type.namespaced ? `/namespaces/${metadata.namespace}` : '';
  return `${rootOf(type)}${scope}/${type.plural}/${metadata.name}`;
}

interface GroupList {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly version: string }[] }[];
}

async function expectDiscovered(trial: Trial, { type, status, subresources = [] }: Subject): Promise<void> {
  const { group, version, plural } = type;
  if (group !== '') {
    const { groups } = await trial.client.json<GroupList>('GET', '/apis');
    const found = present(
      `the group ${group}`,
      groups.find(({ name }) => name === group),
    );
    expectTrue(
      `version ${version}`,
      found.versions.some((entry) => entry.version === version),
      found,
    );
  }
  const answer = await rawExpecting(trial, 200, rootOf(type));
  const names = answer.json<{ resources: { name: string }[] }>().resources.map(({ name }) => name);
  const expected = [...(status === undefined ? [] : ['status']), ...subresources].map((name) => `${plural}/${name}`);
  for (const name of [plural, ...expected]) expectTrue(`the resource ${name}`, names.includes(name), names);
}

/** Waits for an event of this type about this object. Controllers may change it meanwhile: their changes are passed over. */
async function untilEvent(watch: Recorder<KubeObject>, type: string, name: string): Promise<void> {
  for (;;) {
    const event = await watch.next(`${type} ${name}`);
    const seen = event.type === 'BOOKMARK' ? 'BOOKMARK' : `${event.type} ${nameOf(event.object)}`;
    if (seen === `${type} ${name}`) return;
    if (!seen.startsWith('MODIFIED')) expectEqual('the watch event', seen, `${type} ${name}`);
  }
}

async function changeStatus(trial: Trial, type: ResourceType, object: KubeObject, wanted: object): Promise<void> {
  const path = `${pathOf(type, object)}/status`;
  const contentType = 'application/merge-patch+json';
  const patch = { metadata: { annotations: { 'status-patched': 'true' } }, status: wanted };
  const patched = await rawExpecting(trial, 200, path, { method: 'PATCH', contentType, body: patch });
  expectIncludes('the patched status', patched.json<{ status: unknown }>().status, wanted);
  const updated = await retryOnConflict(async () => {
    const read = (await rawExpecting(trial, 200, path)).json<KubeObject & { status?: object }>();
    expectIncludes('the status as read', read.status, wanted);
    const annotations = { ...read.metadata.annotations, 'status-updated': 'true' };
    return trial.client
      .resource<KubeObject>(type)
      .updateStatus({ ...read, metadata: { ...read.metadata, annotations } } as KubeObject);
  });
  expectIncludes('the updated status', (updated as { status?: unknown }).status, wanted);
}

async function changes(trial: Trial, subject: Subject, made: KubeObject, watch: Recorder<KubeObject>): Promise<void> {
  const { type, status } = subject;
  const resource = trial.client.resource<KubeObject>(type);
  const { name = '', namespace = '' } = made.metadata;
  const key = type.namespaced ? { namespace, name } : { name };
  const body = { metadata: { labels: { patched: 'true' } } };
  const patched = await resource.patch(key, { type: 'merge', body });
  expectEqual('the patched label', patched.metadata.labels?.['patched'], 'true');
  await untilEvent(watch, 'MODIFIED', name);
  const { metadata } = await retryOnConflict(async () => {
    const fresh = await resource.get(key);
    expectEqual('the label as read', fresh.metadata.labels?.['patched'], 'true');
    const labels = { ...fresh.metadata.labels, updated: 'true' };
    return resource.update({ ...fresh, metadata: { ...fresh.metadata, labels } });
  });
  expectEqual('the updated label', metadata.labels?.['updated'], 'true');
  expectEqual('the uid stays', metadata.uid, made.metadata.uid);
  if (status === true) await rawExpecting(trial, 200, `${pathOf(type, made)}/status`);
  else if (status !== undefined) await changeStatus(trial, type, made, status);
}

/** Discovers, creates, gets, lists, watches, patches, updates, deletes, and deletes collections. */
export async function everyVerb(trial: Trial, subject: Subject): Promise<void> {
  const { type } = subject;
  await expectDiscovered(trial, subject);
  const resource = trial.client.resource<KubeObject>(type);
  // Cluster-scoped names are shared by everyone: a namespace of our own makes them unique.
  const unique = await trial.namespace();
  const scope: ListOptions = {
    labelSelector: `conformance=${unique}`,
    ...(type.namespaced ? { namespace: unique } : {}),
  };
  trial.cleanup(() => resource.deleteCollection(scope));
  const create = (suffix: string): Promise<KubeObject> => {
    const made = subject.object(`${unique}-${suffix}`, unique) as KubeObject;
    const labels = { ...made.metadata.labels, conformance: unique };
    const namespace = type.namespaced ? { namespace: unique } : {};
    return resource.create({ ...made, metadata: { ...made.metadata, ...namespace, labels } });
  };
  const { resourceVersion } = await resource.list(scope);
  const watch = record(trial, type, { ...scope, resourceVersion });
  const first = await create('1');
  const key = { name: nameOf(first), ...(type.namespaced ? { namespace: unique } : {}) };
  await untilEvent(watch, 'ADDED', key.name);
  expectEqual('uid as read', (await resource.get(key)).metadata.uid, first.metadata.uid);
  await untilEvent(watch, 'ADDED', nameOf(await create('2')));
  expectEqual('objects listed', (await resource.list(scope)).items.length, 2);
  if (type.namespaced)
    expectEqual(
      'objects listed in all namespaces',
      (await resource.list({ labelSelector: `conformance=${unique}` })).items.length,
      2,
    );
  await changes(trial, subject, first, watch);
  await resource.delete(key, { propagationPolicy: 'Background' });
  await untilEvent(watch, 'DELETED', key.name);
  await untilGone(trial, type, key);
  await expectRefused('getting what was deleted', resource.get(key), { code: 404, reason: 'NotFound' });
  await resource.deleteCollection(scope);
  await untilObjects(trial, type, scope, 'none left', (left) => left.length === 0);
}
