/** A load balancer for TCP: encryption and certificates go through it untouched, so that servers see who connects. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Clock, Logger } from '@steersman/machinery';
import { ClusterError } from '../../errors.ts';
import { createPool, type Pool, type ServerState } from '../pool.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}
export interface BalancerOptions {
  /** Each is listened on, at `port`. */
  readonly hosts: readonly string[];
  /** 0: any free one, if there is one host. */
  readonly port: number;
  readonly servers: readonly ServerAddress[];
  /** Asks a server how it is. Never rejects. */
  readonly check: (server: ServerAddress) => Promise<ServerState>;
  readonly clock: Clock;
  readonly log: Logger;
}
export interface Balancer {
  readonly port: number;
  /** Ends at once, connections too. */
  close(): Promise<void>;
}

const CHECK_INTERVAL_MS = 1_000;
/** A server on the same machine or next to it answers in less, or is not there. */
const CONNECT_MS_MAX = 2_000;
const KEEP_ALIVE_MS = 30_000;

/** Resolves when every address is listened on and every server was asked once. Throws ClusterError 'port-in-use'. */
export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const { hosts, servers, clock, log } = options;
  const byName = new Map(servers.map((server) => [nameOf(server), server]));
  const pool = createPool([...byName.keys()]);
  const links = new Map([...byName.keys()].map((name) => [name, new Set<Socket>()] as const));
  const clients = new Set<Socket>();
  const stop = new AbortController();
  const checkAll = async () => {
    await Promise.all(
      [...byName].map(async ([name, server]) => {
        const state = await options.check(server);
        if (state !== pool.state(name)) log.info('A server changed', { server: name, state });
        if (pool.checked(name, state)) for (const socket of links.get(name) ?? []) socket.destroy();
      }),
    );
  };
  await checkAll();
  const checking = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(CHECK_INTERVAL_MS, stop.signal).catch(() => {});
      if (!stop.signal.aborted) await checkAll();
    }
  })();
  const accept = (client: Socket) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    client.on('error', () => {}); // 'close' follows.
    void link(client, pool, byName, links);
  };
  const listeners: Server[] = [];
  for (const host of hosts) listeners.push(await listening(accept, host, options.port));
  return {
    port: (listeners[0]!.address() as AddressInfo).port,
    async close() {
      stop.abort();
      for (const client of clients) client.destroy();
      await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
      await checking;
    },
  };
}

const nameOf = ({ host, port }: ServerAddress) => `${host}:${port}`;

/** Joins the client with the first server that takes it; without any, the client is turned away. */
async function link(
  client: Socket,
  pool: Pool,
  servers: ReadonlyMap<string, ServerAddress>,
  links: ReadonlyMap<string, Set<Socket>>,
): Promise<void> {
  for (const name of pool.candidates()) {
    pool.opened(name); // Before it is open: of a burst, each counts.
    const server = await opened(servers.get(name)!);
    if (server === undefined || client.destroyed) {
      pool.closed(name);
      server?.destroy();
      if (client.destroyed) return;
      continue;
    }
    const open = links.get(name)!;
    open.add(server);
    server.once('close', () => {
      pool.closed(name);
      open.delete(server);
    });
    join(client, server);
    return;
  }
  client.destroy();
}

/** Bytes and half-closings go on in both directions; when either side breaks, so does the other. */
function join(client: Socket, server: Socket): void {
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.setNoDelay(true);
    from.setKeepAlive(true, KEEP_ALIVE_MS);
    from.pipe(to);
    from.once('close', (failed: boolean) => (failed ? to.resetAndDestroy() : to.destroy()));
  }
}

/** A connection to the server; undefined when there is none in time. */
function opened({ host, port }: ServerAddress): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.setTimeout(CONNECT_MS_MAX, () => socket.destroy());
    socket.on('error', () => {}); // 'close' follows.
    socket.once('close', () => resolve(undefined));
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

function listening(accept: (client: Socket) => void, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, accept);
    server.once('error', (error) =>
      reject(new ClusterError('port-in-use', `cannot listen on ${host}:${port}: ${error.message}`)),
    );
    server.listen(port, host, () => resolve(server));
  });
}
