import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeClock, silentLogger } from '@steersman/machinery';
import { openLmdbStorage } from '@steersman/storage';
import { startTestServer, type TestServer } from '../test-server.ts';

const COUNT = 40;
const folderPath = '/api/v1/namespaces/default/configmaps';
const nameOf = (index: number) => `one-${String(index).padStart(2, '0')}`;

interface ConfigMapList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly data: { readonly value: string };
  }[];
}

async function listed({ send }: TestServer, query = ''): Promise<Record<string, string>> {
  const { body } = await send<ConfigMapList>('GET', `/api/v1/configmaps${query}`);
  return Object.fromEntries(body.items.map(({ metadata, data }) => [metadata.name, data.value.slice(0, 20)]));
}

test('createApiServer() on LMDB shows what it left in the store, whatever is changed, deleted and compacted around it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-left-'));
  try {
    const storage = await openLmdbStorage({ folder, clock: fakeClock(), log: silentLogger });
    const expected: Record<string, string> = {};
    {
      await using first = await startTestServer({ storage });
      for (let index = 0; index < COUNT; index++) {
        const value = `value ${index} `.padEnd(20 + (index % 5) * 1500, '.');
        const metadata = { name: nameOf(index), labels: { color: index % 2 === 0 ? 'red' : 'blue' } };
        await first.send('POST', folderPath, { metadata, data: { value } });
        expected[nameOf(index)] = value.slice(0, 20);
      }
    }
    await storage.close();

    const reopened = await openLmdbStorage({ folder, clock: fakeClock(), log: silentLogger });
    {
      await using second = await startTestServer({ storage: reopened });
      const since = await reopened.currentRevision();
      const merge = { 'content-type': 'application/merge-patch+json' };
      await second.send('PATCH', `${folderPath}/${nameOf(1)}`, { data: { value: 'changed' } }, merge);
      // Past the API, which would have looked at the object before.
      const key = `/registry/configmaps/default/${nameOf(2)}`;
      const { item } = await reopened.get(key);
      const value = Buffer.from(Buffer.from(item!.value).toString().replace('"red"', '"blue"'));
      await reopened.transact({ when: [], write: [{ kind: 'put', key, value }] });
      await second.send('DELETE', `${folderPath}/${nameOf(3)}`);
      await reopened.compact(await reopened.currentRevision());
      expected[nameOf(1)] = 'changed';
      delete expected[nameOf(3)];
      assert.deepEqual(await listed(second), expected);
      const red = Object.fromEntries(
        Object.entries(expected).filter(([name]) => Number(name.slice(4)) % 2 === 0 && name !== nameOf(2)),
      );
      assert.deepEqual(await listed(second, '?labelSelector=color%3Dred'), red);
      const watch = second.watch(`/api/v1/configmaps?watch=1&resourceVersion=${since}&labelSelector=color%3Dred`);
      const { value: frame } = (await watch.next()) as { value: { type: string; object: Record<string, unknown> } };
      assert.equal(frame.type, 'DELETED', 'who left the selection is told as it was');
      assert.deepEqual((frame.object['data'] as { value: string }).value.slice(0, 20), expected[nameOf(2)]);
      await watch.return?.();
    }
    await reopened.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
