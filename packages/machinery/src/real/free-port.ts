import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const LOWEST = 10_240;
const NODE_PORTS_BEGIN = 30_000; // kube-proxy may hold those above.
const EPHEMERAL_BEGINS = 32_768; // Linux' own default.
const TRIES_MAX = 100;
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody listens on, for a process that a test is about to start. It lies below the range from which the system
 * itself gives ports to connections and listeners, so that none of them is given it in the meantime; it was picked at random, so that
 * tests of other processes hardly pick the same. Never gives a port twice.
 */
export async function freePort(): Promise<number> {
  const end = Math.min(NODE_PORTS_BEGIN, ephemeralBegins());
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = LOWEST + Math.floor(Math.random() * (end - LOWEST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new RangeError(`none of ${TRIES_MAX} ports between ${LOWEST} and ${end} is free; end what listens there`);
}

function ephemeralBegins(): number {
  try {
    const begin = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
    return begin > 2 * LOWEST ? begin : EPHEMERAL_BEGINS;
  } catch {
    return EPHEMERAL_BEGINS;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
