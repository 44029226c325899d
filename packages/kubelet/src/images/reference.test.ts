import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referenceFault } from './reference.ts';

test('referenceFault() accepts names with and without registry, tag and digest', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const good = [
    'a',
    'a:1',
    'a/b:v1.0',
    'localhost/a',
    'h:5000/a/b_c:x',
    `r.io/a@${digest}`,
    `a:1@${digest}`,
    '[::1]:5000/a',
  ];
  assert.deepEqual(
    good.map(referenceFault).filter((fault) => fault !== undefined),
    [],
  );
});

test('referenceFault() names what is wrong', () => {
  assert.equal(referenceFault('Upper'), 'invalid reference format: repository name (library/Upper) must be lowercase');
  assert.equal(referenceFault('r.io/a:::1'), 'invalid reference format');
  assert.equal(referenceFault('a b'), 'invalid reference format');
  assert.equal(referenceFault(''), 'invalid reference format');
  assert.equal(referenceFault('a@sha256:0'), 'invalid reference format');
  const id = 'a'.repeat(64);
  assert.equal(referenceFault(id), `invalid repository name (${id}), cannot specify 64-byte hexadecimal strings`);
});
