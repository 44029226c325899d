/** Probes over the real network, with the error texts that people know from upstream's events. */

import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { nodeHttp } from '@steersman/machinery';
import { type HttpAnswer, type HttpRequest, ProbeFailure, type ProbeNetwork } from '../probes/network.ts';

const addressOf = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
};
const dialError = (host: string, port: number, { code, message }: NodeJS.ErrnoException): string =>
  `dial tcp ${addressOf(host, port)}: ${reasons[code ?? ''] ?? message}`;

export const realProbeNetwork: ProbeNetwork = {
  http,
  tcp(host, port, timeoutMs) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ host, port, timeout: timeoutMs });
    socket.once('connect', () => resolve());
    socket.once('timeout', () => reject(new ProbeFailure(`dial tcp ${addressOf(host, port)}: i/o timeout`)));
    socket.once('error', (error) => reject(new ProbeFailure(dialError(host, port, error))));
    return promise.finally(() => socket.destroy());
  },
  grpcHealth,
};

function http({ scheme, host, port, path, headers, timeoutMs }: HttpRequest): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const url = `${scheme}://${addressOf(host, port)}${path}`;
  const signal = AbortSignal.timeout(timeoutMs);
  // A header given twice stays twice.
  const flat = headers.flatMap(([name, value]) => (name.toLowerCase() === 'host' ? [] : [name, value]));
  const hostHeader = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? addressOf(host, port);
  const options = {
    host,
    port,
    path,
    method: 'GET',
    headers: ['Host', hostHeader, ...flat],
    agent: false as const,
    // Programs in containers write bare newlines and worse; that is no reason to call them unhealthy.
    insecureHTTPParser: true,
    signal,
  };
  const request =
    scheme === 'https' ? httpsRequest({ ...options, rejectUnauthorized: false }) : nodeHttp.request(options);
  request.once('response', (response) => {
    response.resume();
    response.on('error', () => {}); // The answer's head is what counts.
    const { location } = response.headers;
    resolve({ status: response.statusCode ?? 0, ...(location === undefined ? {} : { location }) });
    request.destroy();
  });
  request.once('error', (error) => {
    const why = signal.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : dialError(host, port, error);
    reject(new ProbeFailure(`Get ${JSON.stringify(url)}: ${why}`));
  });
  request.end();
  return promise;
}

const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** The two messages have one field each, so they are written by hand: `service` (1, string) and `status` (1, enum). */
function grpcHealth(host: string, port: number, service: string, timeoutMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const client = new grpc.Client(addressOf(host, port), grpc.credentials.createInsecure());
  const encode = (text: string): Buffer => {
    const bytes = Buffer.from(text);
    return bytes.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]);
  };
  const decode = (bytes: Buffer): string => SERVING_STATUS[bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0] ?? 'UNKNOWN';
  client.makeUnaryRequest(
    HEALTH_CHECK,
    encode,
    decode,
    service,
    new grpc.Metadata(),
    { deadline: Date.now() + timeoutMs },
    (error, status) => {
      if (error === null) resolve(status ?? 'UNKNOWN');
      else reject(new ProbeFailure(grpcFailure(error, addressOf(host, port), timeoutMs)));
    },
  );
  return promise.finally(() => client.close());
}

function grpcFailure(error: grpc.ServiceError, address: string, timeoutMs: number): string {
  const within = `${timeoutMs / 1000}s`;
  switch (error.code) {
    case grpc.status.UNIMPLEMENTED:
      return 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)';
    case grpc.status.DEADLINE_EXCEEDED:
      return `timeout: health rpc did not complete within ${within}`;
    case grpc.status.UNAVAILABLE:
      return `timeout: failed to connect service "${address}" within ${within}: ${error.details}`;
    default:
      return `error: health rpc probe failed: ${error.details}`;
  }
}
