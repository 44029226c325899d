/** pods/proxy, services/proxy and nodes/proxy: HTTP and upgraded connections to what runs in the cluster. */
import { errors, Resources } from '@steersman/api';
import { callInProcess, type HttpHandler, type ResponseHeaders } from '@steersman/server';
import { offeredProtocols, tunnelUpgrade } from '@steersman/streams';
import type { StreamHandler, StreamRequest } from '../streaming-contract.ts';
import { forward } from './adapters/forward.ts';
import { dialText } from './dial-text.ts';
import { backendError, kubeletLocation, kubeletTls, preferredAddressTypes } from './kubelet-location.ts';
import { type ProxyPlace, proxiedLink, proxiedPage } from './proxy-links.ts';
import { nodeTarget, type ProxyTarget, parseProxyName, podTarget, serviceTarget } from './proxy-target.ts';
import { checkPodsReachable, isSimulated, LOCAL_PEER, localRequest, type ReachDependencies } from './reach.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Headers of one hop (RFC 9110, 7.6.1). */
const HOP_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

async function targetOf(
  dependencies: ReachDependencies,
  resource: string,
  request: StreamRequest,
): Promise<ProxyTarget> {
  const { client, config, effects } = dependencies;
  const { namespace } = request;
  if (resource === 'nodes') {
    const asked = parseProxyName(request.name, 'node');
    const node = await client.resource(Resources.nodes).get({ name: asked.name });
    if (isSimulated(node)) return simulatedTarget(dependencies, asked.name);
    return nodeTarget(asked, kubeletLocation(node, preferredAddressTypes(config)));
  }
  if (resource === 'pods') {
    const asked = parseProxyName(request.name, 'pod');
    return podTarget(await client.resource(Resources.pods).get({ namespace, name: asked.name }), asked);
  }
  const asked = parseProxyName(request.name, 'service');
  const service = await client.resource(Resources.services).get({ namespace, name: asked.name });
  const labelSelector = `kubernetes.io/service-name=${asked.name}`;
  const slices = await client.resource(Resources.endpointSlices).list({ namespace, labelSelector });
  return serviceTarget(service, slices.items, asked, (count) => effects.random.integer(Math.max(1, count)));
}

/** The kubelet of a simulated node in another process. Throws ApiError ServiceUnavailable when there is none. */
function simulatedTarget({ simulatedKubelets }: ReachDependencies, node: string): ProxyTarget {
  if (simulatedKubelets === undefined) throw errors.serviceUnavailable(`node ${JSON.stringify(node)} is simulated`);
  const { host } = new URL(simulatedKubelets);
  return { scheme: 'https', authority: host, prefix: `/${encodeURIComponent(node)}`, kubelet: true };
}

/** The user's credentials are for this server alone; the rest is made anew below. */
const STOPPED_HEADERS = new Set(['host', 'authorization', 'sec-websocket-protocol']);

function forwardedHeaders(request: StreamRequest, upgrade: boolean): Record<string, string> {
  const { headers, peer } = request.http;
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const hop = HOP_HEADERS.has(name) && !(upgrade && (name === 'connection' || name === 'upgrade'));
    if (hop || name.startsWith(':') || STOPPED_HEADERS.has(name) || value === undefined) continue;
    passed[name] = value;
  }
  const protocols = offeredProtocols(request.http).filter((name) => !name.startsWith('base64url.bearer.'));
  if (protocols.length > 0) passed['sec-websocket-protocol'] = protocols.join(', ');
  const before = headers['x-forwarded-for'];
  passed['x-forwarded-for'] = before === undefined ? peer.remoteAddress : `${before}, ${peer.remoteAddress}`;
  passed['x-forwarded-host'] = headers['host'] ?? headers[':authority'] ?? '';
  passed['x-forwarded-proto'] = 'https';
  passed['x-forwarded-uri'] = request.http.path;
  return passed;
}

/** The part of this server's path that stands for the root of the target. */
function prefixOf(request: StreamRequest): string {
  const { path } = request.http;
  return path.slice(0, path.length - request.rest.length);
}

/** Pages larger than this pass as they are: to rewrite one it has to be held whole. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;

/** Whether the links of the answer are to be rewritten: plain HTML of a known, bearable length, or of none. */
function isPage(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  const [type = ''] = String(headers['content-type'] ?? '').split(';');
  if (type.trim() !== 'text/html' || headers['content-encoding'] !== undefined) return false;
  return Number(headers['content-length'] ?? 0) <= PAGE_BYTES_MAX;
}

