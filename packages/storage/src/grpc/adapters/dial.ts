import { connect, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';

const CONNECT_MS_MAX = 5_000;

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: DialTls | undefined;
}
/** PEM. Without `ca`, the authorities that Node knows. */
export interface DialTls {
  readonly ca?: string | Uint8Array | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
}

/** Connects for HTTP/2. Rejects when nobody answers, or when the certificate is not the host's. */
export function dial({ host, port, tls }: DialOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = tls === undefined ? connect({ host, port }) : connectSecurely(host, port, tls);
    const ready = tls === undefined ? 'connect' : 'secureConnect';
    const giveUp = (why: unknown) => {
      socket.destroy();
      reject(why);
    };
    const late = () => giveUp(`no answer within ${CONNECT_MS_MAX / 1000} s`);
    socket.setTimeout(CONNECT_MS_MAX, late);
    socket.once('error', giveUp);
    socket.once(ready, () => {
      socket.off('error', giveUp);
      socket.off('timeout', late);
      socket.setTimeout(0);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function connectSecurely(host: string, port: number, { ca, cert, key }: DialTls): Socket {
  return connectTls({
    host,
    port,
    ALPNProtocols: ['h2'],
    ...(ca !== undefined && { ca: Buffer.from(ca) }),
    ...(cert !== undefined && { cert: Buffer.from(cert) }),
    ...(key !== undefined && { key: Buffer.from(key) }),
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  });
}
