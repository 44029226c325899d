import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusOf } from '@steersman/api';
import { fakeClock, silentLogger } from '@steersman/machinery';
import { createMemoryStorage, StorageError } from '@steersman/storage';
import { CacheHub } from './cache-hub.ts';

/** A hub on a store that others write to, whose answers about its revision are given by the test. */
async function sharedHub() {
  const memory = createMemoryStorage({ clock: fakeClock() });
  const questions: PromiseWithResolvers<number>[] = [];
  const storage = {
    ...memory,
    currentRevision() {
      const question = Promise.withResolvers<number>();
      questions.push(question);
      return question.promise;
    },
  };
  const hub = new CacheHub(
    {
      storage,
      log: silentLogger,
      clock: fakeClock(),
      storageIsEmbedded: false,
      onLost: () => assert.fail('the watch has ended'),
      onGap: () => assert.fail('nothing is missing'),
    },
    () => undefined,
  );
  await hub.start();
  const write = () =>
    memory.transact({ when: [], write: [{ kind: 'put', key: '/registry/x/y', value: Buffer.from('{}') }] });
  return { hub, questions, write };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('CacheHub.untilConsistent asks once for all reads that wait, and never counts an older answer', async () => {
  const { hub, questions, write } = await sharedHub();
  const first = Promise.all([hub.untilConsistent(), hub.untilConsistent()]);
  await turn();
  assert.equal(questions.length, 1);
  let lateIsDone = false;
  const late = Promise.all([hub.untilConsistent(), hub.untilConsistent()]).then(() => (lateIsDone = true));
  await turn();
  assert.equal(questions.length, 1, 'the next question waits for the answer');
  questions[0]!.resolve(0);
  await first;
  await turn();
  assert.equal(questions.length, 2);
  questions[1]!.resolve(1);
  await turn();
  assert.equal(lateIsDone, false, 'the cache has not reached the revision of the store');
  await write();
  await late;
});

test('CacheHub.untilConsistent fails when the store cannot be asked, and asks again for the next read', async () => {
  const { hub, questions } = await sharedHub();
  const failing = hub.untilConsistent();
  await turn();
  questions[0]!.reject(new StorageError('unavailable', 'no member answers'));
  await assert.rejects(Promise.resolve(failing), (error) => statusOf(error).code === 503);
  const next = hub.untilConsistent();
  await turn();
  questions[1]!.resolve(0);
  await next;
});
