/** What the API concepts page promises about lists, watches, deletes and dry runs, beyond what upstream's entries cover. */
import { type ConfigMap, nameOf, Resources, uidOf } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch, expectRefused, expectTrue, present } from '../framework/expect.ts';
import { raw, rawExpecting } from '../framework/raw.ts';
import { record } from '../framework/recorder.ts';
import { configMap, pod } from '../objects.ts';

const OWN = 'own=true';
const labels = { own: 'true' };

async function setUp(trial: Trial, ...names: readonly string[]) {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  for (const name of names) await configMaps.create(configMap({ namespace, name, labels }));
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  return { namespace, configMaps, path };
}

const namesOf = (items: readonly ConfigMap[]) => items.map(nameOf);

async function exactVersion(trial: Trial): Promise<void> {
  const { namespace, configMaps } = await setUp(trial, 'a', 'b');
  const before = await configMaps.list({ namespace, labelSelector: OWN });
  await configMaps.create(configMap({ namespace, name: 'c', labels }));
  await configMaps.delete({ namespace, name: 'a' });
  const { resourceVersion } = before;
  const scope = { namespace, labelSelector: OWN, resourceVersion };
  const exact = await configMaps.list({ ...scope, resourceVersionMatch: 'Exact' });
  expectEqual('the list at exactly an earlier version', namesOf(exact.items), ['a', 'b']);
  expectEqual('its resourceVersion', exact.resourceVersion, resourceVersion);
  const newer = await configMaps.list({ ...scope, resourceVersionMatch: 'NotOlderThan' });
  expectTrue('a list not older', Number(newer.resourceVersion) >= Number(resourceVersion), newer.resourceVersion);
  expectEqual('the list now', namesOf((await configMaps.list({ namespace, labelSelector: OWN })).items), ['b', 'c']);
}

async function futureVersion(trial: Trial): Promise<void> {
  const { configMaps, namespace } = await setUp(trial);
  const { resourceVersion } = await configMaps.list({ namespace });
  const future = String(Number(resourceVersion) + 1_000_000);
  const answer = await raw(
    trial,
    `/api/v1/namespaces/${namespace}/configmaps?resourceVersion=${future}&timeoutSeconds=5`,
  );
  expectEqual('the status of a list of the future', answer.status, 504);
  const { message, details } = answer.json<{
    message: string;
    details: { retryAfterSeconds?: number; causes?: { reason: string }[] };
  }>();
  expectMatch('the message', message, /Too large resource version/);
  expectEqual('the cause', details.causes?.[0]?.reason, 'ResourceVersionTooLarge');
  expectEqual('retryAfterSeconds', details.retryAfterSeconds, 1);
}

async function badOptions(trial: Trial): Promise<void> {
  const { path } = await setUp(trial);
  const invalid: readonly [string, string, RegExp][] = [
    [
      'resourceVersionMatch alone',
      'resourceVersionMatch=Exact',
      /resourceVersionMatch is forbidden unless resourceVersion is provided/,
    ],
    [
      'sendInitialEvents without a match',
      'watch=1&sendInitialEvents=true',
      /sendInitialEvents requires setting resourceVersionMatch/,
    ],
    [
      'sendInitialEvents on a list',
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
      /sendInitialEvents is forbidden for list/,
    ],
  ];
  for (const [what, query, message] of invalid) {
    const answer = await rawExpecting(trial, 422, `${path}?${query}`);
    expectMatch(what, answer.json<{ message: string }>().message, message);
  }
  await rawExpecting(trial, 400, `${path}?fieldSelector=spec.nothing%3D1`);
  await rawExpecting(trial, 400, `${path}?labelSelector=a%20b%20c`);
  await rawExpecting(trial, 400, `${path}?continue=nonsense`);
}

