import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConflict, Resources } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { createClient } from './client.ts';
import { deleteExactly } from './delete-exactly.ts';
import { createFakeApi } from './fake/fake-api.ts';

test('deleteExactly() spares another object that has taken the name', async () => {
  const configMaps = createClient(createFakeApi({ effects: fakeEffects() }).transport).resource(Resources.configMaps);
  const key = { namespace: 'default', name: 'one' };
  const first = await configMaps.create({ metadata: key });
  await configMaps.delete(key);
  const second = await configMaps.create({ metadata: key });
  await assert.rejects(deleteExactly(configMaps, first), isConflict);
  await deleteExactly(configMaps, second);
  assert.equal(await configMaps.find(key), undefined);
});
