/** exec, attach and port-forward: tunnelled to the runtime's streaming server, or served here for simulated pods. */
import { errors } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import type { HttpRequest, UpgradeSocket } from '@steersman/server';
import {
  acceptSpdyCommand,
  acceptSpdyUpgrade,
  acceptWebSocket,
  acceptWebSocketCommand,
  isSpdyRequest,
  isWebSocketRequest,
  negotiateStreamProtocol,
  negotiateWebSocketCommand,
  offeredProtocols,
  outcomeBytes,
  PORT_FORWARD_CHANNEL_PROTOCOLS,
  PORT_FORWARD_PROTOCOL,
  PORT_FORWARD_TUNNEL_PROTOCOL,
  type RemoteCommandSession,
  SPDY_COMMAND_PROTOCOLS,
  serveChannelPortForward,
  servePortForward,
  terminalSizes,
  translateWebSocketCommand,
  tunnelUpgrade,
  webSocketBytes,
} from '@steersman/streams';
import type { ExecOptions, PortForwardTarget, ProcessStreams, ProcessTarget } from './contract.ts';

/** One upgrade request. */
export interface Upgrade {
  readonly request: HttpRequest;
  readonly connection: UpgradeSocket;
  readonly clock: Clock;
}

const V5 = 'v5.channel.k8s.io';

/** Headers of the upgrade itself and of its protocol; everything else stops here. */
function passedHeaders(request: HttpRequest): Record<string, string> {
  const wanted = /^(?:connection|upgrade|x-stream-protocol-version|sec-websocket-.*|origin)$/;
  return Object.fromEntries(
    Object.entries(request.headers).filter((entry): entry is [string, string] => {
      const [name, value] = entry;
      return wanted.test(name) && typeof value === 'string';
    }),
  );
}

async function tunnel({ request, connection }: Upgrade, url: string): Promise<void> {
  const { socket, head } = connection;
  const options = { url, method: request.method, headers: passedHeaders(request), client: socket, clientHead: head };
  try {
    await tunnelUpgrade(options);
  } catch (error) {
    throw errors.internal(`error dialing the container runtime: ${error instanceof Error ? error.message : error}`);
  }
}

/** Serves exec or attach. Throws ApiError before anything was written, never after. */
export async function serveProcess(upgrade: Upgrade, options: ExecOptions, target: ProcessTarget): Promise<void> {
  const { request, connection, clock } = upgrade;
  const webSocket = isWebSocketRequest(request);
  if (!webSocket && !isSpdyRequest(request)) {
    throw errors.badRequest('unable to upgrade: ask for SPDY/3.1 or a WebSocket');
  }
  if (target.kind === 'url') {
    if (!webSocket || !offeredProtocols(request).includes(V5)) return tunnel(upgrade, target.url);
    const upstream = { url: target.url, headers: {} };
    return translateWebSocketCommand({ request, ...connection, protocol: V5, command: options, upstream, clock });
  }
  const session = await acceptSession(upgrade, options, webSocket);
  if (session !== undefined) await runLocally(session, target.run);
}

/** Undefined when the client left before the session was up. */
async function acceptSession(
  { request, connection, clock }: Upgrade,
  command: ExecOptions,
  webSocket: boolean,
): Promise<RemoteCommandSession | undefined> {
  if (webSocket) {
    const protocol = negotiateWebSocketCommand(request);
    if (protocol === undefined) throw errors.badRequest('unable to upgrade: no subprotocol in common');
    return acceptWebSocketCommand({ request, ...connection, protocol, command });
  }
  const agreed = negotiateStreamProtocol(request, SPDY_COMMAND_PROTOCOLS);
  if (agreed.kind === 'refused') throw errors.badRequest(agreed.message);
  const socket = acceptSpdyUpgrade(connection.socket, connection.head, agreed.protocol);
  return acceptSpdyCommand({ socket, protocol: agreed.protocol, command, clock }).catch(() => undefined);
}

async function runLocally(
  session: RemoteCommandSession,
  run: (streams: ProcessStreams) => Promise<number>,
): Promise<void> {
  const { stdin, stdout, stderr, resize, signal } = session;
  try {
    const code = await run({
      ...(stdin && { stdin }),
      ...(stdout && { stdout }),
      ...(stderr && { stderr }),
      resizes: terminalSizes(resize),
      signal,
    });
    await session.finish(outcomeBytes({ kind: 'exit', code }, session.protocol));
  } catch (error) {
    const message = `error executing command in container: ${error instanceof Error ? error.message : error}`;
    await session.finish(outcomeBytes({ kind: 'error', message }, session.protocol));
  }
}

/** Serves port-forward. Throws ApiError before anything was written, never after. */
export async function servePortForwarding(
  upgrade: Upgrade,
  ports: readonly number[],
  target: PortForwardTarget,
): Promise<void> {
  if (target.kind === 'url') return tunnel(upgrade, target.url);
  const { request, connection, clock } = upgrade;
  const { connect } = target;
  if (isSpdyRequest(request)) {
    const agreed = negotiateStreamProtocol(request, [PORT_FORWARD_PROTOCOL]);
    if (agreed.kind === 'refused') throw errors.badRequest(agreed.message);
    const socket = acceptSpdyUpgrade(connection.socket, connection.head, agreed.protocol);
    return servePortForward({ socket, clock, connect });
  }
  if (!isWebSocketRequest(request)) throw errors.badRequest('unable to upgrade: ask for SPDY/3.1 or a WebSocket');
  const offered = offeredProtocols(request);
  if (offered.includes(PORT_FORWARD_TUNNEL_PROTOCOL)) {
    const { socket, head } = connection;
    const webSocket = await acceptWebSocket(request, socket, head, PORT_FORWARD_TUNNEL_PROTOCOL);
    return servePortForward({ socket: webSocketBytes(webSocket), clock, connect });
  }
  const protocol = offered.length === 0 ? '' : PORT_FORWARD_CHANNEL_PROTOCOLS.find((name) => offered.includes(name));
  if (protocol === undefined) throw errors.badRequest('unable to upgrade: no subprotocol in common');
  return serveChannelPortForward({ request, ...connection, protocol, ports, connect });
}
