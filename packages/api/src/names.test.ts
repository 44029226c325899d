import assert from 'node:assert/strict';
import { test } from 'node:test';
import { names } from './names.ts';

test('names.dns1123Label() gives the texts that clients match on', () => {
  assert.deepEqual(names.dns1123Label('my-name'), []);
  assert.deepEqual(names.dns1123Label('a.b'), ['must not contain dots']);
  assert.deepEqual(names.dns1123Label('Bad'), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  assert.deepEqual(names.dns1123Label('a'.repeat(64)), ['must be no more than 63 characters']);
});
test('names.qualifiedName() checks prefix and name apart', () => {
  assert.deepEqual(names.qualifiedName('example.com/MyName'), []);
  assert.match(names.qualifiedName('/x')[0] ?? '', /^prefix part must be non-empty$/);
  assert.match(names.qualifiedName('example.com/')[0] ?? '', /^name part must be non-empty$/);
  assert.match(names.qualifiedName('a/b/c')[0] ?? '', /^a qualified name must consist of/);
});
test('names.portName() reports every fault', () => {
  assert.deepEqual(names.portName('http'), []);
  assert.deepEqual(names.portName('-'), [
    'must contain at least one letter (a-z)',
    'must not begin or end with a hyphen',
  ]);
});
test('names.ip() and names.cidr() refuse near misses', () => {
  for (const good of ['10.0.0.1', '::1', '2001:db8::1']) assert.deepEqual(names.ip(good), [], good);
  for (const bad of ['10.0.0', '10.0.0.256', 'fe80::1%eth0', 'x']) assert.equal(names.ip(bad).length, 1, bad);
  for (const good of ['10.0.0.0/8', '::/0']) assert.deepEqual(names.cidr(good), [], good);
  for (const bad of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '::/129', '/8'])
    assert.equal(names.cidr(bad).length, 1, bad);
});
