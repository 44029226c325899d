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

test('SlabStore.reserveFetched keeps what comes out of the store out of what the garbage collector counts', () => {
  const store = new SlabStore();
  const [written, fetched, large] = [store.reserve(KIB), store.reserveFetched(KIB), store.reserveFetched(KIB * KIB)];
  const isCounted = ({ slab }: { readonly slab: SlabRange['slab'] }) => slab.bytes.buffer instanceof ArrayBuffer;
  assert.deepEqual([written, fetched, large].map(isCounted), [true, false, false]);
  assert.equal(store.bytes, 3 * KIB * KIB);
});

test('SlabStore.release makes nothing of a slab that still fills, and drops one of which nothing is left', () => {
  const store = new SlabStore();
  const first = fill(store, 1, 200 * KIB);
  assert.equal(store.release(first), false);
  assert.equal(store.bytes, KIB * KIB);
  const others = Array.from({ length: 5 }, (_, index) => fill(store, index, 200 * KIB));
  assert.equal(store.bytes, 2 * KIB * KIB);
  const answers = others.filter(({ slab }) => slab === first.slab).map((range) => store.release(range));
  assert.deepEqual(answers, [false, true, true, false]);
  assert.equal(store.bytes, KIB * KIB);
});
