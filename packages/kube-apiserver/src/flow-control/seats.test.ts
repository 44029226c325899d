import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seatLimits, sharedSeats } from './seats.ts';
import { dealHand } from './shuffle-shard.ts';

const share = (shares: number, lendablePercent = 0, borrowingLimitPercent?: number) => ({
  shares,
  lendablePercent,
  borrowingLimitPercent,
});

test('seatLimits shares the seats of the server as upstream does for its own levels', () => {
  const levels = [
    share(0),
    share(5),
    share(40, 25),
    share(30, 33),
    share(10),
    share(40, 50),
    share(100, 90),
    share(20, 50),
  ];
  const limits = seatLimits(600, levels);
  assert.deepEqual(
    limits.map(({ nominal }) => nominal),
    [0, 13, 98, 74, 25, 98, 245, 49],
  );
  assert.deepEqual(limits[6], { nominal: 245, lower: 24, upper: 600 });
  assert.deepEqual(seatLimits(100, [share(1, 0, 50), share(1)])[0], { nominal: 50, lower: 50, upper: 75 });
});

test('sharedSeats lends what one level does not want to the one that wants more', () => {
  const [idle, busy] = seatLimits(100, [share(1, 90), share(1)]);
  const demand = (limits: typeof idle, wanted: number) => ({ ...limits!, demandMax: wanted, demandSmooth: wanted });
  const [left, got] = sharedSeats(100, [demand(idle, 0), demand(busy, 500)]);
  assert.equal(left! + got!, 100);
  assert.equal(got! > 90, true, String(got));
  const both = sharedSeats(100, [demand(idle, 500), demand(busy, 500)]);
  assert.deepEqual(both, [50, 50]);
});

test('dealHand deals different queues of the deck, the same ones for the same flow', () => {
  const hand = dealHand('schema', 'ann', 128, 6);
  assert.equal(new Set(hand).size, 6);
  assert.equal(
    hand.every((card) => card >= 0 && card < 128),
    true,
  );
  assert.deepEqual(dealHand('schema', 'ann', 128, 6), hand);
  assert.notDeepEqual(dealHand('schema', 'bob', 128, 6), hand);
  assert.deepEqual(dealHand('schema', 'ann', 3, 8).toSorted(), [0, 1, 2]);
});
