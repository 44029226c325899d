import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheEntry, NO_FIELDS, NO_LABELS } from '../cache/entry.ts';
import { Slab } from '../cache/slab.ts';
import { headOf } from '../cache/stored-value.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { metadataBytes } from './metadata-bytes.ts';

test('metadataBytes shows the metadata with its own revision or another', () => {
  const head = headOf('Pod', 'v1');
  for (const more of ['', ',"name":"a","annotations":{"b":"}\\""}']) {
    const slab = new Slab(Buffer.alloc(1000));
    const length = slab.bytes.write(`${head.metadataText}"resourceVersion":"12"${more}},"spec":{}}`);
    const at = { key: 'a', namespace: '', name: 'a', revision: 12 };
    const entry = new CacheEntry(at, { slab, offset: 0, length }, { labels: NO_LABELS, fields: NO_FIELDS });
    const shown = (revision: number) => metadataBytes(entry, revision, { head } as ServedResource).toString();
    assert.deepEqual([shown(12), shown(7)], [`{"resourceVersion":"12"${more}}`, `{"resourceVersion":"7"${more}}`]);
  }
});
