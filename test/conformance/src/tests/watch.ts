/** Watches: what is delivered, in which order, from where. */
import { type ConfigMap, nameOf, Resources } from '@steersman/api';
import type { WatchEvent } from '@steersman/client';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectTrue, present } from '../framework/expect.ts';
import { type Recorder, record } from '../framework/recorder.ts';
import { configMap } from '../objects.ts';

const LABEL = 'watch-this-configmap';

async function setUp(trial: Trial) {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  const change = (name: string, mutation: number) =>
    configMaps.patch({ namespace, name }, { type: 'merge', body: { data: { mutation: String(mutation) } } });
  const relabel = (name: string, label: string) =>
    configMaps.patch({ namespace, name }, { type: 'merge', body: { metadata: { labels: { [LABEL]: label } } } });
  const create = (name: string, label: string) =>
    configMaps.create(configMap({ namespace, name, labels: { [LABEL]: label } }));
  const { resourceVersion } = await configMaps.list({ namespace });
  return { namespace, configMaps, change, relabel, create, resourceVersion };
}

async function multipleWatchers(trial: Trial): Promise<void> {
  const { namespace, configMaps, change, create, resourceVersion } = await setUp(trial);
  const watch = (labelSelector: string) =>
    record(trial, Resources.configMaps, { namespace, labelSelector, resourceVersion });
  const [a, b, both] = [watch(`${LABEL}=a`), watch(`${LABEL}=b`), watch(`${LABEL} in (a,b)`)];
  const seen = async (recorders: readonly Recorder<ConfigMap>[], type: WatchEvent<ConfigMap>['type'], name: string) => {
    for (const recorder of recorders) await recorder.nextIs(type as 'ADDED', name);
  };
  await create('a', 'a');
  await seen([a, both], 'ADDED', 'a');
  for (const mutation of [1, 2]) {
    await change('a', mutation);
    for (const recorder of [a, both]) {
      const object = await recorder.nextIs('MODIFIED', 'a');
      expectEqual('the data of the MODIFIED event', object.data?.['mutation'], String(mutation));
    }
  }
  await configMaps.delete({ namespace, name: 'a' });
  await seen([a, both], 'DELETED', 'a');
  // Watcher b saw nothing of the above: the next thing it is told is about b.
  await create('b', 'b');
  await seen([b, both], 'ADDED', 'b');
  await configMaps.delete({ namespace, name: 'b' });
  await seen([b, both], 'DELETED', 'b');
}

async function fromResourceVersion(trial: Trial): Promise<void> {
  const { namespace, configMaps, change, create } = await setUp(trial);
  await create('from-version', 'from-version');
  const first = await change('from-version', 1);
  await change('from-version', 2);
  await configMaps.delete({ namespace, name: 'from-version' });
  const resourceVersion = present('resourceVersion', first.metadata.resourceVersion);
  const watch = record(trial, Resources.configMaps, {
    namespace,
    labelSelector: `${LABEL}=from-version`,
    resourceVersion,
  });
  const modified = await watch.nextIs('MODIFIED', 'from-version');
  expectEqual('the data after the given version', modified.data?.['mutation'], '2');
  const deleted = await watch.nextIs('DELETED', 'from-version');
  expectEqual('the last data in the DELETED event', deleted.data?.['mutation'], '2');
}

async function closedAndRestarted(trial: Trial): Promise<void> {
  const { namespace, configMaps, change, create, resourceVersion } = await setUp(trial);
  const scope = { namespace, labelSelector: `${LABEL}=closed` };
  const first = record(trial, Resources.configMaps, { ...scope, resourceVersion });
  await create('closed', 'closed');
  await change('closed', 1);
  await first.nextIs('ADDED', 'closed');
  const last = await first.nextIs('MODIFIED', 'closed');
  await first.stop();
  await change('closed', 2);
  const second = record(trial, Resources.configMaps, {
    ...scope,
    resourceVersion: present('resourceVersion', last.metadata.resourceVersion),
  });
  const next = await second.nextIs('MODIFIED', 'closed');
  expectEqual('what happened while no watch was open', next.data?.['mutation'], '2');
  await configMaps.delete({ namespace, name: 'closed' });
  await second.nextIs('DELETED', 'closed');
}

