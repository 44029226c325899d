import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkers } from './judge.ts';

const REPOSITORY = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('docs/reliability.md', REPOSITORY), 'utf8');

test('docs/reliability.md names tests that exist for the bugs that others shipped', () => {
  const rows = [...text.matchAll(/^\| .* \| `(.+)` \| (\S+\.ts) \|$/gm)];
  assert.ok(rows.length >= 20, `${rows.length} rows`);
  for (const [, name = '', file = ''] of rows)
    assert.ok(readFileSync(new URL(file, REPOSITORY), 'utf8').includes(name), `${file} has no test "${name}"`);
});

test('docs/reliability.md promises what the checkers check', () => {
  for (const { property } of checkers) assert.match(text, new RegExp(`^\\| ${property} \\| `, 'm'));
});
