/** pods/exec, pods/attach and pods/portforward: passed to the kubelet, translated where runtimes lag behind clients. */
import { errors, type Pod, Resources } from '@steersman/api';
import { queryFlag, type UpgradeSocket } from '@steersman/server';
import {
  acceptWebSocket,
  dialUpgrade,
  isSpdyRequest,
  isWebSocketRequest,
  offeredProtocols,
  PORT_FORWARD_PROTOCOL,
  PORT_FORWARD_TUNNEL_PROTOCOL,
  STREAM_PROTOCOL_HEADER,
  splice,
  translateWebSocketCommand,
  tunnelUpgrade,
  webSocketBytes,
} from '@steersman/streams';
import type { StreamHandler, StreamRequest } from '../streaming-contract.ts';
import { chooseContainer } from './choose-container.ts';
import { backendError, kubeletTls } from './kubelet-location.ts';
import { type Kubelet, localRequest, type ReachDependencies, reachKubelet } from './reach.ts';

const V5 = 'v5.channel.k8s.io';
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Headers of the upgrade and its protocol. Credentials of the user stop here. */
function passedHeaders(request: StreamRequest): Record<string, string> {
  const wanted = /^(?:connection|upgrade|x-stream-protocol-version|sec-websocket-(?!protocol).*)$/;
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.http.headers)) {
    if (wanted.test(name) && typeof value === 'string') passed[name] = value;
  }
  const protocols = offeredProtocols(request.http).filter((name) => !name.startsWith('base64url.bearer.'));
  if (protocols.length > 0) passed['sec-websocket-protocol'] = protocols.join(', ');
  return passed;
}

function upgradeOf(request: StreamRequest): UpgradeSocket {
  const known = isSpdyRequest(request.http) || isWebSocketRequest(request.http);
  if (request.upgrade === undefined || !known) throw errors.badRequest('Upgrade request required');
  return request.upgrade;
}

async function kubeletFor(dependencies: ReachDependencies, pod: Pod): Promise<Kubelet> {
  const node = pod.spec.nodeName;
  if (!node) throw errors.badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return reachKubelet(dependencies, node);
}

async function tunnel(dependencies: ReachDependencies, request: StreamRequest, url: string): Promise<void> {
  const { socket, head } = upgradeOf(request);
  const tls = kubeletTls(dependencies.config);
  const headers = passedHeaders(request);
  try {
    await tunnelUpgrade({ url, method: request.http.method, headers, tls, client: socket, clientHead: head });
  } catch (error) {
    throw backendError(`error dialing backend: ${messageOf(error)}`);
  }
}

/** What exec and attach ask for: PodExecOptions in the query, the kubelet's own names in the URL. */
function commandOf(parameters: URLSearchParams, command: readonly string[]) {
  const tty = queryFlag(parameters.get('tty'));
  const options = {
    stdin: queryFlag(parameters.get('stdin')),
    stdout: queryFlag(parameters.get('stdout')),
    stderr: queryFlag(parameters.get('stderr')) && !tty,
    tty,
  };
  const query = new URLSearchParams(command.map((word): [string, string] => ['command', word]));
  if (options.stdin) query.set('input', '1');
  if (options.stdout) query.set('output', '1');
  if (options.stderr) query.set('error', '1');
  if (options.tty) query.set('tty', '1');
  return { options, query };
}

async function handleCommand(
  dependencies: ReachDependencies,
  request: StreamRequest,
  subresource: 'exec' | 'attach',
): Promise<void> {
  const { namespace, name, parameters } = request;
  const command = subresource === 'exec' ? parameters.getAll('command') : [];
  const { options, query } = commandOf(parameters, command);
  if (subresource === 'exec' && command.length === 0) throw errors.badRequest('you must specify at least one command');
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw errors.badRequest('you must specify at least 1 of stdin, stdout, stderr');
  }
  const pod = await dependencies.client.resource(Resources.pods).get({ namespace, name });
  const container = chooseContainer(pod, parameters.get('container') ?? '');
  const connection = upgradeOf(request);
  const where = [namespace, name, container].map(encodeURIComponent).join('/');
  const path = `/${subresource}/${where}`;
  const kubelet = await kubeletFor(dependencies, pod);
  if (kubelet.kind === 'local') {
    return kubelet.handler(localRequest(request.http, path, String(query)), request.response, connection);
  }
  const url = `${kubelet.url}${path}?${query}`;
  if (!isWebSocketRequest(request.http) || !offeredProtocols(request.http).includes(V5)) {
    return tunnel(dependencies, request, url);
  }
  await translateWebSocketCommand({
    request: request.http,
    ...connection,
    protocol: V5,
    command: options,
    upstream: { url, headers: {}, tls: kubeletTls(dependencies.config) },
    clock: dependencies.effects.clock,
  });
}

async function handlePortForward(dependencies: ReachDependencies, request: StreamRequest): Promise<void> {
  const { namespace, name, parameters } = request;
  const pod = await dependencies.client.resource(Resources.pods).get({ namespace, name });
  const connection = upgradeOf(request);
  const query = new URLSearchParams(parameters.getAll('ports').map((port): [string, string] => ['port', port]));
  const path = `/portForward/${[namespace, name].map(encodeURIComponent).join('/')}`;
  const kubelet = await kubeletFor(dependencies, pod);
  if (kubelet.kind === 'local') {
    return kubelet.handler(localRequest(request.http, path, String(query)), request.response, connection);
  }
  const url = `${kubelet.url}${path}${query.size === 0 ? '' : `?${query}`}`;
  const tunnelled =
    isWebSocketRequest(request.http) && offeredProtocols(request.http).includes(PORT_FORWARD_TUNNEL_PROTOCOL);
  if (!tunnelled) return tunnel(dependencies, request, url);
  await unwrapTunnel(dependencies, request, connection, url);
}

/** The WebSocket's messages are the bytes of a SPDY connection: they go to the kubelet as one. */
async function unwrapTunnel(
  { config }: ReachDependencies,
  request: StreamRequest,
  { socket, head }: UpgradeSocket,
  url: string,
): Promise<void> {
  const headers = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', [STREAM_PROTOCOL_HEADER]: PORT_FORWARD_PROTOCOL };
  const upstream = await dialUpgrade({ url, method: 'POST', headers, tls: kubeletTls(config) }).catch(
    (error: unknown) => {
      throw backendError(`unable to upgrade streaming request: ${messageOf(error)}`);
    },
  );
  const webSocket = await acceptWebSocket(request.http, socket, head, PORT_FORWARD_TUNNEL_PROTOCOL);
  await splice(webSocketBytes(webSocket), upstream.socket);
}

/** exec, attach and portforward, in their order of use. */
export function sessionHandlers(dependencies: ReachDependencies): readonly StreamHandler[] {
  const handler = (subresource: string, handle: (request: StreamRequest) => Promise<void>): StreamHandler => ({
    group: '',
    resource: 'pods',
    subresource,
    methods: ['GET', 'POST'],
    handle,
  });
  return [
    handler('exec', (request) => handleCommand(dependencies, request, 'exec')),
    handler('attach', (request) => handleCommand(dependencies, request, 'attach')),
    handler('portforward', (request) => handlePortForward(dependencies, request)),
  ];
}
