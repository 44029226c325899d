import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { resourceTable } from '@steersman/api';
import { strategies } from './index.ts';

const VERSIONS_OF_REVIEWS = new Set(['create']);
const page = readFileSync(new URL('../../../../docs/validation.md', import.meta.url), 'utf8');

test('strategies has an entry for every stored resource that is on by default', () => {
  const stored = resourceTable.filter(
    ({ defaultEnabled, verbs }) => defaultEnabled && verbs.some((verb) => !VERSIONS_OF_REVIEWS.has(verb)),
  );
  const missing = stored
    .map(({ group, plural }) => `${group}/${plural}`)
    .filter((resource) => !strategies.has(resource));
  assert.deepEqual([...new Set(missing)], ['/componentstatuses']);
});

test('strategies are validated, every one, and docs/validation.md names their kinds', () => {
  for (const [resource, { validated }] of strategies) {
    const kind = resourceTable.find(({ group, plural }) => `${group}/${plural}` === resource)?.kind ?? '';
    assert.ok(validated, `${kind} is not validated`);
    assert.ok(new RegExp(`\\b${kind}\\b`).test(page), `name ${kind} in docs/validation.md`);
  }
});
