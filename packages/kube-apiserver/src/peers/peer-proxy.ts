/**
 * Requests for resources that this server does not serve go to one that does, so that clients need not know which of several
 * servers is the newer one (KEP-4020). The user goes along in the headers of a front proxy, which peers believe of this server's
 * proxy certificate.
 */
import { errors } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { Exchange, Outcome, Stage } from '../pipeline/exchange.ts';
import type { RequestInfo } from '../pipeline/request-info.ts';
import type { PostStartHook } from '../post-start-hook.ts';
import type { CallPeer, PeerConnections } from './adapters/peer-connection.ts';
import { type PeerDirectory, peerDirectory } from './peer-directory.ts';
import { discoverPeer } from './peer-discovery.ts';
import { PROXIED_HEADER } from './proxied-request.ts';
import { createRelays } from './relays.ts';

type Asked = Pick<RequestInfo, 'group' | 'version' | 'resource'>;
/** How upstream counts what servers ask each other. */
const DISCOVERY: Asked = { group: '', version: '', resource: '' };

export interface PeerProxyOptions {
  readonly storage: Storage;
  readonly client: Client;
  readonly effects: Effects;
  readonly serverId: string;
  readonly connections: PeerConnections;
  /** Whether this server serves `group/version/resource`. */
  readonly isServed: (resource: string) => boolean;
}

export interface PeerProxy {
  readonly stage: Stage;
  readonly hook: PostStartHook;
  readonly directory: PeerDirectory;
  /** Ends watches that go through this server, behind the last whole event. */
  end(): void;
}

export function createPeerProxy(options: PeerProxyOptions): PeerProxy {
  const { effects, connections, isServed } = options;
  const labels = ['group', 'version', 'resource'];
  const proxied = effects.metrics.counter(
    'apiserver_rerouted_request_total',
    'Requests that were passed on to another API server.',
    ['code', ...labels],
  );
  const failures = effects.metrics.counter(
    'apiserver_peer_proxy_errors_total',
    'Requests that could not be passed on to another API server.',
    ['type', ...labels],
  );
  const count = (code: number, { group, version, resource }: Asked) =>
    proxied.add(1, { code: String(code), group, version, resource });
  const discovery: CallPeer = async (call) => {
    const answer = await connections.call(call).catch((error: unknown) => {
      count(503, DISCOVERY);
      throw error;
    });
    count(answer.statusCode ?? 502, DISCOVERY);
    return answer;
  };
  const relays = createRelays({
    connections,
    clock: effects.clock,
    count: ({ info }, code) => count(code, info),
  });
  const directory = peerDirectory({
    ...options,
    discover: (address, signal) => discoverPeer(discovery, address, signal),
    onLost: relays.giveUp,
  });
  /** In an order of chance, so that all get their share. */
  const serving = (name: string) => {
    const addresses = directory.serving(name);
    const first = effects.random.integer(Math.max(1, addresses.length));
    return [...addresses.slice(first), ...addresses.slice(0, first)];
  };
  const lookAgain = async (name: string) => {
    await directory.lookAgain();
    return serving(name);
  };
  /** Who was here a moment ago may have been replaced by somebody else meanwhile. */
  const passOn = async (exchange: Exchange, name: string): Promise<Outcome> => {
    const known = serving(name);
    const addresses = known.length > 0 ? known : await lookAgain(name);
    if (addresses.length > 0) return relays.passOn(exchange, addresses, () => lookAgain(name));
    const { group, version, resource } = exchange.info;
    failures.add(1, { type: 'endpoint_resolution', group, version, resource });
    throw errors.serviceUnavailable('Error getting ip and port info of the remote server while proxying');
  };
  return {
    directory,
    end: relays.end,
    stage(exchange) {
      const { group, version, resource, isResource } = exchange.info;
      if (!isResource || exchange.request.headers[PROXIED_HEADER] === 'true') return 'next';
      const name = `${group}/${version}/${resource}`;
      if (isServed(name)) return 'next';
      if (directory.serving(name).length === 0 && !directory.served(name)) return 'next';
      return passOn(exchange, name);
    },
    hook: {
      name: 'mixed-version-proxy-handler',
      // What others serve is known before clients come, unless they do not answer in time.
      run: ({ signal }) => directory.follow(signal),
    },
  };
}
