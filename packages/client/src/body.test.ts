import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineBatches } from './body.ts';

test('lineBatches() finds the lines however the bytes were cut', async () => {
  const text = '{"a":"ä"}\n{"b":2}\n\n{"c":3}';
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size += 1) {
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const lines: string[] = [];
    for await (const batch of lineBatches(chunks())) lines.push(...batch);
    assert.deepEqual(lines, ['{"a":"ä"}', '{"b":2}', '{"c":3}']);
  }
});
