import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@steersman/api';
import { CacheEntry, NO_FIELDS, NO_LABELS } from './entry.ts';
import { ObjectLru } from './object-lru.ts';
import { Slab } from './slab.ts';

const ENTRY_BYTES = 10;

function parsedEntry(name: string): CacheEntry {
  const range = { slab: new Slab(Buffer.alloc(0)), offset: 0, length: ENTRY_BYTES };
  const attributes = { labels: NO_LABELS, fields: NO_FIELDS };
  const entry = new CacheEntry({ key: name, namespace: '', name, revision: 1 }, range, attributes);
  entry.object = { kind: 'Thing', apiVersion: 'v1', metadata: { name } } as KubeObject;
  return entry;
}
const kept = (entries: readonly CacheEntry[]) => entries.filter((entry) => entry.object !== undefined).length;

test('ObjectLru never keeps more than its budget', () => {
  const lru = new ObjectLru(10 * ENTRY_BYTES);
  const entries = Array.from({ length: 100 }, (_, index) => parsedEntry(`${index}`));
  for (const [index, entry] of entries.entries()) {
    lru.touch(entry);
    assert.ok(kept(entries.slice(0, index + 1)) <= 10);
    assert.notEqual(entry.object, undefined);
  }
});

test('ObjectLru keeps what is used again and again', () => {
  const lru = new ObjectLru(10 * ENTRY_BYTES);
  const used = parsedEntry('used');
  for (let index = 0; index < 100; index++) {
    lru.touch(used);
    lru.touch(parsedEntry(`${index}`));
  }
  assert.notEqual(used.object, undefined);
});

test('ObjectLru.forget drops the parsed object of any age, and room for it', () => {
  const lru = new ObjectLru(4 * ENTRY_BYTES);
  const entries = Array.from({ length: 4 }, (_, index) => parsedEntry(`${index}`));
  for (const entry of entries) lru.touch(entry);
  assert.equal(kept(entries), 4);
  for (const entry of entries) lru.forget(entry);
  assert.equal(kept(entries), 0);
  for (let index = 0; index < 100; index++) lru.forget(parsedEntry('never touched'));
});
