import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { errors, type KubeObject, type Secret } from '@steersman/api';
import { fakeClock } from '@steersman/machinery';
import { ConfigurationError } from '../configuration-error.ts';
import { startTestServer } from '../test-server.ts';
import { bootstrapTokenAuthenticator } from './bootstrap-token.ts';
import { authenticationConfiguration } from './configuration.ts';
import { readClaims, signToken } from './jwt.ts';
import { type OidcOptions, oidcAuthenticator } from './oidc.ts';
import { signingKey } from './signing-keys.ts';
import { tokenFileAuthenticator } from './token-file.ts';

const signal = new AbortController().signal;
const base64 = (text: string) => Buffer.from(text).toString('base64');

function bootstrapSecret(more: Record<string, string> = {}): Secret {
  const data = {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
    ...more,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  };
}

test('bootstrapTokenAuthenticator accepts the tokens of Secrets while they are good', async () => {
  const clock = fakeClock();
  const ask = (secret: Secret, bearerToken = 'abcdef.0123456789abcdef') =>
    bootstrapTokenAuthenticator({
      clock,
      lookup: (_plural, namespace, name) =>
        namespace === 'kube-system' && name === 'bootstrap-token-abcdef' ? (secret as KubeObject) : undefined,
    }).authenticate({ bearerToken }, signal);
  assert.deepEqual(await ask(bootstrapSecret()), {
    name: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token'],
  });
  const past = new Date(clock.now() - 1000).toISOString();
  const bad: Secret[] = [
    bootstrapSecret({ 'token-secret': 'ffffffffffffffff' }),
    bootstrapSecret({ expiration: past }),
    bootstrapSecret({ expiration: 'soon' }),
    bootstrapSecret({ 'usage-bootstrap-authentication': 'false' }),
    bootstrapSecret({ 'auth-extra-groups': 'system:masters' }),
    { ...bootstrapSecret(), type: 'Opaque' },
  ];
  for (const secret of bad) assert.equal(await ask(secret), undefined, JSON.stringify(secret.data));
  assert.equal(await ask(bootstrapSecret(), 'not-a-token'), undefined);
});

test('tokenFileAuthenticator follows its file', async () => {
  let text = 'secret,ann,1,"a,b"\n';
  const authenticator = tokenFileAuthenticator(() => text);
  const ask = (bearerToken: string) => authenticator.authenticate({ bearerToken }, signal);
  assert.deepEqual(await ask('secret'), { name: 'ann', uid: '1', groups: ['a', 'b'] });
  text = 'other,bob,2\n';
  assert.equal(await ask('secret'), undefined);
  assert.equal((await ask('other'))?.name, 'bob');
});

function provider(more: Partial<OidcOptions> = {}) {
  const key = () =>
    signingKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }));
  let signer = key();
  const clock = fakeClock();
  let fetched = 0;
  const issuer = 'https://issuer.example';
  const authenticator = oidcAuthenticator({
    issuer,
    audiences: ['kube'],
    algorithms: ['RS256'],
    username: { claim: 'sub', prefix: 'oidc:' },
    groups: { claim: 'groups', prefix: 'oidc:' },
    requiredClaims: { team: 'a' },
    clock,
    fetchJson: async (url) => {
      fetched += 1;
      if (url === `${issuer}/.well-known/openid-configuration`) return { issuer, jwks_uri: `${issuer}/keys` };
      if (url !== `${issuer}/keys`) throw errors.internal(url);
      const { id, algorithm, key: publicKey } = signer.verification;
      return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: id, alg: algorithm, use: 'sig' }] };
    },
    ...more,
  });
  const claims = {
    iss: issuer,
    aud: 'kube',
    sub: 'ann',
    team: 'a',
    groups: ['x'],
    exp: Math.floor(clock.now() / 1000) + 600,
  };
  return {
    clock,
    fetches: () => fetched,
    rotate() {
      signer = key();
    },
    ask: (changed: object = {}) =>
      authenticator.authenticate({ bearerToken: signToken({ ...claims, ...changed }, signer) }, signal),
  };
}

