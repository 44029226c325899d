/**
 * What clients rely on when many of them act at once. Against several API servers, each request goes to another one: what one server
 * was told, all know, and whatever may be given out once is given out once.
 */
import {
  ApiError,
  type ConfigMap,
  isConflict,
  type KubeObject,
  type Pod,
  type PodDisruptionBudget,
  Resources,
  type Secret,
} from '@steersman/api';
import { isTransportError, type WatchEvent } from '@steersman/client';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectTrue, fail, present } from '../framework/expect.ts';
import { untilObject } from '../framework/wait.ts';
import { configMap, pod } from '../objects.ts';

const MANY = 100;
const HARD = 11; // Every namespace has one ConfigMap already: the cluster's root certificates.

const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)));

/** How each attempt ended: `made`, or the status code and reason of the refusal. Anything else is a failure. */
function outcomes(settled: readonly PromiseSettledResult<unknown>[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of settled) {
    const { reason } = result as PromiseRejectedResult;
    if (result.status === 'rejected' && !(reason instanceof ApiError)) throw reason;
    const key = result.status === 'fulfilled' ? 'made' : `${reason.code} ${reason.reason}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** Again while somebody else was faster, as clients of optimistic writes do. */
async function untilWritten<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

async function quotaIsExact(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'tested' };
  const hard = { configmaps: String(HARD) };
  await trial.client.resource(Resources.resourceQuotas).create({ metadata: key, spec: { hard } });
  const counted = (used: string) =>
    untilObject(
      trial,
      Resources.resourceQuotas,
      key,
      `the quota to count ${used} ConfigMaps`,
      (found) => found?.status?.hard?.['configmaps'] === hard.configmaps && found.status.used?.['configmaps'] === used,
    );
  await untilObject(
    trial,
    Resources.configMaps,
    { namespace, name: 'kube-root-ca.crt' },
    'the root certificates',
    Boolean,
  );
  await counted('1');
  const configMaps = trial.client.resource(Resources.configMaps);
  const create = (index: number) =>
    untilWritten(() => configMaps.create(configMap({ namespace, name: `many-${index}` })));
  const refused = '403 Forbidden';
  expectEqual('a hundred creations against a quota with room for ten', outcomes(await times(MANY, create)), {
    made: HARD - 1,
    [refused]: MANY - HARD + 1,
  });
  expectEqual('ConfigMaps that exist', (await configMaps.list({ namespace })).items.length, HARD);
  await counted(String(HARD));
}

async function oneCreationWins(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  for (let round = 0; round < 5; round++) {
    const create = () => configMaps.create(configMap({ namespace, name: `one-${round}` }));
    expectEqual('creations of one name', outcomes(await times(20, create)), { made: 1, '409 AlreadyExists': 19 });
  }
}

async function oneBindingWins(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'contested' };
  const pods = trial.client.resource(Resources.pods);
  await pods.create(pod(key, trial.image, {}, { schedulerName: 'nobody' }));
  const bind = (index: number) => {
    const target = { kind: 'Node', name: `nowhere-${index}` };
    return pods.subresource('POST', key, 'binding', { kind: 'Binding', apiVersion: 'v1', metadata: key, target });
  };
  expectEqual('bindings of one pod', outcomes(await times(9, bind)), { made: 1, '409 Conflict': 8 });
  await pods.delete(key, { gracePeriodSeconds: 0 });
}

async function noUpdateIsLost(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'counter' };
  const configMaps = trial.client.resource(Resources.configMaps);
  await configMaps.create(configMap(key, { count: '0' }));
  const increment = async () => {
    const found = await configMaps.get(key);
    const count = String(Number(found.data?.['count']) + 1);
    await configMaps.update({ ...found, data: { count } });
  };
  const settled = await times(30, () => untilWritten(increment));
  expectEqual('increments', outcomes(settled), { made: 30 });
  expectEqual('the count', (await configMaps.get(key)).data?.['count'], '30');
}

async function appliersKeepTheirFields(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'applied' };
  const configMaps = trial.client.resource(Resources.configMaps);
  const apply = (index: number) => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: key, data: { [`key-${index}`]: String(index) } };
    const options = { fieldManager: `manager-${index}` };
    return untilWritten(() => configMaps.patch(key, { type: 'apply', body }, options));
  };
  expectEqual('applies', outcomes(await times(12, apply)), { made: 12 });
  const found = await configMaps.get(key);
  expectEqual('keys', Object.keys(found.data ?? {}).length, 12);
  expectEqual('managers', found.metadata.managedFields?.length, 12);
}

async function readsSeeWrites(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  const round = async (name: string) => {
    const key = { namespace, name };
    const labels = { round: name };
    const made = await configMaps.create(configMap({ ...key, labels }));
    expectEqual('what was created', (await configMaps.get(key)).metadata.uid, made.metadata.uid);
    const updated = await configMaps.update({ ...made, data: { data: 'two' } });
    const listed = await configMaps.list({ namespace, labelSelector: `round=${name}` });
    expectEqual('the list after an update', listed.items[0]?.data, { data: 'two' });
    const resourceVersion = present('a version', updated.metadata.resourceVersion);
    const notOlder = await configMaps.get(key, { resourceVersion });
    expectEqual('what is not older', notOlder.data, { data: 'two' });
    await configMaps.delete(key);
    expectEqual('what was deleted', await configMaps.find(key), undefined);
    expectEqual(
      'the list after that',
      (await configMaps.list({ namespace, labelSelector: `round=${name}` })).items,
      [],
    );
  };
  await Promise.all(
    Array.from({ length: 8 }, async (_, line) => {
      for (let index = 0; index < 10; index++) await round(`line-${line}-${index}`);
    }),
  );
}

const WRITES = 60;
/** Then the watch goes on at another server, as it would if this one had ended. */
const WATCH_MS = 2_000;

/** Follows from `resourceVersion` until the last write was seen, over the ends of watches; the values in the order in which they came. */
async function followed(
  { client }: Trial,
  namespace: string,
  from: string,
  stop: AbortSignal,
): Promise<readonly number[]> {
  const seen: number[] = [];
  let resourceVersion = from;
  const step = (event: WatchEvent<ConfigMap>) => {
    if (event.type === 'BOOKMARK') return;
    seen.push(Number(event.object.data?.['value']));
    resourceVersion = present('a version', event.object.metadata.resourceVersion);
  };
  while (seen.at(-1) !== WRITES) {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(WATCH_MS)]);
    const options = { namespace, labelSelector: 'followed=yes', resourceVersion, signal };
    try {
      for await (const event of client.resource(Resources.configMaps).watch(options)) {
        step(event);
        if (seen.at(-1) === WRITES) break;
      }
    } catch (error) {
      stop.throwIfAborted();
      if (!signal.aborted && !isTransportError(error)) throw error;
    }
  }
  return seen;
}

async function watchesAgree(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  const key = { namespace, name: 'followed', labels: { followed: 'yes' } };
  let last = await configMaps.create(configMap(key, { value: '0' }));
  const watches: Promise<readonly number[]>[] = [];
  const stop = new AbortController();
  trial.cleanup(async () => stop.abort());
  const signal = AbortSignal.any([trial.signal, stop.signal]);
  for (let value = 1; value <= WRITES; value++) {
    // Begun at a version that only the server that wrote it is sure to know yet.
    const from = present('a version', last.metadata.resourceVersion);
    if (value % 10 === 1) watches.push(followed(trial, namespace, from, signal));
    watches.at(-1)?.catch(() => {}); // Awaited below, unless a write fails before that.
    last = await configMaps.update({ ...last, data: { value: String(value) } });
  }
  const all = Array.from({ length: WRITES }, (_, index) => index + 1);
  const seen = await Promise.all(watches);
  for (const [index, values] of seen.entries()) expectEqual(`what watch ${index} saw`, values, all.slice(index * 10));
}

async function tokensAreKnown(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'default' };
  const accounts = trial.client.resource(Resources.serviceAccounts);
  const TOKEN = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec: {} };
  for (let round = 0; round < 6; round++) {
    const issued = await accounts.subresource<{ status: { token: string } }>('POST', key, 'token', TOKEN);
    const review = await trial.client.json<{ status: { authenticated?: boolean; user?: { username?: string } } }>(
      'POST',
      '/apis/authentication.k8s.io/v1/tokenreviews',
      { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token: issued.status.token } },
    );
    expectEqual('who the token is', review.status.user?.username, `system:serviceaccount:${namespace}:default`);
  }
}

async function namespacesAreKnown(trial: Trial): Promise<void> {
  const { client } = trial;
  for (let round = 0; round < 6; round++) {
    const made = await client.resource(Resources.namespaces).create({ metadata: { generateName: 'raced-' }, spec: {} });
    const namespace = made.metadata.name ?? '';
    trial.cleanup(() => client.resource(Resources.namespaces).delete({ name: namespace }));
    const held: readonly KubeObject[] = await Promise.all([
      client.resource(Resources.configMaps).create(configMap({ namespace, name: 'first' })) as Promise<ConfigMap>,
      client.resource(Resources.secrets).create({ metadata: { namespace, name: 'first' } }) as Promise<Secret>,
    ]);
    expectEqual('objects in it', held.length, 2);
  }
}

async function oneEvictionWins(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const labels = { app: 'evicted' };
  const pods = trial.client.resource(Resources.pods);
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) await pods.create(pod({ namespace, name, labels }, trial.image));
  const ready = (found: Pod | undefined) =>
    found?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  for (const name of names)
    await untilObject(trial, Resources.pods, { namespace, name }, `pod ${name} to be ready`, ready);
  const key = { namespace, name: 'budget' };
  const spec = { minAvailable: 3, selector: { matchLabels: labels } };
  await trial.client.resource(Resources.podDisruptionBudgets).create({ metadata: key, spec });
  const allows = 'the budget to allow one disruption';
  const one = (found: PodDisruptionBudget | undefined) => found?.status?.disruptionsAllowed === 1;
  await untilObject(trial, Resources.podDisruptionBudgets, key, allows, one);
  const evict = (index: number) => {
    const at = { namespace, name: names[index] ?? '' };
    const eviction = { kind: 'Eviction', apiVersion: 'policy/v1', metadata: at };
    return trial.client.transport.request({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods/${at.name}/eviction`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(eviction)),
      signal: trial.signal,
    });
  };
  const statuses = await Promise.all(names.map(async (_, index) => (await evict(index)).status));
  const evicted = statuses.filter((status) => status === 201).length;
  if (evicted !== 1) fail('evictions at once where one is allowed', 'one to succeed', statuses);
  expectTrue(
    'the others',
    statuses.every((status) => [201, 429, 409, 500].includes(status)),
    statuses,
  );
}

export const raceTests: readonly ConformanceTest[] = [
  { name: 'Races, ResourceQuota is exact', run: quotaIsExact },
  { name: 'Races, one creation of a name wins', run: oneCreationWins },
  { name: 'Races, one binding of a pod wins', run: oneBindingWins },
  { name: 'Races, one eviction wins where one is allowed', run: oneEvictionWins },
  { name: 'Races, no update is lost', run: noUpdateIsLost },
  { name: 'Races, appliers keep their fields', run: appliersKeepTheirFields },
  { name: 'Races, reads see writes', run: readsSeeWrites },
  { name: 'Races, watches agree', run: watchesAgree },
  { name: 'Races, tokens are known', run: tokensAreKnown },
  { name: 'Races, namespaces are known', run: namespacesAreKnown },
];
