import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../test-server.ts';

interface Applied {
  readonly metadata: { readonly managedFields: readonly { readonly manager: string; readonly operation: string }[] };
  readonly data: Record<string, string>;
  readonly message: string;
  readonly details: { readonly causes: readonly { readonly reason: string; readonly field: string }[] };
}
const path = '/api/v1/namespaces/default/configmaps/one';

function apply(api: TestServer, manager: string, data: Record<string, string>, more = '') {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data };
  return api.send<Applied>('PATCH', `${path}?fieldManager=${manager}${more}`, body, {
    'content-type': 'application/apply-patch+yaml',
  });
}

test('apply creates, lets two managers own different fields, and drops what its manager leaves out', async () => {
  await using api = await startTestServer();
  assert.equal((await apply(api, 'first', { a: '1', b: '2' })).status, 201);
  assert.equal((await apply(api, 'second', { c: '3' })).status, 200);
  const again = await apply(api, 'first', { a: '1' });
  assert.deepEqual(again.body.data, { a: '1', c: '3' });
  assert.deepEqual(again.body.metadata.managedFields.map(({ manager }) => manager).toSorted(), ['first', 'second']);
});

test('apply refuses to change what another owns, names the field, and takes it with force', async () => {
  await using api = await startTestServer();
  await apply(api, 'first', { a: '1' });
  const refused = await apply(api, 'second', { a: '2' });
  assert.equal(refused.status, 409);
  assert.deepEqual(refused.body.details.causes, [
    { reason: 'FieldManagerConflict', message: 'conflict with "first"', field: '.data.a' },
  ]);
  assert.deepEqual((await apply(api, 'second', { a: '2' }, '&force=true')).body.data, { a: '2' });
});

test('apply needs a field manager, and the kind of the resource', async () => {
  await using api = await startTestServer();
  assert.equal((await apply(api, '', { a: '1' })).status, 422);
  const wrong = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one' } };
  const answer = await api.send('PATCH', `${path}?fieldManager=m`, wrong, {
    'content-type': 'application/apply-patch+yaml',
  });
  assert.equal(answer.status, 400);
});

test('create and update record who changed which field', async () => {
  await using api = await startTestServer();
  const headers = { 'user-agent': 'kubectl/v1.32.0 (linux/amd64)' };
  const body = { metadata: { name: 'one' }, data: { a: '1' } };
  const made = await api.send<Applied>('POST', '/api/v1/namespaces/default/configmaps', body, headers);
  assert.deepEqual(
    made.body.metadata.managedFields.map(({ manager, operation }) => [manager, operation]),
    [['kubectl', 'Update']],
  );
  const conflict = await apply(api, 'other', { a: '2' });
  assert.match(conflict.body.message, /conflict with "kubectl" using v1/);
});

test('apply of many managers at once to what does not exist creates it once and keeps what each applied', async () => {
  await using api = await startTestServer();
  const managers = ['a', 'b', 'c', 'd', 'e'];
  const answers = await Promise.all(managers.map((name) => apply(api, name, { [name]: '1' })));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 200, 200, 200, 201]);
  const { body } = await api.send<Applied>('GET', path);
  assert.deepEqual(Object.keys(body.data).toSorted(), managers);
});
