/** No entry of upstream's list in the areas tested here is forgotten: each is a test, or on the list for later with its reason. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseYamlDocuments } from '@steersman/api';
import { awaited } from './awaited.ts';
import { laterEntries } from './later.ts';
import { conformanceTests } from './tests/index.ts';

interface Entry {
  readonly testname: string;
  readonly file: string;
}

const SHARED = process.env['STEERSMAN_SHARED'] ?? fileURLToPath(new URL('../../../../shared/', import.meta.url));
const LIST = `${SHARED.replace(/\/$/, '')}/conformance/conformance-v1.20.yaml`;
const AREAS =
  /^test\/e2e\/(apimachinery\/|kubectl\/|instrumentation\/|scheduling\/limit_range|common\/(configmap|secrets|podtemplates|lease))/;
const skip = existsSync(LIST) || process.env['CI'] === 'true' ? false : `needs ${LIST}`;

const names = conformanceTests.map(({ name }) => name);
const later = laterEntries.map(({ name }) => name);

test('every entry of conformance-v1.20.yaml in our areas is a test or is listed for later', { skip }, () => {
  const entries = parseYamlDocuments(readFileSync(LIST, 'utf8'))[0] as readonly Entry[];
  const ours = entries.filter(({ file }) => AREAS.test(file)).map(({ testname }) => testname);
  assert.ok(ours.length > 100, `expected more than 100 entries, got ${ours.length}`);
  assert.deepEqual(
    ours.filter((name) => !names.includes(name) && !later.includes(name)),
    [],
  );
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
