import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@steersman/machinery';
import { CacheEntry, NO_FIELDS, NO_LABELS } from '../cache/entry.ts';
import { Slab } from '../cache/slab.ts';
import { headOf } from '../cache/stored-value.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { endOfObject, metadataBytes } from './metadata-bytes.ts';

const TRICKY = ['}', '{', '"', '\\', '\\"', 'ü', '\n', '🦀', '"}', 'plain', ''];

test('endOfObject finds the end of any JSON object, whatever its texts hold', () => {
  const random = seededRandom(7);
  const text = () => Array.from({ length: random.integer(4) }, () => TRICKY[random.integer(TRICKY.length)]).join('');
  const value = (depth: number): unknown => {
    const kind = random.integer(depth > 3 ? 3 : 5);
    if (kind < 2) return text();
    if (kind === 2) return random.integer(1000);
    if (kind === 3) return Array.from({ length: random.integer(3) }, () => value(depth + 1));
    return object(depth + 1);
  };
  const object = (depth: number): object =>
    Object.fromEntries(Array.from({ length: random.integer(4) }, () => [text(), value(depth)]));
  for (let round = 0; round < 500; round++) {
    const json = JSON.stringify(object(0));
    const bytes = Buffer.from(`x${json},"spec":{"a":"}"}}`);
    assert.equal(endOfObject(bytes, 1), 1 + Buffer.byteLength(json), json);
  }
});

test('metadataBytes shows the metadata with its own revision or another', () => {
  const head = headOf('Pod', 'v1');
  for (const more of ['', ',"name":"a","annotations":{"b":"}\\""}']) {
    const slab = new Slab(1000);
    const length = slab.bytes.write(`${head.metadataText}"resourceVersion":"12"${more}},"spec":{}}`);
    const at = { key: 'a', namespace: '', name: 'a', revision: 12 };
    const entry = new CacheEntry(at, { slab, offset: 0, length }, { labels: NO_LABELS, fields: NO_FIELDS });
    const shown = (revision: number) => metadataBytes(entry, revision, { head } as ServedResource).toString();
    assert.deepEqual([shown(12), shown(7)], [`{"resourceVersion":"12"${more}}`, `{"resourceVersion":"7"${more}}`]);
  }
});
