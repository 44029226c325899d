import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../test-server.ts';

test('answerStage publishes the issuer of tokens with the media types of OIDC, and lets clients keep them', async () => {
  await using api = await startTestServer();
  const configuration = await api.send<{ jwks_uri: string }>('GET', '/.well-known/openid-configuration');
  assert.equal(configuration.headers['content-type'], 'application/json');
  assert.equal(configuration.headers['cache-control'], 'public, max-age=3600');
  const keys = await api.send<{ keys: object[] }>('GET', new URL(configuration.body.jwks_uri).pathname);
  assert.equal(keys.headers['content-type'], 'application/jwk-set+json');
  assert.equal(keys.headers['cache-control'], 'public, max-age=3600');
  assert.equal(keys.body.keys.length, 1);
});
