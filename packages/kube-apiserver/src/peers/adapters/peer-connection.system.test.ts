import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { freePort } from '@steersman/machinery';
import { isUnsent, type PeerCredentials, peerConnections } from './peer-connection.ts';

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';
const PATIENT = new AbortController().signal;

describe('connections to peers', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-peer-connection-'));
  let credentials: PeerCredentials;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  before(() => {
    credentials = certificates(folder);
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    for (const socket of sockets) socket.destroy();
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
  });

  async function listening(server: Server): Promise<string> {
    server.on('connection', (socket) => sockets.add(socket));
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  /** `which` counts the requests on a connection from zero. */
  function startPeer(answer: (request: IncomingMessage, response: ServerResponse, which: number) => void) {
    const counts = new WeakMap<Socket, number>();
    const { authority, certificate, key } = credentials;
    const tls = { ca: authority, cert: certificate, key, requestCert: true, rejectUnauthorized: false };
    return listening(
      createServer(tls, (request, response) => {
        const which = counts.get(request.socket) ?? 0;
        counts.set(request.socket, which + 1);
        answer(request, response, which);
      }),
    );
  }
  const callTo = (address: string, method = 'GET') => ({
    address,
    method,
    path: '/',
    headers: {},
    body: undefined,
    signal: PATIENT,
  });
  async function textOf(answer: IncomingMessage): Promise<string> {
    return (await answer.setEncoding('utf8').toArray()).join('');
  }

  test('peerConnections() reads again when a connection that was kept turns out to be closed', async () => {
    let requests = 0;
    const address = await startPeer((request, response, which) => {
      requests += 1;
      if (which > 0) request.socket.destroy();
      else response.end(`answer ${requests}`);
    });
    const { call } = peerConnections(() => credentials);
    assert.equal(await textOf(await call(callTo(address))), 'answer 1');
    assert.equal(await textOf(await call(callTo(address))), 'answer 3');
  });

  test('peerConnections() never sends a write twice, nor on a connection that may be closing', async () => {
    const seen: string[] = [];
    const address = await startPeer((request, response, which) => {
      seen.push(`${request.method} ${which}`);
      if (request.method === 'PUT') request.socket.destroy();
      else response.end();
    });
    const { call } = peerConnections(() => credentials);
    for (const method of ['GET', 'POST', 'POST']) await textOf(await call(callTo(address, method)));
    const error = await call(callTo(address, 'PUT')).catch((reason: unknown) => reason);
    assert.deepEqual([(error as Error).message, isUnsent(error)], ['socket hang up', false]);
    assert.deepEqual(seen, ['GET 0', 'POST 0', 'POST 0', 'PUT 0']);
  });

  test('peerConnections() shows its whole certificate chain on every connection', async () => {
    const chains: number[] = [];
    const address = await startPeer((request, response) => {
      const own = (request.socket as TLSSocket).getPeerCertificate(true);
      chains.push(own.issuerCertificate?.subject?.CN === 'test-intermediate' ? 2 : 1);
      response.end();
    });
    const { call } = peerConnections(() => credentials);
    for (let round = 0; round < 3; round++) await textOf(await call(callTo(address, 'POST')));
    assert.deepEqual(chains, [2, 2, 2]);
  });

  test('peerConnections() shows credentials that were replaced, once they fit together', async () => {
    const names: string[] = [];
    const address = await startPeer((request, response) => {
      names.push((request.socket as TLSSocket).getPeerCertificate().subject.CN as string);
      response.end();
    });
    const next = certificates(folder, 'next');
    let now = credentials;
    const { call } = peerConnections(() => now);
    const authority = credentials.authority + next.authority;
    for (const shown of [credentials, { ...next, key: credentials.key }, { ...next, authority }]) {
      now = shown;
      await textOf(await call(callTo(address, 'POST')));
    }
    assert.deepEqual(names, ['front-proxy', 'front-proxy', 'next']);
  });

  test('peerConnections() says of a peer that cannot be reached that it has seen nothing, and leaves the body for another', async () => {
    const { call } = peerConnections(() => credentials);
    const body = new PassThrough().end('body');
    const address = `127.0.0.1:${await freePort()}`;
    const error = await call({ ...callTo(address, 'POST'), body }).catch((reason: unknown) => reason);
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    assert.equal(isUnsent(error), true);
    assert.equal(await body.setEncoding('utf8').toArray().then(String), 'body');
  });

  test('peerConnections() gives up a peer that takes connections and says nothing', async () => {
    const address = await listening(createTcpServer());
    const { call, tunnel } = peerConnections(() => credentials, 50);
    const error = await call(callTo(address)).catch((reason: unknown) => reason);
    assert.deepEqual([(error as Error).message, isUnsent(error)], ['net/http: TLS handshake timeout', true]);
    const client = { socket: new PassThrough(), head: new Uint8Array(0) };
    await assert.rejects(tunnel(callTo(address), client), { message: 'net/http: TLS handshake timeout' });
  });
});

/** A certificate for servers and their clients, which an intermediate authority vouches for. */
function certificates(folder: string, common = 'front-proxy'): PeerCredentials {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const authority = ['-addext', 'basicConstraints=critical,CA:TRUE'];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=test-ca', '-keyout', 'ca.key', '-out', 'ca.crt', ...authority);
  const signed = (name: string, common: string, by: string, extensions: string) => {
    writeFileSync(at(`${name}.ext`), extensions);
    openssl('req', ...newKey, '-subj', `/CN=${common}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const parent = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial', '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...parent, '-out', `${name}.crt`);
  };
  signed('between', 'test-intermediate', 'ca', 'basicConstraints=critical,CA:TRUE\n');
  signed('proxy', common, 'between', 'subjectAltName=DNS:kubernetes.default.svc\n');
  const read = (name: string) => readFileSync(at(name), 'utf8');
  return { authority: read('ca.crt'), certificate: read('proxy.crt') + read('between.crt'), key: read('proxy.key') };
}