test('oidcAuthenticator maps the claims of good tokens and leaves those of other issuers alone', async () => {
  const { ask } = provider();
  assert.deepEqual(await ask({ jti: 'j' }), {
    name: 'oidc:ann',
    groups: ['oidc:x'],
    extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j'] },
  });
  assert.equal(await ask({ iss: 'https://else.example' }), undefined);
});

test('oidcAuthenticator refuses tokens for others, expired ones and those without a required claim', async () => {
  const { ask } = provider();
  for (const changed of [{ aud: 'other' }, { exp: 1 }, { team: 'b' }, { sub: '' }])
    await assert.rejects(ask(changed), { message: /Unauthorized/ }, JSON.stringify(changed));
});

test('oidcAuthenticator asks for the keys again when they were changed, but not all the time', async () => {
  const { ask, clock, rotate, fetches } = provider();
  await ask();
  await ask();
  assert.equal(fetches(), 2);
  rotate();
  await assert.rejects(ask());
  await clock.advance(11_000);
  assert.equal((await ask())?.name, 'oidc:ann');
  assert.equal(fetches(), 4);
});

test('authenticationConfiguration reads providers and anonymous paths, and refuses expressions', () => {
  const text = (username: string) => `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous: {enabled: true, conditions: [{path: /livez}]}
jwt:
- issuer: {url: https://i.example, audiences: [a], certificateAuthority: PEM}
  claimValidationRules: [{claim: hd, requiredValue: x}]
  claimMappings: {username: ${username}, groups: {claim: g, prefix: "g:"}}
`;
  const { providers, anonymous } = authenticationConfiguration(text('{claim: email, prefix: "u:"}'));
  assert.deepEqual(anonymous, { enabled: true, paths: ['/livez'] });
  assert.deepEqual(providers[0]?.username, { claim: 'email', prefix: 'u:' });
  assert.deepEqual(providers[0]?.requiredClaims, { hd: 'x' });
  assert.equal(providers[0]?.certificateAuthority, 'PEM');
  assert.throws(() => authenticationConfiguration(text('{expression: claims.sub}')), ConfigurationError);
  assert.throws(() => authenticationConfiguration('kind: Other'), ConfigurationError);
});

test('anonymous requests may be kept to some paths', async () => {
  await using api = await startTestServer({ anonymousPaths: ['/livez'], authorizationModes: ['AlwaysAllow'] });
  const { callInProcess } = await import('@steersman/server');
  const peer = { remoteAddress: '10.0.0.1', scheme: 'https' } as const;
  const ask = async (path: string) =>
    (await callInProcess(api.server.handler, peer, { method: 'GET', path, headers: {} })).status;
  assert.deepEqual([await ask('/livez'), await ask('/version'), await ask('/livez')], [200, 401, 200]);
});

test('tokens of pods last a year and say when they should have been replaced', async () => {
  await using api = await startTestServer({ extensions: {} });
  await api.server.ready;
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  const account = await api.send<KubeObject>('POST', accounts, { metadata: { name: 'a' } });
  const request = (spec: object, metadata: object = {}) =>
    api.send<{ status: { token: string; expirationTimestamp: string } }>('POST', `${accounts}/a/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata,
      spec,
    });
  const { body } = await request({ expirationSeconds: 3607 });
  const claims = readClaims(body.status.token) as { iat: number; exp: number; 'kubernetes.io': { warnafter: number } };
  assert.equal(claims.exp - claims.iat, 365 * 24 * 3600);
  assert.equal(claims['kubernetes.io'].warnafter - claims.iat, 3607);
  assert.equal(Date.parse(body.status.expirationTimestamp) / 1000 - claims.iat, 3607);
  const other = readClaims((await request({ expirationSeconds: 3600 })).body.status.token) as {
    iat: number;
    exp: number;
  };
  assert.equal(other.exp - other.iat, 3600);
  assert.equal((await request({}, { uid: 'other' })).status, 409);
  assert.equal((await request({}, { uid: account.body.metadata.uid })).status, 201);
});
