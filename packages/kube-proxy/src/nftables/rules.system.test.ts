/**
 * The rules against a real kernel: the test runs itself again in a network namespace of its own, where nothing leaks and
 * nothing stays behind.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureServiceRoute, removeServiceRoute, runNft, tablePresent } from '../adapters/commands.ts';
import { servicePort } from '../fake/service-port.ts';
import { nftablesFilter } from './filter.ts';
import { IPV4, IPV6 } from './ruleset.ts';

const INSIDE = 'STEERSMAN_TEST_NAMESPACE';

function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return 'needs root for a network namespace';
  for (const [program, argument] of [
    ['nft', '--version'],
    ['ip', '-V'],
    ['unshare', '--version'],
  ] as const)
    if (spawnSync(program, [argument]).error !== undefined) return `needs ${program}`;
  return false;
}

const endpoint = (address: string) => ({ address, port: 8080, local: true });
const web = servicePort({
  nodePort: 30080,
  endpoints: ['10.244.0.2', '10.244.0.3'].map(endpoint),
  localEndpoints: ['10.244.0.2', '10.244.0.3'].map(endpoint),
});

/** Which endpoint answered, or the error's code. */
async function ask(address: string, port: number): Promise<string> {
  const socket = connect(port, address);
  try {
    const [data] = (await once(socket, 'data')) as [Buffer];
    return data.toString();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'error';
  } finally {
    socket.destroy();
  }
}

async function askOften(address: string, port: number): Promise<Set<string>> {
  const answers = new Set<string>();
  for (let count = 0; count < 40; count += 1) answers.add(await ask(address, port));
  return answers;
}

async function insideNamespace(): Promise<void> {
  const ip = (...args: readonly string[]) => execFileSync('ip', args);
  ip('link', 'set', 'lo', 'up');
  for (const address of ['10.244.0.2', '10.244.0.3', '192.0.2.10']) ip('addr', 'add', `${address}/32`, 'dev', 'lo');
  const servers = await Promise.all(
    ['10.244.0.2', '10.244.0.3'].map(async (address) => {
      const server = createServer((socket) => socket.on('error', () => {}).end(address)).listen(8080, address);
      await once(server, 'listening');
      return server;
    }),
  );
  await ensureServiceRoute('steersman-svc', '10.96.0.0/16', '192.0.2.10');
  const filter = nftablesFilter(
    runNft,
    { family: IPV4, serviceRange: '10.96.0.0/16', clusterRange: '10.244.0.0/16' },
    () => tablePresent('ip'),
  );

  await filter.apply([web]);
  assert.deepEqual(
    await askOften('10.96.0.20', 80),
    new Set(['10.244.0.2', '10.244.0.3']),
    'cluster IP reaches every endpoint',
  );
  assert.deepEqual(
    await askOften('192.0.2.10', 30080),
    new Set(['10.244.0.2', '10.244.0.3']),
    'node port reaches every endpoint',
  );
  assert.equal(await ask('10.96.0.20', 81), 'ECONNREFUSED', 'a port the Service lacks is refused');
  assert.equal(await ask('10.96.7.7', 80), 'ECONNREFUSED', 'an address no Service owns is refused');

  await filter.apply([{ ...web, affinitySeconds: 60 }]);
  assert.equal((await askOften('10.96.0.20', 80)).size, 1, 'affinity keeps a client with its endpoint');

  await filter.apply([{ ...web, endpoints: [endpoint('10.244.0.3')], localEndpoints: [] }]);
  assert.deepEqual(await askOften('10.96.0.20', 80), new Set(['10.244.0.3']), 'an endpoint that left gets no traffic');

  await filter.apply([{ ...web, endpoints: [], localEndpoints: [] }]);
  assert.equal(await ask('10.96.0.20', 80), 'ECONNREFUSED', 'a Service without endpoints refuses');
  assert.equal(await ask('192.0.2.10', 30080), 'ECONNREFUSED', 'and so does its node port');

  await filter.apply([web]);
  assert.equal(await filter.check(), true);
  execFileSync('nft', ['flush', 'ruleset']);
  assert.equal(await filter.check(), false, 'a flushed ruleset is noticed');
  await filter.apply([web]);
  assert.equal((await askOften('10.96.0.20', 80)).size, 2, 'and written again');

  await insideIPv6();
  await filter.cleanup();
  await removeServiceRoute('steersman-svc');
  assert.equal(execFileSync('nft', ['list', 'ruleset']).toString(), '');
  for (const server of servers) server.close();
}

async function insideIPv6(): Promise<void> {
  for (const address of ['fd00:1::2', 'fd00:9::1'])
    execFileSync('ip', ['-6', 'addr', 'add', `${address}/128`, 'dev', 'lo', 'nodad']);
  const server = createServer((socket) => socket.on('error', () => {}).end('six')).listen(8080, 'fd00:1::2');
  await once(server, 'listening');
  await ensureServiceRoute('steersman-svc', 'fd00:96::/112', 'fd00:9::1');
  const filter = nftablesFilter(runNft, { family: IPV6, serviceRange: 'fd00:96::/112', clusterRange: 'fd00:1::/64' });
  const endpoints = [endpoint('fd00:1::2')];
  await filter.apply([{ ...web, clusterIP: 'fd00:96::20', affinitySeconds: 60, endpoints, localEndpoints: endpoints }]);
  assert.equal(await ask('fd00:96::20', 80), 'six', 'an IPv6 cluster IP reaches its endpoint');
  assert.equal(await ask('fd00:9::1', 30080), 'six', 'and so does the node port');
  assert.equal(await ask('fd00:96::21', 80), 'ECONNREFUSED', 'an IPv6 address no Service owns is refused');
  await filter.cleanup();
  server.close();
}

if (process.env[INSIDE] === 'yes') {
  await insideNamespace();
} else {
  test('nftablesFilter() makes Services work in a real kernel', { skip: reasonToSkip() }, () => {
    const node = [process.execPath, '--conditions=steersman-source', fileURLToPath(import.meta.url)];
    const { NODE_TEST_CONTEXT: _ours, ...environment } = process.env;
    const ran = spawnSync('unshare', ['--net', ...node], {
      env: { ...environment, [INSIDE]: 'yes' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(ran.status, 0, ran.stderr);
  });
}
