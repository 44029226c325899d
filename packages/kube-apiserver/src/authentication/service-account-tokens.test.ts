import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { KubeObject } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { createTokenIssuer, createTokenVerifier } from './service-account-tokens.ts';
import { signingKey } from './signing-keys.ts';

const audiences = ['https://issuer'];
const request = { namespace: 'default', name: 'robot', uid: 'u1', audiences: [], expirationSeconds: 600 };

function setUp(type: 'ec' | 'rsa' = 'ec') {
  const { clock, random } = fakeEffects();
  const pair =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = signingKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const objects = new Map<string, KubeObject>([
    ['serviceaccounts/default/robot', { metadata: { name: 'robot', uid: 'u1' } }],
  ]);
  const lookup = (resource: string, namespace: string, name: string) => objects.get(`${resource}/${namespace}/${name}`);
  const issuer = createTokenIssuer({ issuer: 'https://issuer', audiences, key, clock, random });
  const verifier = createTokenVerifier({
    issuers: ['https://issuer'],
    audiences,
    keys: [key.verification],
    clock,
    lookup,
  });
  return { clock, issuer, verifier, objects };
}

for (const type of ['ec', 'rsa'] as const) {
  test(`createTokenVerifier recognises what createTokenIssuer issued with an ${type} key`, async () => {
    const { issuer, verifier } = setUp(type);
    const { token } = await issuer.issue(request);
    const reviewed = verifier.review(token, []);
    assert.equal(reviewed?.user.name, 'system:serviceaccount:default:robot');
    assert.deepEqual(reviewed?.user.groups, ['system:serviceaccounts', 'system:serviceaccounts:default']);
  });
}

test('createTokenVerifier refuses a token after its time, for other audiences, and with a changed claim', async () => {
  const { clock, issuer, verifier } = setUp();
  const { token } = await issuer.issue(request);
  const [head, payload = '', signature] = token.split('.');
  const claims = {
    ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object),
    sub: 'system:serviceaccount:default:other',
  };
  const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
  assert.equal(verifier.review(forged, []), undefined);
  assert.equal(verifier.review(token, ['vault']), undefined);
  await clock.advance(601_000);
  assert.equal(verifier.review(token, []), undefined);
});

test('createTokenVerifier refuses a token whose account was made anew or whose pod has gone', async () => {
  const { issuer, verifier, objects } = setUp();
  const pod = { kind: 'Pod', name: 'p', uid: 'u2' } as const;
  const { token } = await issuer.issue({ ...request, boundObject: pod });
  assert.equal(verifier.review(token, []), undefined);
  objects.set('pods/default/p', { metadata: { name: 'p', uid: 'u2' } });
  assert.deepEqual(verifier.review(token, [])?.user.extra?.['authentication.kubernetes.io/pod-name'], ['p']);
  objects.set('serviceaccounts/default/robot', { metadata: { name: 'robot', uid: 'u9' } });
  assert.equal(verifier.review(token, []), undefined);
});
