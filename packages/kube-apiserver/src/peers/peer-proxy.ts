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
import { dialText } from '../streaming/dial-text.ts';
import type { CallPeer, PeerConnections } from './adapters/peer-connection.ts';
import { type PeerDirectory, peerDirectory } from './peer-directory.ts';
import { discoverPeer } from './peer-discovery.ts';
import { answerHeaders, PROXIED_HEADER, proxiedHeaders } from './proxied-request.ts';

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
  const directory = peerDirectory({
    ...options,
    discover: (address, signal) => discoverPeer(discovery, address, signal),
  });
  return {
    directory,
    stage(exchange) {
      const { group, version, resource, isResource } = exchange.info;
      if (!isResource || exchange.request.headers[PROXIED_HEADER] === 'true') return 'next';
      const name = `${group}/${version}/${resource}`;
      if (isServed(name)) return 'next';
      const addresses = directory.serving(name);
      const address = addresses[effects.random.integer(Math.max(1, addresses.length))];
      if (address !== undefined) return passOn(exchange, address, connections, (code) => count(code, exchange.info));
      if (!directory.served(name)) return 'next';
      failures.add(1, { type: 'endpoint_resolution', group, version, resource });
      throw errors.serviceUnavailable('Error getting ip and port info of the remote server while proxying');
    },
    hook: {
      name: 'mixed-version-proxy-handler',
      // What others serve is known before clients come, unless they do not answer in time.
      run: ({ signal }) => directory.follow(signal),
    },
  };
}

type Count = (code: number) => void;

async function passOn(
  exchange: Exchange,
  address: string,
  connections: PeerConnections,
  count: Count,
): Promise<Outcome> {
  const { request, upgrade, user } = exchange;
  const { method, path, query } = request;
  const headers = proxiedHeaders(request, user, upgrade !== undefined);
  const call = { address, method, path: query === '' ? path : `${path}?${query}`, headers };
  try {
    if (upgrade === undefined) return await answered(exchange, call, connections, count);
    await connections.tunnel(call, upgrade);
    count(101);
  } catch (error) {
    count(503);
    sendUnreachable(exchange, error);
  }
  return 'answered';
}

/** Rejects when there is no answer; one that breaks off breaks off for the client too. */
async function answered(
  { request, response }: Exchange,
  call: Omit<Parameters<PeerConnections['call']>[0], 'body' | 'signal'>,
  connections: PeerConnections,
  count: Count,
): Promise<Outcome> {
  const bodiless = request.method === 'GET' || request.method === 'HEAD';
  const body = bodiless ? undefined : request.bodyStream();
  const answer = await connections.call({ ...call, body, signal: request.signal });
  const code = answer.statusCode ?? 502;
  count(code);
  const out = response.stream(code, answerHeaders(answer.headers));
  out.onClose(() => answer.destroy());
  try {
    for await (const chunk of answer) {
      if (out.closed) break;
      if (!out.write(chunk as Buffer)) await out.drained();
    }
    out.end();
  } catch {
    out.destroy();
  }
  return 'answered';
}

/** Plain text, as upstream's proxy answers. */
function sendUnreachable({ response }: Exchange, error: unknown): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  response.send(503, headers, Buffer.from(`${dialText(error)}\n`));
}