async function gone(trial: Trial): Promise<void> {
  const { path } = await setUp(trial);
  // Version 1 is before every history that a server keeps.
  const answer = await raw(trial, `${path}?watch=1&resourceVersion=1&timeoutSeconds=5`);
  if (answer.status === 410) return;
  expectEqual('the status of a watch from long ago', answer.status, 200);
  const first = present('a first event', answer.text.split('\n')[0]);
  if (first === '') return; // The history is complete: a young cluster.
  const event = JSON.parse(first) as { type: string; object: { code?: number } };
  expectTrue('an ERROR event with 410, or history', event.type !== 'ERROR' || event.object.code === 410, event);
}

async function watchTimeout(trial: Trial): Promise<void> {
  const { path } = await setUp(trial, 'a');
  const startedAt = performance.now();
  const answer = await rawExpecting(
    trial,
    200,
    `${path}?watch=1&timeoutSeconds=1&labelSelector=${encodeURIComponent(OWN)}`,
  );
  const seconds = (performance.now() - startedAt) / 1000;
  expectTrue('a watch with timeoutSeconds=1 ends by itself', seconds < 60, `${seconds} s`);
  const types = answer.text
    .trim()
    .split('\n')
    .map((text) => (JSON.parse(text) as { type: string }).type);
  expectEqual('a watch without resourceVersion starts with what is there', types, ['ADDED']);
}

async function watchOne(trial: Trial): Promise<void> {
  const { namespace, configMaps } = await setUp(trial, 'a', 'b');
  const { resourceVersion } = await configMaps.list({ namespace });
  const watch = record(trial, Resources.configMaps, { namespace, fieldSelector: 'metadata.name=b', resourceVersion });
  await configMaps.delete({ namespace, name: 'a' });
  await configMaps.delete({ namespace, name: 'b' });
  await watch.nextIs('DELETED', 'b');
}

async function preconditions(trial: Trial): Promise<void> {
  const { namespace, configMaps } = await setUp(trial, 'a');
  const key = { namespace, name: 'a' };
  const { metadata } = await configMaps.get(key);
  const conflict = { code: 409, reason: 'Conflict' };
  const wrongUid = configMaps.delete(key, { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } });
  await expectRefused('deleting another object of the same name', wrongUid, {
    ...conflict,
    message: /UID in the precondition/,
  });
  const wrongVersion = configMaps.delete(key, { preconditions: { resourceVersion: '1' } });
  await expectRefused('deleting another version', wrongVersion, {
    ...conflict,
    message: /ResourceVersion in the precondition/,
  });
  await configMaps.delete(key, {
    preconditions: { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' },
  });
  expectEqual('the object', await configMaps.find(key), undefined);
}

async function conflicts(trial: Trial): Promise<void> {
  const { namespace, configMaps } = await setUp(trial, 'a');
  const read = await configMaps.get({ namespace, name: 'a' });
  await configMaps.update({ ...read, data: { data: 'two' } });
  const stale = configMaps.update({ ...read, data: { data: 'three' } });
  await expectRefused('an update of an old version', stale, {
    code: 409,
    reason: 'Conflict',
    message: /the object has been modified/,
  });
  const { resourceVersion: _, ...metadata } = read.metadata;
  const unconditional = await configMaps.update({ ...read, metadata, data: { data: 'three' } });
  expectEqual('an update without a version', unconditional.data, { data: 'three' });
  const renamed = { ...read, metadata: { ...metadata, uid: '00000000-0000-0000-0000-000000000000' } };
  await expectRefused('an update with another uid', configMaps.update(renamed), { code: 409, reason: 'Conflict' });
}

async function dryRun(trial: Trial): Promise<void> {
  const { namespace, configMaps } = await setUp(trial, 'a');
  const made = await configMaps.create(configMap({ namespace, name: 'dry' }), { dryRun: true });
  expectTrue('a dry run answers with an object', uidOf(made) !== '', made);
  expectEqual('which is not stored', await configMaps.find({ namespace, name: 'dry' }), undefined);
  const key = { namespace, name: 'a' };
  await configMaps.patch(key, { type: 'merge', body: { data: { data: 'dry' } } }, { dryRun: true });
  expectEqual('data after a dry patch', (await configMaps.get(key)).data, { data: 'one' });
  await configMaps.delete(key, { dryRun: true });
  expectEqual('the object after a dry delete', (await configMaps.get(key)).metadata.name, 'a');
  await rawExpecting(trial, 422, `/api/v1/namespaces/${namespace}/configmaps?dryRun=Some`, {
    method: 'POST',
    body: configMap({ namespace, name: 'x' }),
  });
}

