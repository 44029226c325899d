import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from './turns.ts';

test('createTurns lets one of those that wait go on in each turn, in order, and again and again', async () => {
  const turn = createTurns((callback) => void setImmediate(callback));
  const ran: string[] = [];
  let turns = 0;
  const counting = () => {
    turns += 1;
    if (ran.length < 6) setImmediate(counting);
  };
  setImmediate(counting);
  const work = async (name: string) => {
    for (let step = 0; step < 2; step += 1) {
      await turn();
      ran.push(`${name}${step} in ${turns}`);
    }
  };
  await Promise.all([work('a'), work('b'), work('c')]);
  assert.deepEqual(
    ran.map((text) => text.slice(0, 2)),
    ['a0', 'b0', 'c0', 'a1', 'b1', 'c1'],
  );
  assert.equal(new Set(ran.map((text) => text.slice(6))).size, 6, 'each in a turn of its own');
  await turn();
});
