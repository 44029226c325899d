import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealthEndpoints } from './health.ts';
import { callInProcess } from './in-process.ts';

function setUp() {
  const health = createHealthEndpoints();
  const get = async (path: string) => {
    const peer = { remoteAddress: '', scheme: 'process' } as const;
    const handler = async (...[request, response]: Parameters<Parameters<typeof callInProcess>[0]>) => {
      if (!(await health.handle(request, response))) response.send(404, {});
    };
    const answer = await callInProcess(handler, peer, { method: 'GET', path, headers: {} });
    const chunks = await Array.fromAsync(answer.body);
    return `${answer.status} ${Buffer.concat(chunks).toString()}`;
  };
  return { health, get };
}

test('createHealthEndpoints answers ok, or lists its checks when asked or when one fails', async () => {
  const { health, get } = setUp();
  let problem: string | undefined;
  health.add({ name: 'disk', check: () => problem });
  assert.equal(await get('/livez'), '200 ok');
  assert.match(
    await get('/livez?verbose&exclude=nothing'),
    /warn: some health checks cannot be excluded: no matches for "nothing"\n/,
  );
  assert.equal(await get('/livez?verbose'), '200 [+]ping ok\n[+]disk ok\nlivez check passed\n');
  problem = 'full';
  assert.equal(await get('/readyz'), '500 [+]ping ok\n[-]disk failed: reason withheld\nreadyz check failed\n');
  assert.equal(await get('/readyz?exclude=disk'), '200 ok');
  assert.equal(await get('/readyz/disk'), '500 internal server error: full\n');
  assert.equal(await get('/readyz/other'), '404 ');
});
