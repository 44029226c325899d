/** WebSocket v5 exec and attach requests, answered by a server that speaks only SPDY v4. */
import type { Duplex } from 'node:stream';
import type { Clock } from '@steersman/machinery';
import { type DialOptions, dialUpgrade } from '../adapters/dial.ts';
import { STREAM_PROTOCOL_HEADER, type UpgradeRequest } from '../upgrade.ts';
import type { RemoteCommandOptions, RemoteCommandSession } from './session.ts';
import { openSpdyCommand, SPDY_COMMAND_PROTOCOLS, type SpdyCommandClient } from './spdy.ts';
import { outcomeBytes } from './status.ts';
import { translateCommand } from './translate.ts';
import { acceptWebSocketCommand } from './websocket.ts';

export interface TranslateOptions {
  readonly request: UpgradeRequest;
  readonly socket: Duplex;
  readonly head: Uint8Array;
  /** The WebSocket subprotocol agreed on. */
  readonly protocol: string;
  readonly command: RemoteCommandOptions;
  /** Where the SPDY server is; the upgrade headers are added here. */
  readonly upstream: Pick<DialOptions, 'url' | 'tls' | 'headers'>;
  readonly clock: Clock;
}

/**
 * Accepts the WebSocket, runs the session on the SPDY server and resolves when it is over. Whatever goes wrong upstream
 * reaches the client on its error channel, as upstream does it. Rejects only when the WebSocket handshake fails.
 */
export async function translateWebSocketCommand(options: TranslateOptions): Promise<void> {
  const { request, socket, head, protocol, command } = options;
  const session = await acceptWebSocketCommand({ request, socket, head, protocol, command });
  let client: SpdyCommandClient;
  try {
    client = await openUpstream(options, session);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await session.finish(
      outcomeBytes({ kind: 'error', message: `unable to upgrade connection: ${message}` }, protocol),
    );
    return;
  }
  await translateCommand(session, client);
}

async function openUpstream(options: TranslateOptions, session: RemoteCommandSession): Promise<SpdyCommandClient> {
  const { upstream, command, clock } = options;
  const { socket, headers } = await dialUpgrade({
    ...upstream,
    method: 'POST',
    headers: {
      ...upstream.headers,
      Connection: 'Upgrade',
      Upgrade: 'SPDY/3.1',
      [STREAM_PROTOCOL_HEADER]: [...SPDY_COMMAND_PROTOCOLS],
    },
    signal: session.signal,
  });
  const agreed = headers[STREAM_PROTOCOL_HEADER.toLowerCase()];
  return openSpdyCommand({ socket, command, clock, protocol: typeof agreed === 'string' ? agreed : 'channel.k8s.io' });
}
