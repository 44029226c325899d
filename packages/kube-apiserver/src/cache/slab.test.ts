import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SlabRange, SlabStore } from './slab.ts';

const KIB = 1024;

function fill(store: SlabStore, byte: number, length: number): SlabRange {
  const range = { ...store.reserve(length), length };
  range.slab.bytes.fill(byte, range.offset, range.offset + length);
  return range;
}

test('SlabStore.compact moves what is current and keeps its bytes', () => {
  const store = new SlabStore();
  const ranges = Array.from({ length: 12 }, (_, index) => fill(store, index, 100 * KIB));
  const [first] = ranges;
  const inFirst = ranges.filter(({ slab }) => slab === first!.slab);
  const dropped = inFirst.slice(0, 6);
  const worthIt = dropped.map((range) => store.release(range)).at(-1);
  assert.equal(worthIt, true);
  const kept = inFirst.slice(6);
  store.compact(first!.slab, kept);
  for (const range of kept) {
    assert.notEqual(range.slab, first!.slab);
    assert.equal(range.slab.bytes[range.offset], ranges.indexOf(range));
  }
});

test('SlabStore.reserve gives a large object a slab of its own', () => {
  const store = new SlabStore();
  const large = store.reserve(2 * 1024 * KIB);
  assert.deepEqual([large.offset, large.slab.bytes.length], [0, 2 * 1024 * KIB]);
});
