/** One port for gRPC and plain HTTP, as etcd has it. */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Logger } from '@steersman/machinery';
import { StorageError } from '../../error.ts';
import type { GrpcServer } from '../../grpc/server.ts';

/** Files, PEM. */
export interface FaceTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Whose certificates clients may show; with `clientCertAuth` they must. */
  readonly trustedCaFile?: string | undefined;
  readonly clientCertAuth?: boolean | undefined;
}

/** How HTTP/2 without TLS begins, and no HTTP/1.1 request. */
const HTTP2_PREFACE = 'PRI ';
export interface FaceListener {
  /** Resolves with the port once connections are accepted; rejects with StorageError 'unavailable'. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

export interface FaceListenerOptions {
  readonly services: GrpcServer | undefined;
  readonly http: RequestListener;
  readonly tls?: FaceTls | undefined;
  readonly log: Logger;
}

/** Without `services` it serves plain HTTP only. */
export function createFaceListener({ services, http, tls, log }: FaceListenerOptions): FaceListener {
  const plain = createHttpServer(http);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => log.debug('A connection broke', { error: String(error) }));
  };
  const server = tls === undefined ? openServer(plain, services, keep) : secureServer(plain, services, keep, tls);
  return {
    listen: (host, port) => listening(server, host, port),
    async close() {
      for (const socket of sockets) socket.destroy();
      plain.close();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Services = GrpcServer | undefined;

/** Without TLS the first bytes say which protocol it is. */
function openServer(plain: HttpServer, services: Services, keep: (socket: Socket) => void): Server {
  return createServer((socket) => {
    keep(socket);
    if (services === undefined) return void plain.emit('connection', socket);
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first.subarray(0, HTTP2_PREFACE.length).toString() === HTTP2_PREFACE) services.accept(socket);
      else plain.emit('connection', socket);
      socket.resume();
    });
  });
}

/** With TLS the client names its protocols; whoever can do both gets HTTP/1.1, because no gRPC client offers that. */
function secureServer(plain: HttpServer, services: Services, keep: (socket: Socket) => void, tls: FaceTls): Server {
  const asksForCertificates = tls.trustedCaFile !== undefined && tls.clientCertAuth === true;
  const server = createTlsServer({
    cert: readFileSync(tls.certFile),
    key: readFileSync(tls.keyFile),
    ...(tls.trustedCaFile !== undefined && { ca: readFileSync(tls.trustedCaFile) }),
    requestCert: asksForCertificates,
    rejectUnauthorized: asksForCertificates,
    ALPNProtocols: ['http/1.1', 'h2'],
  });
  server.on('connection', keep);
  server.on('secureConnection', (socket: TLSSocket) => {
    keep(socket);
    if (socket.alpnProtocol === 'h2' && services !== undefined) services.accept(socket);
    else plain.emit('connection', socket);
  });
  return server;
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StorageError('unavailable', `cannot listen on ${host}:${port}: ${String(error)}`, { cause: error })),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