async function finalizers(trial: Trial): Promise<void> {
  const { namespace, configMaps } = await setUp(trial);
  const key = { namespace, name: 'held' };
  const made = configMap({ namespace, name: 'held' });
  await configMaps.create({ ...made, metadata: { ...made.metadata, finalizers: ['example.com/hold'] } });
  await configMaps.delete(key);
  const held = await configMaps.get(key);
  expectTrue('deletionTimestamp is set', typeof held.metadata.deletionTimestamp === 'string', held.metadata);
  const added = configMaps.patch(key, {
    type: 'merge',
    body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
  });
  await expectRefused('a new finalizer on what is being deleted', added, { code: 422, reason: 'Invalid' });
  await configMaps.patch(key, { type: 'merge', body: { metadata: { finalizers: null } } });
  expectEqual('the object without finalizers', await configMaps.find(key), undefined);
}

async function representations(trial: Trial): Promise<void> {
  const { path } = await setUp(trial, 'a');
  const yaml = await rawExpecting(trial, 200, `${path}/a`, { accept: 'application/yaml' });
  expectMatch('YAML', yaml.text, /^kind: ConfigMap$/m);
  const protobuf = await rawExpecting(trial, 200, `${path}/a`, { accept: 'application/vnd.kubernetes.protobuf' });
  expectEqual('the head of protobuf', Buffer.from(protobuf.bytes.subarray(0, 4)).toString('latin1'), 'k8s\0');
  const partial = await rawExpecting(trial, 200, `${path}/a`, {
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  });
  const shown = partial.json<{ kind: string; data?: unknown }>();
  expectEqual('metadata only', `${shown.kind} ${String(shown.data)}`, 'PartialObjectMetadata undefined');
  const none = await raw(trial, `${path}/a`, { accept: 'text/html' });
  expectEqual('the status for a media type that nobody serves', none.status, 406);
  const media = await raw(trial, path, { method: 'POST', contentType: 'text/plain', body: 'x' });
  expectEqual('the status for a body of such a type', media.status, 415);
}

async function podDeletion(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const pods = trial.client.resource(Resources.pods);
  // Nothing runs it, so it goes at once, whatever grace it asks for.
  await pods.create(
    pod(
      { namespace, name: 'nowhere' },
      trial.image,
      {},
      { nodeSelector: { nowhere: 'true' }, terminationGracePeriodSeconds: 30 },
    ),
  );
  await pods.delete({ namespace, name: 'nowhere' });
  expectEqual('an unscheduled pod after its deletion', await pods.find({ namespace, name: 'nowhere' }), undefined);
}

export const listTests: readonly ConformanceTest[] = [
  { name: 'Lists, exactly at a version and not older', run: exactVersion },
  { name: 'Lists, a version of the future', run: futureVersion },
  { name: 'Lists, options that contradict each other', run: badOptions },
  { name: 'Watches, from a version that is gone', run: gone },
  { name: 'Watches, timeoutSeconds and initial events', run: watchTimeout },
  { name: 'Watches, of one object by name', run: watchOne },
  { name: 'Writes, preconditions of deletes', run: preconditions },
  { name: 'Writes, conflicts and unconditional updates', run: conflicts },
  { name: 'Writes, dry run', run: dryRun },
  { name: 'Writes, finalizers', run: finalizers },
  { name: 'Writes, deletion of a pod that nothing runs', run: podDeletion },
  { name: 'Representations, by Accept and Content-Type', run: representations },
];
