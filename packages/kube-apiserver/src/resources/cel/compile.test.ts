import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from './compile.ts';

const environment = {
  variables: { object: 'dyn', request: 'Request' },
  structs: { Request: { operation: 'string', dryRun: 'bool' } },
};
const problemOf = (expression: string): string | undefined => compile(expression, environment, ['bool']).problem;

test('compile() accepts what people write', () => {
  for (const good of [
    'object.spec.replicas <= 5',
    'has(object.metadata.labels) && object.metadata.labels.all(k, k.startsWith("a-"))',
    "request.operation in ['CREATE', 'UPDATE'] || request.dryRun",
    'object.spec.containers.map(c, c.image).exists(i, i.matches(r"^a\\.b/")) ? true : !request.dryRun',
    '{"a": 1, b"x": [1u, 2.5e3]}.size() == 2 && object.?spec.?x.orValue(1) == 1',
    'quantity(object.a).isGreaterThan(quantity("1Gi")) // why',
    'cel.bind(x, object.a, x.b == x.c)',
    'timestamp(object.a) - timestamp(object.b) < duration("1h")',
    'object.`a-b`.c == """x""" && object["a"][0] != null',
  ])
    assert.equal(problemOf(good), undefined, good);
});

test('compile() marks the place of what it does not know', () => {
  assert.equal(
    problemOf('foo == 1'),
    "compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo == 1\n | ^",
  );
  assert.equal(
    problemOf('request.verb == "x"'),
    'compilation failed: ERROR: <input>:1:8: undefined field \'verb\'\n | request.verb == "x"\n | .......^',
  );
  assert.equal(
    problemOf('object.a.frobnicate()'),
    "compilation failed: ERROR: <input>:1:20: undeclared reference to 'frobnicate' (in container '')\n | object.a.frobnicate()\n | ...................^",
  );
  assert.match(problemOf('1 + "a" == 2') ?? '', /found no matching overload for '_\+_' applied to '\(int, string\)'/);
});

test('compile() refuses what does not parse, and what is of the wrong type', () => {
  assert.match(problemOf('object.x ==') ?? '', /<input>:1:12: Syntax error: mismatched input '<EOF>' expecting \{/);
  assert.match(problemOf('object.x == 1)') ?? '', /Syntax error: extraneous input '\)' expecting <EOF>/);
  assert.match(problemOf('object.x & 1') ?? '', /token recognition error at: '&'/);
  assert.equal(problemOf('object.x'), 'must evaluate to bool');
  assert.equal(problemOf('1 + 1'), 'must evaluate to bool');
});

test('compile() does not follow nesting for ever', () => {
  assert.match(problemOf(`${'('.repeat(1000)}true${')'.repeat(1000)}`) ?? '', /max recursion depth exceeded/);
  assert.match(problemOf(`${'!'.repeat(90000)}true`) ?? '', /max recursion depth exceeded/);
  assert.match(problemOf(`object${'.a'.repeat(40000)}`) ?? '', /max recursion depth exceeded/);
  assert.match(problemOf(`1${'+1'.repeat(40000)} == 1`) ?? '', /max recursion depth exceeded/);
  assert.match(problemOf('true || '.repeat(20000)) ?? '', /size exceeds limit/);
});
