/** No entry of upstream's lists is forgotten: each is a test, or on the list for later with its reason. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseYamlDocuments } from '@steersman/api';
import { awaited } from './awaited.ts';
import { laterEntries } from './later.ts';
import { newerEntries } from './newer.ts';
import { conformanceTests } from './tests/index.ts';

interface Entry {
  readonly testname: string;
  readonly file: string;
}

const SHARED = process.env['STEERSMAN_SHARED'] ?? fileURLToPath(new URL('../../../../shared/', import.meta.url));
const LIST = `${SHARED.replace(/\/$/, '')}/conformance/conformance-v1.20.yaml`;
const skip = existsSync(LIST) || process.env['CI'] === 'true' ? false : `needs ${LIST}`;

const names = conformanceTests.map(({ name }) => name);
const later = laterEntries.map(({ name }) => name);
const forgotten = (entries: readonly string[]) =>
  entries.filter((name) => !names.includes(name) && !later.includes(name));

const olderEntries = (): readonly string[] =>
  (parseYamlDocuments(readFileSync(LIST, 'utf8'))[0] as readonly Entry[]).map(({ testname }) => testname);

test('every entry of conformance-v1.20.yaml is a test or is listed for later', { skip }, () => {
  const entries = olderEntries();
  assert.ok(entries.length > 300, `expected more than 300 entries, got ${entries.length}`);
  assert.deepEqual(forgotten(entries), []);
});

test('every entry that came after v1.20 is a test or is listed for later', () => {
  assert.deepEqual(forgotten(Object.values(newerEntries).flat()), []);
});

test('laterEntries names only entries of upstream, each once and with its reason', { skip }, () => {
  const known = new Set([...olderEntries(), ...Object.values(newerEntries).flat()]);
  assert.deepEqual(
    later.filter((name) => !known.has(name)),
    [],
  );
  assert.equal(new Set(later).size, later.length);
  assert.ok(laterEntries.every(({ reason }) => reason.length > 0));
});

test('conformanceTests have names of their own, none of which is for later', () => {
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  assert.deepEqual(
    names.filter((name) => later.includes(name)),
    [],
  );
});

test('awaited names only tests that exist', () => {
  assert.deepEqual(
    [...awaited.keys()].filter((name) => !names.includes(name)),
    [],
  );
});
