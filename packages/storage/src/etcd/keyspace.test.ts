import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyspace } from './keyspace.ts';

test('createKeyspace() puts one prefix in the place of another, both ways', () => {
  const keyspace = createKeyspace('/registry', '/clusters/größe');
  const bytes = keyspace.bytesOf('/registry/pods/a/ü');
  assert.equal(bytes.toString(), '/clusters/größe/pods/a/ü');
  assert.equal(keyspace.keyOf(bytes), '/registry/pods/a/ü');
  assert.throws(() => keyspace.bytesOf('/other'), /does not begin with/);
  assert.equal(createKeyspace('', '').bytesOf('/x').toString(), '/x');
});
