import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transport } from '@steersman/client';
import { fakeClock } from '@steersman/machinery';
import { tokenWebhookAuthenticator } from '../authentication/token-webhook.ts';
import { startTestServer } from '../test-server.ts';
import { webhookAuthorizer } from './webhook.ts';

type Spec = Record<string, unknown>;

/** A server that answers reviews; undefined is an error of its own. */
function webhook(answer: (spec: Spec) => object | undefined) {
  const asked: Spec[] = [];
  const transport: Transport = {
    async request({ body }) {
      const { spec } = JSON.parse(Buffer.from(body as Uint8Array).toString()) as { spec: Spec };
      asked.push(spec);
      const status = answer(spec);
      const text = Buffer.from(JSON.stringify({ status }));
      const chunks = (async function* () {
        yield text;
      })();
      return { status: status === undefined ? 500 : 200, headers: {}, body: chunks } as never;
    },
    close: async () => undefined,
  };
  return { asked, transport };
}
const ANN = { name: 'ann', groups: ['dev'] };
const pods = { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'd', name: '' };

test('webhookAuthorizer asks once while the answer is believed, and has no opinion when nobody answers', async () => {
  const clock = fakeClock();
  const { transport, asked } = webhook(({ resourceAttributes }) =>
    resourceAttributes === undefined ? undefined : { allowed: true, reason: 'fine' },
  );
  const authorizer = webhookAuthorizer(transport, clock);
  const ask = () => authorizer.authorize({ user: ANN, verb: 'list', resource: pods });
  assert.deepEqual(await ask(), { kind: 'allow', reason: 'fine' });
  await ask();
  assert.equal(asked.length, 1);
  assert.deepEqual(asked[0]?.['resourceAttributes'], { verb: 'list', version: 'v1', resource: 'pods', namespace: 'd' });
  await clock.advance(301_000);
  await ask();
  assert.equal(asked.length, 2);
  assert.equal((await authorizer.authorize({ user: ANN, verb: 'get', path: '/x' })).kind, 'no-opinion');
});

test('webhookAuthorizer asks in the version and believes for the time it is told', async () => {
  const clock = fakeClock();
  const { transport, asked } = webhook(() => ({ allowed: true }));
  const authorizer = webhookAuthorizer(transport, clock, { version: 'v1beta1', allowedMs: 1000 });
  const ask = () => authorizer.authorize({ user: ANN, verb: 'list', resource: pods });
  await ask();
  assert.deepEqual([asked[0]?.['group'], asked[0]?.['groups']], [['dev'], undefined]);
  await clock.advance(1001);
  await ask();
  assert.equal(asked.length, 2);
});

test('the mode Webhook stands where the modes say, and refusals end there', async () => {
  const { transport } = webhook(({ user }) => (user === 'ann' ? { allowed: true } : { allowed: false, denied: true }));
  await using api = await startTestServer({
    authorizationModes: ['Webhook', 'AlwaysAllow'],
    authorizationWebhook: transport,
  });
  const path = '/api/v1/namespaces/default/configmaps';
  const as = async (name: string) => (await api.send('GET', path, undefined, {}, { name, groups: [] })).status;
  assert.deepEqual([await as('ann'), await as('bob')], [200, 403]);
});

test('tokenWebhookAuthenticator takes the user that the webhook names, for the right audience', async () => {
  const signal = new AbortController().signal;
  const { transport } = webhook(({ token }) =>
    token === 'good'
      ? { authenticated: true, user: { username: 'ann', groups: ['dev'] } }
      : token === 'other'
        ? { authenticated: true, user: { username: 'eve' }, audiences: ['else'] }
        : { authenticated: false },
  );
  const authenticator = tokenWebhookAuthenticator(transport, ['kube']);
  const ask = (bearerToken: string) => authenticator.authenticate({ bearerToken }, signal);
  assert.deepEqual(await ask('good'), { name: 'ann', groups: ['dev'] });
  assert.equal(await ask('other'), undefined);
  assert.equal(await ask('bad'), undefined);
});
