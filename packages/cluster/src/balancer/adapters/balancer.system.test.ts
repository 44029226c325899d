import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { realClock, silentLogger } from '@steersman/machinery';
import type { ServerState } from '../pool.ts';
import { type Balancer, type ServerAddress, startBalancer } from './balancer.ts';

interface Echo {
  readonly address: ServerAddress;
  readonly sockets: Set<Socket>;
  readonly server: Server;
  close(): Promise<void>;
}

/** Says its name, then what it is sent. */
async function echo(name: string): Promise<Echo> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(`${name} `);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { address: { host: '127.0.0.1', port }, sockets, server, close };
}

function balancer(servers: readonly Echo[], check: (server: ServerAddress) => Promise<ServerState>): Promise<Balancer> {
  const addresses = servers.map(({ address }) => address);
  const common = { hosts: ['127.0.0.1'], port: 0, clock: realClock(), log: silentLogger };
  return startBalancer({ ...common, servers: addresses, check });
}

/** Sends a text, closes its half, and reads to the end. */
async function said(port: number, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.end(text);
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
  return answer;
}

test('startBalancer() spreads connections, carries both directions and half-closings, and passes over who does not listen', async () => {
  const [one, two, gone] = [await echo('one'), await echo('two'), await echo('gone')];
  await gone.close();
  const balanced = await balancer([gone, one, two], async () => 'ready');
  try {
    const answers = await Promise.all(Array.from({ length: 6 }, () => said(balanced.port, 'hello')));
    assert.deepEqual([...new Set(answers)].sort(), ['one hello', 'two hello']);
    const large = 'x'.repeat(3_000_000);
    assert.equal((await said(balanced.port, large)).length, large.length + 4);
  } finally {
    await balanced.close();
    await Promise.all([one.close(), two.close()]);
  }
});

test('startBalancer() cuts the connections of a server that has gone silent', async () => {
  const [one, two] = [await echo('one'), await echo('two')];
  let silent = 0;
  const balanced = await balancer([one, two], async ({ port }) => {
    if (port !== silent) return 'ready';
    return 'silent';
  });
  try {
    const socket = connect(balanced.port, '127.0.0.1');
    socket.on('error', () => {});
    const [first] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
    silent = (first.startsWith('one') ? one : two).address.port;
    await once(socket, 'close');
    assert.notEqual((await said(balanced.port, '')).trim(), first.trim());
  } finally {
    await balanced.close();
    await Promise.all([one.close(), two.close()]);
  }
});

test('startBalancer() turns clients away when no server takes them', async () => {
  const gone = await echo('gone');
  await gone.close();
  const balanced = await balancer([gone], async () => 'silent');
  try {
    const socket = connect(balanced.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'close');
  } finally {
    await balanced.close();
  }
});
