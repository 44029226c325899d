import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './fake/random.ts';
import { realRandom } from './real/random.ts';

for (const [name, random] of [
  ['realRandom', realRandom()],
  ['seededRandom', seededRandom(7)],
] as const) {
  test(`${name}() draws within its bounds`, () => {
    for (let draw = 0; draw < 200; draw += 1) {
      const float = random.float();
      assert.ok(float >= 0 && float < 1);
      assert.ok([0, 1, 2].includes(random.integer(3)));
    }
    assert.equal(random.bytes(9).length, 9);
    assert.match(random.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(random.suffix(5), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
}

test('seededRandom() repeats itself for a seed and differs between seeds', () => {
  const draws = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 8 }, () => random.integer(1000));
  };
  assert.deepEqual(draws(1), draws(1));
  assert.notDeepEqual(draws(1), draws(2));
});
