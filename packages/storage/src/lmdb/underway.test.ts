import assert from 'node:assert/strict';
import { test } from 'node:test';
import { positionOf } from './records.ts';
import { underwayWrites } from './underway.ts';

const durable = Promise.resolve();
const at = (revision: number) => ({ state: { position: positionOf(revision, 0) }, durable });

test('underwayWrites shows the newest write of a key until its revision is on disk', () => {
  const writes = underwayWrites();
  writes.set('a', at(1));
  writes.set('b', at(2));
  writes.set('a', at(3));
  writes.settle(2);
  assert.equal(writes.get('b'), undefined);
  assert.deepEqual(writes.get('a'), at(3));
  writes.settle(3);
  assert.equal(writes.get('a'), undefined);
});

test('underwayWrites keeps what is not on disk over any number of batches', () => {
  const writes = underwayWrites();
  for (let revision = 1; revision <= 50; revision++) {
    writes.set(`k${revision}`, at(revision));
    writes.settle(revision - 10);
    for (let back = 0; back < 10 && back < revision; back++)
      assert.deepEqual(writes.get(`k${revision - back}`), at(revision - back));
    assert.equal(writes.get(`k${revision - 10}`), undefined);
  }
});
