/** The remotecommand protocols over SPDY: server side, and client side towards a container runtime. */
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Clock } from '@steersman/machinery';
import { StreamsError } from '../errors.ts';
import { SpdyConnection } from '../spdy/connection.ts';
import type { SpdyStream } from '../spdy/stream.ts';
import { flushed, type RemoteCommandOptions, type RemoteCommandSession } from './session.ts';

/** Best first. */
export const SPDY_COMMAND_PROTOCOLS = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
/** A client that has upgraded opens its streams at once; upstream waits this long too. */
export const STREAM_CREATION_TIMEOUT_MS = 30_000;

const carriesResize = (protocol: string) => /^v[345]\./.test(protocol);

function streamNames(options: RemoteCommandOptions, protocol: string): readonly string[] {
  const wanted: readonly (readonly [string, boolean])[] = [
    ['error', true],
    ['stdin', options.stdin],
    ['stdout', options.stdout],
    ['stderr', options.stderr && !options.tty],
    ['resize', options.tty && carriesResize(protocol)],
  ];
  return wanted.filter(([, present]) => present).map(([name]) => name);
}

export interface SpdyCommandServerOptions {
  /** The upgraded socket. */
  readonly socket: Duplex;
  readonly protocol: string;
  readonly command: RemoteCommandOptions;
  readonly clock: Clock;
}

/**
 * Waits for the client's streams. Throws StreamsError Timeout when they do not all come, ConnectionClosed when the
 * client leaves first; the connection is closed then.
 */
export async function acceptSpdyCommand(options: SpdyCommandServerOptions): Promise<RemoteCommandSession> {
  const { socket, protocol, command, clock } = options;
  const missing = new Set(streamNames(command, protocol));
  const streams = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const connection = new SpdyConnection({
    socket,
    role: 'server',
    clock,
    onStream: (stream) => {
      const name = stream.headers['streamtype'] ?? '';
      if (!missing.delete(name)) return void stream.destroy();
      streams.set(name, stream);
      if (missing.size === 0) complete.resolve();
    },
  });
  const gone = new AbortController();
  void connection.closed.then(() => {
    gone.abort();
    complete.reject(new StreamsError('ConnectionClosed', 'the client left before its streams were open'));
  });
  const cancel = clock.schedule(STREAM_CREATION_TIMEOUT_MS, () =>
    complete.reject(new StreamsError('Timeout', `timed out waiting for client to create streams: ${[...missing]}`)),
  );
  try {
    await complete.promise;
  } catch (error) {
    connection.abort();
    throw error;
  } finally {
    cancel();
  }
  return sessionOf(connection, streams, protocol, gone.signal);
}

function sessionOf(
  connection: SpdyConnection,
  streams: ReadonlyMap<string, SpdyStream>,
  protocol: string,
  signal: AbortSignal,
): RemoteCommandSession {
  const [stdin, stdout, stderr] = [streams.get('stdin'), streams.get('stdout'), streams.get('stderr')];
  const resize = streams.get('resize');
  return {
    protocol,
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    ...(resize && { resize }),
    signal,
    async finish(errorStream) {
      await Promise.all([flushed(stdout), flushed(stderr)]);
      await flushed(streams.get('error'), errorStream);
      await connection.close();
    },
  };
}

/** The client's ends of one session. */
export interface SpdyCommandClient {
  readonly connection: SpdyConnection;
  /** The server writes on the error stream even when all went well (v4). */
  readonly reportsOutcome: boolean;
  readonly error: Readable;
  readonly stdin?: Writable;
  readonly stdout?: Readable;
  readonly stderr?: Readable;
  readonly resize?: Writable;
}

/** Opens the streams of a session on a socket that was upgraded with `protocol`. Throws StreamsError. */
export async function openSpdyCommand(options: SpdyCommandServerOptions): Promise<SpdyCommandClient> {
  const connection = new SpdyConnection({ socket: options.socket, role: 'client', clock: options.clock });
  const streams = new Map<string, SpdyStream>();
  try {
    for (const name of streamNames(options.command, options.protocol)) {
      streams.set(name, await connection.openStream({ streamtype: name }));
    }
  } catch (error) {
    connection.abort();
    throw error;
  }
  const [stdin, stdout, stderr] = [streams.get('stdin'), streams.get('stdout'), streams.get('stderr')];
  const resize = streams.get('resize');
  return {
    connection,
    reportsOutcome: options.protocol.startsWith('v4.'),
    error: streams.get('error')!,
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    ...(resize && { resize }),
  };
}