async function handleProxy(dependencies: ReachDependencies, resource: string, request: StreamRequest): Promise<void> {
  const { http, response, upgrade, signal } = request;
  if (request.rest === '' && (http.method === 'GET' || http.method === 'HEAD') && upgrade === undefined) {
    // Relative links of the target's pages work only below a slash.
    response.send(301, { location: `${http.path}/${http.query === '' ? '' : `?${http.query}`}` });
    return;
  }
  const local = resource === 'nodes' ? dependencies.localKubelet(parseProxyName(request.name, 'node').name) : undefined;
  if (local !== undefined) return proxyLocally(local, request);
  const target = await targetOf(dependencies, resource, request);
  if (resource !== 'nodes' && target.node) await checkPodsReachable(dependencies, target.node);
  const tls = target.kubelet ? kubeletTls(dependencies.config) : { insecure: true };
  const query = http.query === '' ? '' : `?${http.query}`;
  const url = `${target.scheme}://${target.authority}${target.prefix ?? ''}${request.rest || '/'}${query}`;
  const headers = forwardedHeaders(request, upgrade !== undefined);
  const unreachable = (error: unknown): never => {
    if (upgrade !== undefined) throw backendError(`error dialing backend: ${dialText(error)}`);
    throw errors.serviceUnavailable(`error trying to reach service: ${dialText(error)}`);
  };
  if (upgrade !== undefined) {
    const { socket: client, head: clientHead } = upgrade;
    await tunnelUpgrade({ url, method: http.method, headers, tls, client, clientHead }).catch(unreachable);
    return;
  }
  const bodiless = http.method === 'GET' || http.method === 'HEAD';
  const body = bodiless ? undefined : http.bodyStream();
  if (bodiless) delete headers['content-length'];
  const answer = await forward({ url, method: http.method, headers, tls, body, signal }).catch(unreachable);
  const place = { authority: target.authority, asked: String(headers['x-forwarded-host']), prefix: prefixOf(request) };
  const page = http.method !== 'HEAD' && isPage(answer.headers);
  const out = response.stream(answer.statusCode ?? 502, answerHeaders(answer.headers, place, page));
  out.onClose(() => answer.destroy());
  try {
    for await (const chunk of page ? rewritten(answer, place) : answer) {
      if (out.closed) return;
      if (!out.write(chunk as Buffer)) await out.drained();
    }
    out.end();
  } catch {
    out.destroy();
  }
}

/** To the kubelet API of a node in this process. */
async function proxyLocally(handler: HttpHandler, request: StreamRequest): Promise<void> {
  const { http, response, upgrade, rest, signal } = request;
  if (upgrade !== undefined) return handler(localRequest(http, rest, http.query), response, upgrade);
  const path = http.query === '' ? rest : `${rest}?${http.query}`;
  const body = http.method === 'GET' || http.method === 'HEAD' ? {} : { body: await http.body() };
  const call = { method: http.method, path, headers: {}, signal, ...body };
  const answer = await callInProcess(handler, LOCAL_PEER, call);
  const out = response.stream(answer.status, answer.headers);
  for await (const chunk of answer.body) {
    if (out.closed) return;
    if (!out.write(chunk)) await out.drained();
  }
  out.end();
}

/** The page with its links led through the proxy, byte for byte otherwise; as it is when it grows too large. */
async function* rewritten(answer: AsyncIterable<Uint8Array>, place: ProxyPlace): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = [];
  let bytes = 0;
  let tooLarge = false;
  for await (const chunk of answer) {
    bytes += chunk.length;
    if (tooLarge) yield chunk;
    else held.push(chunk);
    if (tooLarge || bytes <= PAGE_BYTES_MAX) continue;
    tooLarge = true;
    yield* held;
  }
  if (!tooLarge) yield Buffer.from(proxiedPage(Buffer.concat(held).toString('latin1'), place), 'latin1');
}

function answerHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  place: ProxyPlace,
  page: boolean,
): ResponseHeaders {
  const passed: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_HEADERS.has(name) || (page && name === 'content-length')) continue;
    passed[name] = name === 'location' && typeof value === 'string' ? proxiedLink(value, place) : value;
  }
  return passed;
}

/** The three proxies. */
export function proxyHandlers(dependencies: ReachDependencies): readonly StreamHandler[] {
  return ['pods', 'services', 'nodes'].map((resource) => ({
    group: '',
    resource,
    subresource: 'proxy',
    methods: METHODS,
    handle: (request: StreamRequest) => handleProxy(dependencies, resource, request),
  }));
}
