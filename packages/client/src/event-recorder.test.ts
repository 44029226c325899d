import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, type Pod, Resources } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { createClient } from './client.ts';
import { createEventRecorder } from './event-recorder.ts';
import { createFakeApi } from './fake/fake-api.ts';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'default', uid: 'u1' },
  spec: { containers: [] },
};

function setUp() {
  const effects = fakeEffects();
  const client = createClient(createFakeApi({ effects }).transport);
  const recorder = createEventRecorder({ client, effects, component: 'tester' });
  const stored = async (): Promise<readonly Event[]> => {
    await effects.clock.settle();
    return (await client.resource(Resources.events).list({ namespace: 'default' })).items;
  };
  return { effects, recorder, stored };
}

test('event() counts the same event instead of writing it twice', async () => {
  const { recorder, stored } = setUp();
  for (let i = 0; i < 3; i += 1) recorder.event(pod, 'Normal', 'Pulled', 'pulled it');
  const events = await stored();
  assert.deepEqual(
    events.map(({ count, reason, involvedObject, source }) => [count, reason, involvedObject.uid, source?.component]),
    [[3, 'Pulled', 'u1', 'tester']],
  );
});

test('event() combines many messages of one reason, and drops what exceeds the burst', async () => {
  const { recorder, stored } = setUp();
  for (let i = 0; i < 40; i += 1) recorder.event(pod, 'Warning', 'Failed', `failure ${i}`);
  const events = await stored();
  assert.equal(events.length, 10);
  const combined = events.filter(({ message }) => message?.startsWith('(combined from similar events): '));
  assert.deepEqual(
    combined.map(({ count }) => count),
    [16],
  );
});
