import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeContinue, encodeContinue } from './continue-token.ts';

test('decodeContinue reads what encodeContinue wrote', () => {
  const token = { revision: 7, start: 'default/pod-1\0' };
  assert.deepEqual(decodeContinue(encodeContinue(token)), token);
});

test('decodeContinue refuses garbage, other versions and keys that leave the resource', () => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const bad = ['%%%', encoded({ v: 'v9', rv: 1, start: 'a' }), encoded({ v: 'meta.k8s.io/v1', rv: 'x', start: 'a' })];
  const climbing = ['/../secrets', 'a/../../secrets/', ''].map((start) =>
    encoded({ v: 'meta.k8s.io/v1', rv: 1, start }),
  );
  for (const text of [...bad, ...climbing])
    assert.throws(() => decodeContinue(text), { message: /continue key is not valid/ });
});

test('decodeContinue says in upstream words what is wrong', () => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const v = 'meta.k8s.io/v1';
  for (const [text, why] of [
    ['ab%c', 'illegal base64 data at input byte 2'],
    ['abcde', 'illegal base64 data at input byte 4'],
    ['invalid', "invalid character '\\u008a' looking for beginning of value"],
    ['eHl6', "invalid character 'x' looking for beginning of value"],
    [encoded({ v: 'v9', rv: 1, start: 'a' }), 'server does not recognize this encoded version v9'],
    [encoded({ v, rv: 0, start: 'a' }), 'incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
    [encoded({ v, rv: 1, start: '' }), 'encoded start key empty (version meta.k8s.io/v1)'],
    [encoded({ v, rv: 1, start: 'a/../b' }), 'a/../b'],
  ] as const)
    assert.throws(() => decodeContinue(text), {
      message: `invalid continue token: continue key is not valid: ${why}`,
      code: 400,
    });
  assert.deepEqual(decodeContinue(encoded({ v, rv: 1, start: '/ns/a\0' })), { revision: 1, start: 'ns/a\0' });
});