async function labelChanged(trial: Trial): Promise<void> {
  const { namespace, configMaps, change, create, relabel, resourceVersion } = await setUp(trial);
  const watch = record(trial, Resources.configMaps, { namespace, labelSelector: `${LABEL}=right`, resourceVersion });
  await create('relabelled', 'right');
  await change('relabelled', 1);
  await watch.nextIs('ADDED', 'relabelled');
  await watch.nextIs('MODIFIED', 'relabelled');
  const wrong = await relabel('relabelled', 'wrong');
  const gone = await watch.nextIs('DELETED', 'relabelled');
  expectEqual('the DELETED event shows the object as it last matched', gone.metadata.labels?.[LABEL], 'right');
  expectEqual(
    'its resourceVersion is that of the change',
    gone.metadata.resourceVersion,
    wrong.metadata.resourceVersion,
  );
  await change('relabelled', 2); // Not observed: the next event is the return of the label.
  await relabel('relabelled', 'right');
  const back = await watch.nextIs('ADDED', 'relabelled');
  expectEqual('the data of the ADDED event', back.data?.['mutation'], '2');
  await change('relabelled', 3);
  await watch.nextIs('MODIFIED', 'relabelled');
  await configMaps.delete({ namespace, name: 'relabelled' });
  await watch.nextIs('DELETED', 'relabelled');
}

const CONSISTENCY_WRITES = 60;

/** Creates, changes and deletes config maps in a fixed mix; each write is one event. */
async function writeMany(trial: Trial, namespace: string): Promise<void> {
  const configMaps = trial.client.resource(Resources.configMaps);
  const existing: string[] = [];
  for (let index = 0; index < CONSISTENCY_WRITES; index += 1) {
    const name = existing[index % Math.max(existing.length, 1)];
    if (index % 3 === 0 || name === undefined) {
      existing.push(`consistency-${index}`);
      await configMaps.create(configMap({ namespace, name: `consistency-${index}` }));
    } else if (index % 3 === 1) {
      await configMaps.patch({ namespace, name }, { type: 'merge', body: { data: { index: String(index) } } });
    } else {
      existing.splice(existing.indexOf(name), 1);
      await configMaps.delete({ namespace, name });
    }
  }
}

const versionOf = (event: WatchEvent<ConfigMap>) =>
  event.type === 'BOOKMARK' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? '');

async function consistency(trial: Trial): Promise<void> {
  const { namespace, resourceVersion } = await setUp(trial);
  const main = record(trial, Resources.configMaps, {
    namespace,
    resourceVersion,
    fieldSelector: 'metadata.name!=kube-root-ca.crt',
  });
  const writing = writeMany(trial, namespace);
  const watchers: Recorder<ConfigMap>[] = [];
  const versions: string[] = [];
  for (let index = 0; index < CONSISTENCY_WRITES; index += 1) {
    const event = await main.next(`write ${index}`);
    const version = versionOf(event);
    for (const [number, watcher] of watchers.entries()) {
      expectEqual(`event ${index} of watcher ${number}`, versionOf(await watcher.next(`write ${index}`)), version);
    }
    versions.push(version);
    const fieldSelector = 'metadata.name!=kube-root-ca.crt';
    if (index % 6 === 0)
      watchers.push(record(trial, Resources.configMaps, { namespace, resourceVersion: version, fieldSelector }));
  }
  await writing;
  expectEqual('no event came twice', new Set(versions).size, versions.length);
}

async function watchList(trial: Trial): Promise<void> {
  const { namespace, create } = await setUp(trial);
  const names = ['first', 'second', 'third'];
  for (const name of names) await create(name, 'streamed');
  const watch = record(trial, Resources.configMaps, {
    namespace,
    labelSelector: `${LABEL}=streamed`,
    sendInitialEvents: true,
    allowWatchBookmarks: true,
    resourceVersionMatch: 'NotOlderThan',
  });
  const initial = new Set<string>();
  for (;;) {
    const event = await watch.next('initial events');
    if (event.type === 'BOOKMARK') {
      expectTrue('the bookmark ends the initial events', event.initialEventsEnd, event);
      break;
    }
    expectEqual('the type of an initial event', event.type, 'ADDED');
    initial.add(nameOf(event.object));
  }
  expectEqual('what the initial events held', [...initial].sort(), names.toSorted());
  await create('fourth', 'streamed');
  await watch.nextIs('ADDED', 'fourth');
}

export const watchTests: readonly ConformanceTest[] = [
  { name: 'watch-configmaps-closed-and-restarted', run: closedAndRestarted },
  { name: 'watch-configmaps-from-resource-version', run: fromResourceVersion },
  { name: 'watch-configmaps-with-multiple-watchers', run: multipleWatchers },
  { name: 'watch-configmaps-label-changed', run: labelChanged },
  { name: 'watch-consistency', run: consistency },
  { name: 'API Streaming (aka. WatchList), initial events end with a bookmark', run: watchList },
];
