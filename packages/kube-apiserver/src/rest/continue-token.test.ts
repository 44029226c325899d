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
