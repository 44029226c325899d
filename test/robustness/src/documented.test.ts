import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkers } from './judge.ts';
import { plants } from './plants.ts';

const REPOSITORY = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('docs/reliability.md', REPOSITORY), 'utf8');

test('docs/reliability.md names tests that exist for the bugs that others shipped, and what makes them fail', () => {
  const rows = [...text.matchAll(/^\| .* \| `(.+)` \| (\S+\.ts) \| (\S+) \|$/gm)];
  assert.ok(rows.length >= 25, `${rows.length} rows`);
  for (const [, name = '', file = '', plant] of rows) {
    assert.ok(readFileSync(new URL(file, REPOSITORY), 'utf8').includes(name), `${file} has no test "${name}"`);
    const planted = plants().find((one) => one.name === plant)?.tests ?? [];
    assert.ok(
      planted.some((test) => name.includes(test.name)),
      `${plant} does not make "${name}" fail`,
    );
  }
});

test('docs/reliability.md promises what the checkers check', () => {
  for (const { property } of checkers) assert.match(text, new RegExp(`^\\| ${property} \\| `, 'm'));
});
