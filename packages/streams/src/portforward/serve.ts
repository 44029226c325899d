/** The portforward.k8s.io protocol over SPDY: a data and an error stream per forwarded connection. */
import type { Duplex } from 'node:stream';
import type { Clock } from '@steersman/machinery';
import { flushed } from '../remotecommand/session.ts';
import { STREAM_CREATION_TIMEOUT_MS } from '../remotecommand/spdy.ts';
import { SpdyConnection } from '../spdy/connection.ts';
import type { SpdyStream } from '../spdy/stream.ts';
import { splice } from '../splice.ts';

export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
/** The WebSocket subprotocol whose messages carry the SPDY bytes. */
export const PORT_FORWARD_TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';

export interface PortForwardServerOptions {
  /** The upgraded socket, or the bytes of a tunnelling WebSocket. */
  readonly socket: Duplex;
  readonly clock: Clock;
  /** Opens one connection to a port of the pod; rejects with the reason. */
  readonly connect: (port: number) => Promise<Duplex>;
}

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
}

/** Serves forwarded connections until the client leaves. Never rejects. */
export async function servePortForward(options: PortForwardServerOptions): Promise<void> {
  const pairs = new Map<string, Pair>();
  const connection = new SpdyConnection({
    socket: options.socket,
    role: 'server',
    clock: options.clock,
    onStream: (stream) => {
      const key = requestId(stream);
      const pair = pairs.get(key) ?? {};
      const kind = stream.headers['streamtype'];
      if (portOf(stream) === undefined || (kind !== 'data' && kind !== 'error') || pair[kind])
        return void stream.destroy();
      pair[kind] = stream;
      pairs.set(key, pair);
      if (pair.data && pair.error) {
        pairs.delete(key);
        void forward(pair.data, pair.error, options.connect);
        return;
      }
      const cancel = options.clock.schedule(STREAM_CREATION_TIMEOUT_MS, () => {
        if (pairs.get(key) === pair) pairs.delete(key);
        if (!(pair.data && pair.error)) stream.destroy();
      });
      stream.once('close', cancel);
    },
  });
  await connection.closed;
}

/** Old clients send no request id: their error stream is opened right before its data stream. */
function requestId(stream: SpdyStream): string {
  const given = stream.headers['requestid'];
  if (given !== undefined) return given;
  return String(stream.headers['streamtype'] === 'data' ? stream.id - 2 : stream.id);
}

function portOf(stream: SpdyStream): number | undefined {
  const port = Number(stream.headers['port']);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

async function forward(
  data: SpdyStream,
  error: SpdyStream,
  connect: PortForwardServerOptions['connect'],
): Promise<void> {
  const port = portOf(data)!;
  let target: Duplex;
  try {
    target = await connect(port);
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    await flushed(error, Buffer.from(`error forwarding port ${port} to pod: ${reason}`));
    await flushed(data);
    return;
  }
  await splice(data, target);
  await flushed(error);
}
