/** Events of both groups: they are the same objects seen through two kinds. */
import { type Event, type EventsEvent, formatMicroTime, Resources } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectRefused, expectTrue } from '../framework/expect.ts';
import { untilObjects } from '../framework/wait.ts';

const LABELS = { 'testevent-constant': 'true' };
const labelSelector = 'testevent-constant=true';
const deadMs = 1_700_000_000_000;

function coreEvent(namespace: string, name: string): Event {
  return {
    metadata: { namespace, name, labels: LABELS },
    message: 'This is a test event',
    reason: 'Test',
    type: 'Normal',
    count: 1,
    involvedObject: { namespace },
  } as Event;
}

function newEvent(namespace: string, name: string, noteText = 'This is a test event'): EventsEvent {
  return {
    metadata: { namespace, name, labels: LABELS },
    regarding: { namespace, kind: 'Pod', name: 'tested' },
    action: 'Do',
    note: noteText,
    reason: 'Test',
    type: 'Normal',
    eventTime: formatMicroTime(deadMs),
    reportingController: 'test-controller',
    reportingInstance: 'test-node',
  } as EventsEvent;
}

async function coreCollection(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const events = trial.client.resource(Resources.events);
  for (const name of ['test-event-1', 'test-event-2', 'test-event-3']) await events.create(coreEvent(namespace, name));
  const made = await events.list({ namespace, labelSelector });
  expectEqual('events found by label', made.items.length, 3);
  await events.deleteCollection({ namespace, labelSelector });
  await untilObjects(trial, Resources.events, { namespace, labelSelector }, 'no events', (left) => left.length === 0);
}

async function coreLifecycle(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const events = trial.client.resource(Resources.events);
  const key = { namespace, name: 'event-test' };
  await events.create(coreEvent(namespace, key.name));
  const everywhere = await events.list({ labelSelector });
  expectTrue(
    'found across namespaces',
    everywhere.items.some(({ metadata }) => metadata.namespace === namespace),
    everywhere,
  );
  await events.patch(key, { type: 'strategic', body: { message: 'This is a test event - patched' } });
  expectEqual('the message', (await events.get(key)).message, 'This is a test event - patched');
  await events.delete(key);
  await expectRefused('getting the deleted event', events.get(key), { code: 404, reason: 'NotFound' });
  expectEqual('events by label', (await events.list({ namespace, labelSelector })).items, []);
}

async function coreManaged(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const events = trial.client.resource(Resources.events);
  const key = { namespace, name: 'event-test' };
  await events.create(coreEvent(namespace, key.name));
  await events.patch(key, { type: 'strategic', body: { message: 'patched' } });
  const fetched = await events.get(key);
  expectEqual('the patched message', fetched.message, 'patched');
  const series = { count: 100, lastObservedTime: formatMicroTime(deadMs) };
  await events.update({ ...fetched, series });
  expectIncludes('the series', (await events.get(key)).series, series);
  await events.delete(key);
  expectEqual('events by label', (await events.list({ namespace, labelSelector })).items, []);
}

async function newSingle(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const events = trial.client.resource(Resources.eventsEvents);
  const key = { namespace, name: 'event-test' };
  const made = await events.create(newEvent(namespace, key.name));
  const inNamespace = await events.list({ namespace, labelSelector });
  expectEqual('events in the namespace', inNamespace.items.length, 1);
  const everywhere = await events.list({ labelSelector });
  expectTrue(
    'found across namespaces',
    everywhere.items.some(({ metadata }) => metadata.uid === made.metadata.uid),
    everywhere,
  );
  const bySelector = await events.list({ namespace, fieldSelector: 'reportingController=test-controller' });
  expectEqual('events by reportingController', bySelector.items.length, 1);
  // The entry says that the note is patched; since v1.19 only the series of an event may change.
  const note = events.patch(key, { type: 'strategic', body: { note: 'another' } });
  const refusal = { code: 422, reason: 'Invalid', message: /message: Invalid value: "another": field is immutable/ };
  await expectRefused('patching the note', note, refusal);
  const twice = { count: 2, lastObservedTime: formatMicroTime(deadMs) };
  await events.patch(key, { type: 'strategic', body: { series: twice } });
  const patched = await events.get(key);
  expectIncludes('the patched series', patched.series, twice);
  const series = { count: 100, lastObservedTime: formatMicroTime(deadMs) };
  await events.update({ ...patched, series });
  expectIncludes('the series', (await events.get(key)).series, series);
  const seenAsCore = await trial.client.resource(Resources.events).get(key);
  expectEqual('the same event as core/v1', seenAsCore.message, 'This is a test event');
  await events.delete(key);
  expectEqual('events in the namespace', (await events.list({ namespace, labelSelector })).items, []);
}

async function newCollection(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const events = trial.client.resource(Resources.eventsEvents);
  for (const name of ['test-event-1', 'test-event-2', 'test-event-3']) await events.create(newEvent(namespace, name));
  expectEqual('events found by label', (await events.list({ namespace, labelSelector })).items.length, 3);
  await events.deleteCollection({ namespace, labelSelector });
  await untilObjects(
    trial,
    Resources.eventsEvents,
    { namespace, labelSelector },
    'no events',
    (left) => left.length === 0,
  );
}

export const eventTests: readonly ConformanceTest[] = [
  { name: 'Event, delete a collection', run: coreCollection },
  { name: 'Event resource lifecycle', run: coreLifecycle },
  { name: 'Event, manage lifecycle of an Event', run: coreManaged },
  { name: 'New Event resource lifecycle, testing a single event', run: newSingle },
  { name: 'New Event resource lifecycle, testing a list of events', run: newCollection },
];
