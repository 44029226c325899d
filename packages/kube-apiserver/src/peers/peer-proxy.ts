/**
 * Requests for resources that this server does not serve go to one that does, so that clients need not know which of several
 * servers is the newer one (KEP-4020). The user goes along in the headers of a front proxy, which peers believe of this server's
 * proxy certificate.
 */
import { errors } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { HttpRequest, ResponseHeaders } from '@steersman/server';
import type { Storage } from '@steersman/storage';
import type { UserInfo } from '../authentication/contract.ts';
import type { Exchange, Outcome, Stage } from '../pipeline/exchange.ts';
import type { PostStartHook } from '../post-start-hook.ts';
import type { CallPeer } from './adapters/peer-connection.ts';
import { type PeerDirectory, peerDirectory } from './peer-directory.ts';

/** On a request that was passed on: it is answered where it arrives. */
const PROXIED_HEADER = 'x-kubernetes-peer-proxied';
const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const SELF: UserInfo = { name: 'system:apiserver', uid: 'system:apiserver', groups: ['system:authenticated'] };
/** Headers of one hop (RFC 9110, 7.6.1), and what only this server may say. */
const STOPPED_HEADERS =
  /^(?::.*|host|authorization|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|x-remote-.*|content-length)$/;

export interface PeerProxyOptions {
  readonly storage: Storage;
  readonly client: Client;
  readonly effects: Effects;
  readonly serverId: string;
  readonly call: CallPeer;
  /** Whether this server serves `group/version/resource`. */
  readonly isServed: (resource: string) => boolean;
  /** host:port under which peers reach this server; asked once it serves. */
  readonly ownAddress: () => string;
}

export interface PeerProxy {
  readonly stage: Stage;
  readonly hook: PostStartHook;
  readonly directory: PeerDirectory;
}

export function createPeerProxy(options: PeerProxyOptions): PeerProxy {
  const { effects, call, isServed } = options;
  const directory = peerDirectory({ ...options, servedBy: (address, signal) => servedBy(call, address, signal) });
  const proxied = effects.metrics.counter(
    'apiserver_rerouted_request_total',
    'Requests that were passed on to another API server.',
    ['code'],
  );
  return {
    directory,
    stage(exchange) {
      const { info, request, upgrade } = exchange;
      if (!info.isResource || upgrade !== undefined || request.headers[PROXIED_HEADER] === 'true') return 'next';
      const resource = `${info.group}/${info.version}/${info.resource}`;
      if (isServed(resource)) return 'next';
      const peers = directory.serving(resource);
      const peer = peers[effects.random.integer(Math.max(1, peers.length))];
      if (peer === undefined) return 'next';
      return passOn(exchange, peer, call, (code) => proxied.add(1, { code: String(code) }));
    },
    hook: {
      name: 'mixed-version-proxy-handler',
      async run({ beforeShutdown, signal }) {
        // Peers may be slow or gone: what they serve is learned while this server is at work already.
        directory.follow(options.ownAddress(), signal);
        beforeShutdown(directory.withdraw);
      },
    },
  };
}

async function passOn(
  exchange: Exchange,
  address: string,
  call: CallPeer,
  count: (code: number) => void,
): Promise<Outcome> {
  const { request, response, user } = exchange;
  const { method, path, query, signal } = request;
  const bodiless = method === 'GET' || method === 'HEAD';
  const answer = await call({
    address,
    method,
    path: query === '' ? path : `${path}?${query}`,
    headers: { ...passedHeaders(request), ...userHeaders(user), [PROXIED_HEADER]: 'true' },
    body: bodiless ? undefined : request.bodyStream(),
    signal,
  }).catch((error: unknown) => {
    count(503);
    throw errors.serviceUnavailable(`Error while proxying request to destination apiserver: ${String(error)}`);
  });
  count(answer.statusCode ?? 502);
  const out = response.stream(answer.statusCode ?? 502, answerHeaders(answer.headers));
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

function passedHeaders({ headers }: HttpRequest): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !STOPPED_HEADERS.test(name)) passed[name] = value;
  return passed;
}

/** As a front proxy says who asks. */
function userHeaders({ name, uid, groups, extra }: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'x-remote-user': name, 'x-remote-group': [...groups] };
  if (uid !== undefined && uid !== '') headers['x-remote-uid'] = uid;
  for (const [key, values] of Object.entries(extra ?? {}))
    headers[`x-remote-extra-${encodeURIComponent(key).toLowerCase()}`] = [...values];
  return headers;
}

function answerHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): ResponseHeaders {
  const passed: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !STOPPED_HEADERS.test(name)) passed[name] = value;
  return passed;
}

interface DiscoveryDocument {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly { readonly resource: string }[];
    }[];
  }[];
}

/** What a server says it serves. */
async function servedBy(call: CallPeer, address: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const served = new Set<string>();
  for (const path of ['/api', '/apis']) {
    const headers = { ...userHeaders(SELF), accept: DISCOVERY, [PROXIED_HEADER]: 'true' };
    const answer = await call({ address, method: 'GET', path, headers, body: undefined, signal });
    const chunks = await Array.fromAsync(answer as AsyncIterable<Buffer>);
    if (answer.statusCode !== 200) throw errors.serviceUnavailable(`${path} answered ${answer.statusCode}`);
    const document = JSON.parse(Buffer.concat(chunks).toString()) as DiscoveryDocument;
    for (const { metadata, versions } of document.items ?? [])
      for (const { version, resources } of versions ?? [])
        for (const { resource } of resources ?? []) served.add(`${metadata?.name ?? ''}/${version}/${resource}`);
  }
  return served;
}
