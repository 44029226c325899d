import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { fakeEffects } from '@steersman/machinery';
import type { Transport } from '../contract.ts';
import { createFakeApi } from '../fake/fake-api.ts';
import { testTransport } from '../transport.suite.ts';
import { TransportError } from '../transport-error.ts';
import { createHttpTransport, type HttpTransportOptions } from './http-transport.ts';

/** Puts a transport behind a node server: what a request brings is passed in, and the answer streamed out. */
function serve(transport: Transport): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const stop = new AbortController();
    response.on('close', () => stop.abort());
    response.on('error', () => {});
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const { method = 'GET', url = '/' } = request;
      const answer = await transport.request({
        method,
        path: url,
        headers,
        signal: stop.signal,
        ...(body.length === 0 ? {} : { body }),
      });
      response.writeHead(answer.status, answer.headers);
      for await (const chunk of answer.body) response.write(chunk);
      response.end();
    })().catch(() => response.destroy());
  };
}

function certificate(): { readonly cert: string; readonly key: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'client-test-'));
  try {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(folder, 'key')];
    execFileSync('openssl', ['req', '-x509', '-days', '1', ...key, '-out', join(folder, 'cert'), ...subject], {
      stdio: 'ignore',
    });
    return { cert: readFileSync(join(folder, 'cert'), 'utf8'), key: readFileSync(join(folder, 'key'), 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function opened(server: Server, options: Omit<HttpTransportOptions, 'server'>, scheme: string) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const transport = createHttpTransport({ server: `${scheme}://127.0.0.1:${port}`, ...options });
  return {
    transport,
    close: async () => {
      await transport.close();
      server.close();
    },
  };
}

const handler = () => serve(createFakeApi({ effects: fakeEffects() }).transport);
testTransport('HTTP/1.1 transport', () => opened(createPlain(handler()), {}, 'http'));

const own = certificate();
if (own === undefined) test('HTTP/2 transport', { skip: 'openssl is not installed' });
else {
  const secure = () => createSecureServer({ ...own, allowHTTP1: true }, handler() as never);
  testTransport('HTTP/2 transport', () => opened(secure(), { ca: own.cert, token: 'secret' }, 'https'));
  testTransport('HTTPS/1.1 transport', () => opened(secure(), { ca: own.cert, protocol: 'http1' }, 'https'));

  test('HTTP/2 transport fails the request, and nothing else, when the server goes while the connection is made', async () => {
    const server = createTlsServer({ ...own, ALPNProtocols: ['h2'] }, (socket) => void socket.destroy());
    const { transport, close } = await opened(server, { ca: own.cert }, 'https');
    for (let round = 0; round < 50; round += 1)
      await assert.rejects(transport.request({ method: 'GET', path: '/', headers: {} }), TransportError);
    await close();
  });

  test('HTTP/2 transport leaves no connection behind when it is closed while one is made', async () => {
    const server = createSecureServer({ ...own });
    const { transport, close } = await opened(server, { ca: own.cert }, 'https');
    const request = transport.request({ method: 'GET', path: '/', headers: {} });
    await transport.close();
    await assert.rejects(request, TransportError);
    const gone = once(server, 'close'); // Comes when the last connection is gone.
    await close();
    await gone;
  });

  for (const protocol of ['auto', 'http1'] as const)
    test(`createHttpTransport() says that an answer broke off when the connection does, ${protocol}`, async () => {
      const breaksOff = (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.write('the first half', () => setImmediate(() => cut()));
      };
      const server = createSecureServer({ ...own, allowHTTP1: true }, breaksOff as never);
      const sockets = new Set<Socket>();
      server.on('connection', (socket: Socket) => sockets.add(socket));
      const cut = () => {
        for (const socket of sockets) socket.destroy();
      };
      const { transport, close } = await opened(server, { ca: own.cert, protocol }, 'https');
      try {
        const { body } = await transport.request({ method: 'GET', path: '/', headers: {} });
        await assert.rejects(Array.fromAsync(body), { code: 'ConnectionLost', message: 'GET /: the answer broke off' });
      } finally {
        await close();
      }
    });
}
