/** Forwarding of names that are not the cluster's, to the resolvers of the node. */
import type { Effects } from '@steersman/machinery';
import { MessageCache } from './message-cache.ts';

/** Waiting for one resolver before the next is tried; libc gives up on us after 5 s. */
export const FORWARD_TIMEOUT_MS = 2000;
/** Questions under way to resolvers at once; more are refused, so that a dead resolver cannot fill the memory. */
const FORWARDS_MAX = 1000;

/** Sends one message and resolves with the response; rejects on timeout or network failure. */
export type Exchange = (
  server: string,
  message: Uint8Array,
  transport: 'udp' | 'tcp',
  timeoutMs: number,
) => Promise<Uint8Array>;

export interface ForwarderOptions {
  /** Addresses of resolvers, in order. */
  readonly servers: readonly string[];
  readonly exchange: Exchange;
  readonly effects: Effects;
}

export interface Forwarder {
  /** The response to the message, with the message's own id; undefined when no resolver answered. */
  forward(message: Uint8Array, cacheKey: string): Promise<Uint8Array | undefined>;
}

export function createForwarder({ servers, exchange, effects }: ForwarderOptions): Forwarder {
  const cache = new MessageCache(effects.clock);
  const hits = effects.metrics.counter(
    'steersman_dns_forward_cache_hits_total',
    'Forwarded questions answered from the cache.',
  );
  const failures = effects.metrics.counter(
    'steersman_dns_forward_failures_total',
    'Questions that a resolver did not answer.',
    ['to'],
  );
  let underWay = 0;

  async function ask(message: Uint8Array): Promise<Uint8Array | undefined> {
    for (const server of servers) {
      try {
        const response = await exchange(server, message, 'udp', FORWARD_TIMEOUT_MS);
        const truncated = ((response[2] ?? 0) & 0x02) !== 0;
        return truncated ? await exchange(server, message, 'tcp', FORWARD_TIMEOUT_MS) : response;
      } catch (error) {
        failures.add(1, { to: server });
        effects.log.debug('A resolver did not answer.', { server, error });
      }
    }
    return undefined;
  }

  return {
    async forward(message, cacheKey) {
      const id = ((message[0] ?? 0) << 8) | (message[1] ?? 0);
      const cached = cache.get(cacheKey, id);
      if (cached !== undefined) {
        hits.add();
        return cached;
      }
      if (underWay >= FORWARDS_MAX) return undefined;
      underWay += 1;
      try {
        const response = await ask(message);
        if (response !== undefined) cache.set(cacheKey, response);
        return response;
      } finally {
        underWay -= 1;
      }
    },
  };
}

/**
 * The resolvers of a resolv.conf that can be forwarded to: loopback ones stand for a program on another host's loopback,
 * and our own address would ask ourselves for ever.
 */
export function resolversOf(resolvConf: string, ownAddresses: readonly string[]): string[] {
  const servers = resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter((server): server is string => server !== undefined);
  return servers.filter((server) => !server.startsWith('127.') && server !== '::1' && !ownAddresses.includes(server));
}
