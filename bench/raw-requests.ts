/** Requests over one kept TLS connection each, written and read by hand: Node's client costs more than what is measured. */
import { connect, type TLSSocket } from 'node:tls';
import type { Target } from './target.ts';

const HEAD_END = '\r\n\r\n';

export function tlsTo({ url }: Target, protocol: 'http/1.1' | 'h2'): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { host: hostname, port: Number(port), rejectUnauthorized: false, ALPNProtocols: [protocol] };
    const socket = connect(options, () => resolve(socket));
    socket.on('error', reject);
  });
}

export interface RawSender {
  /** Resolves with the status. One request at a time. */
  readonly send: (method: string, path: string, body: string, type?: string) => Promise<number>;
  readonly close: () => void;
}

/** For requests with small answers. */
export async function rawSender(target: Target): Promise<RawSender> {
  const socket = await tlsTo(target, 'http/1.1');
  let answered: (status: number) => void = () => undefined;
  let received = '';
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    const head = received.indexOf(HEAD_END);
    if (head === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < head + HEAD_END.length + length) return;
    const status = Number(received.slice(9, 12));
    received = '';
    answered(status);
  });
  const headers = `Host: bench\r\nAuthorization: Bearer ${target.token}\r\n`;
  return {
    send: (method, path, body, type = 'application/json') =>
      new Promise((resolve) => {
        answered = resolve;
        const content = `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}`;
        socket.write(`${method} ${path} HTTP/1.1\r\n${headers}${content}${HEAD_END}${body}`);
      }),
    close: () => void socket.destroy(),
  };
}
