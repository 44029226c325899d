/** A WebSocket client that only listens (RFC 6455), with the credentials of a kubeconfig. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { HttpTransportOptions } from '@steersman/client';
import type { WebSocketTalk } from './contract.ts';
import { ConformanceError } from './expect.ts';

const [CONTINUATION, CLOSE, PING] = [0, 8, 9];

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Bytes that the frame took. */
  readonly length: number;
}

/** The first frame of what has arrived; undefined while it is not complete. Servers never mask. */
function firstFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < head) return undefined;
  const size = head === 10 ? Number(bytes.readBigUInt64BE(2)) : head === 4 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < head + size) return undefined;
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(head, head + size), length: head + size };
}

async function readMessages(socket: Duplex, already: Buffer): Promise<readonly Uint8Array[]> {
  const messages: Uint8Array[] = [];
  let bytes = already;
  const takeFrames = (): boolean => {
    for (let frame = firstFrame(bytes); frame !== undefined; frame = firstFrame(bytes)) {
      bytes = bytes.subarray(frame.length);
      if (frame.opcode === CLOSE) return true;
      if (frame.opcode > CONTINUATION && frame.opcode < CLOSE) messages.push(Buffer.from(frame.payload));
      else if (frame.opcode < PING) messages.push(Buffer.concat([messages.pop() ?? Buffer.of(), frame.payload]));
    }
    return false;
  };
  if (takeFrames()) return messages;
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (takeFrames()) break;
  }
  return messages;
}

/** Opens it and reads until the server closes it. Rejects when the server does not switch protocols. */
export function readWebSocket(
  options: HttpTransportOptions,
  path: string,
  protocol: string,
  signal: AbortSignal,
): Promise<WebSocketTalk> {
  const url = new URL(options.server);
  const token = typeof options.token === 'function' ? options.token() : options.token;
  const settings: RequestOptions = {
    host: url.hostname,
    port: url.port,
    path,
    ca: options.ca,
    cert: options.certificate,
    key: options.key,
    rejectUnauthorized: options.insecureSkipTlsVerify !== true,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': protocol,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal,
  };
  return new Promise((resolve, reject) => {
    const asked = (url.protocol === 'https:' ? httpsRequest : httpRequest)(settings);
    asked.on('error', reject);
    asked.on('response', (response) => {
      response.resume();
      reject(new ConformanceError(`${path}: expected a WebSocket, got status ${response.statusCode}`));
    });
    asked.on('upgrade', ({ headers }, socket, head) => {
      const chosen = String(headers['sec-websocket-protocol'] ?? '');
      readMessages(socket, head)
        .then((messages) => resolve({ protocol: chosen, messages }), reject)
        .finally(() => socket.destroy());
    });
    asked.end();
  });
}
