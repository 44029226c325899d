import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../test-server.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } };

test('writeParameters() refuses options that make no sense as Invalid, naming the options of the verb', async () => {
  await using api = await startTestServer();
  const refusals = [
    ['POST', configMaps, 'dryRun=Some', 'CreateOptions', /dryRun: Unsupported value/],
    ['PUT', `${configMaps}/one`, 'fieldValidation=Bad', 'UpdateOptions', /fieldValidation: Unsupported value: "Bad"/],
    ['POST', configMaps, `fieldManager=${'a'.repeat(129)}`, 'CreateOptions', /fieldManager: Too long/],
  ] as const;
  for (const [method, path, query, kind, message] of refusals) {
    const answer = await api.send<{ readonly message: string }>(method, `${path}?${query}`, configMap);
    assert.equal(answer.status, 422);
    assert.match(answer.body.message, new RegExp(`^${kind}\\.meta\\.k8s\\.io "" is invalid: `));
    assert.match(answer.body.message, message);
  }
});
