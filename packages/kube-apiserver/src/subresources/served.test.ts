/** Every subresource of the facts is served: asked of an object that is not there, it says so, and never that it is missing itself. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { resourceTable, type Status } from '@steersman/api';
import { streamHandlers } from '../streaming/index.ts';
import { startTestServer } from '../test-server.ts';

const api = await startTestServer({ extensions: {}, streamHandlers });
await api.server.ready;
after(() => api[Symbol.asyncDispose]());

const METHODS: Readonly<Record<string, string>> = { get: 'GET', update: 'PUT', patch: 'PATCH', create: 'POST' };
const PATCH = { 'content-type': 'application/merge-patch+json' };
const served = resourceTable.filter(
  (row) => row.served && row.servedBy === undefined && !row.group.includes('apiextensions'),
);

function pathOf({ group, version, plural, namespaced }: (typeof resourceTable)[number], subresource: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${namespaced ? '/namespaces/default' : ''}/${plural}/absent/${subresource}${subresource === 'proxy' ? '/' : ''}`;
}

for (const row of served) {
  for (const { name, verbs, kind, group, version } of row.subresources) {
    const title = `${row.group === '' ? '' : `${row.group}/`}${row.version} ${row.plural}/${name}`;
    test(`${title} is served with ${verbs.join(', ')}`, async () => {
      const discovered = await api.send<Status>('GET', pathOf(row, name).split('/absent/')[0] ?? '');
      if (discovered.status === 404) return; // The group version is not on by default.
      for (const verb of verbs) {
        const method = METHODS[verb];
        if (method === undefined) continue;
        const apiVersion =
          group === undefined || group === '' ? (version ?? row.version) : `${group}/${version ?? row.version}`;
        const body = method === 'GET' ? undefined : { apiVersion, kind, metadata: { name: 'absent' }, spec: {} };
        const answer = await api.send<Status>(method, pathOf(row, name), body, verb === 'patch' ? PATCH : {});
        const told = `${verb}: ${answer.status} ${answer.body.message}`;
        assert.ok(answer.status >= 400 && answer.status < 500, told);
        assert.ok(![405, 406, 415].includes(answer.status), told);
        if (answer.status === 404) assert.match(answer.body.message ?? '', /"absent" not found|absent/, told);
      }
    });
  }
}
