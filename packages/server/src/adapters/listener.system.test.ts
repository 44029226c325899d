import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { silentLogger } from '@steersman/machinery';
import type { HttpHandler } from '../http-contract.ts';
import { createListener } from './listener.ts';
import { testCertificate, withoutOpenssl } from './test-certificate.ts';

const skip = withoutOpenssl;

async function serve(handler: HttpHandler) {
  const { key, certificate } = testCertificate();
  const listener = createListener({
    handler,
    log: silentLogger,
    tls: { key, certificate, clientCertificateAuthority: certificate },
  });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ ca: certificate, key, cert: certificate, keepAlive: true });
  const http1 = (method: string, path: string, body?: Buffer, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = httpsRequest({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('upgrade', (response, socket, head) => {
        resolve({ status: response.statusCode ?? 0, text: head.toString() });
        socket.destroy();
      });
      request.on('error', reject);
      request.end(body);
    });
  return {
    port,
    certificate,
    http1,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await listener.close();
    },
  };
}

test('createListener gives HTTP/1.1 and HTTP/2 requests the same form', { skip }, async () => {
  await using server = await serve(async (request, response) => {
    const body = await request.body();
    response.setHeader('x-early', 'yes');
    response.send(
      200,
      { 'content-type': 'text/plain' },
      Buffer.from(`${request.method} ${request.path} ${request.query} ${body.length}`),
    );
  });
  assert.deepEqual(await server.http1('POST', '/a?b=c', Buffer.from('hello')), { status: 200, text: 'POST /a b=c 5' });
  const session = connectHttp2(`https://127.0.0.1:${server.port}`, { ca: server.certificate });
  const stream = session.request({ ':method': 'POST', ':path': '/a?b=c' });
  stream.end('hello');
  const chunks = await Array.fromAsync(stream as AsyncIterable<Buffer>);
  assert.equal(Buffer.concat(chunks).toString(), 'POST /a b=c 5');
  session.close();
});

test('createListener tells common name and organizations of a verified client certificate', { skip }, async () => {
  await using server = await serve((request, response) => {
    const { verified, commonName, organizations } = request.peer.certificate ?? {};
    response.send(200, {}, Buffer.from(JSON.stringify({ verified, commonName, organizations })));
  });
  const { text } = await server.http1('GET', '/');
  assert.deepEqual(JSON.parse(text), { verified: true, commonName: 'robot', organizations: ['team', 'other'] });
});

test('createListener keeps the connection of a request that it answers without reading its short body', {
  skip,
}, async (t) => {
  const peers = new Set<unknown>();
  await using server = await serve((request, response) => {
    peers.add(request.peer);
    response.send(request.path === '/refused' ? 403 : 200, {}, Buffer.from(request.method));
  });
  // An agent with one socket, else it would make a second while the first is still busy.
  const agent = new Agent({ ca: server.certificate, keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (const path of ['/refused', '/taken', '/refused', '/taken']) {
    const sent = httpsRequest({ agent, host: '127.0.0.1', port: server.port, method: 'POST', path });
    sent.end(Buffer.alloc(64 * 1024, 'x'));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, path === '/refused' ? 403 : 200);
    assert.equal(Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString(), 'POST');
  }
  assert.equal(peers.size, 1);
});

test('createListener takes up no TLS session again: it would show less of the client certificate', {
  skip,
}, async () => {
  await using server = await serve((_request, response) => response.send(200, {}, Buffer.from('ok')));
  const to = { host: '127.0.0.1', port: server.port, ca: server.certificate, ALPNProtocols: ['http/1.1'] };
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const first = connectTls({ ...to, maxVersion });
    let session: Buffer | undefined;
    first.on('session', (given: Buffer) => (session = given));
    await once(first, 'secureConnect');
    first.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await first.toArray();
    session ??= first.getSession();
    const second = connectTls({ ...to, maxVersion, ...(session === undefined ? {} : { session }) });
    await once(second, 'secureConnect');
    assert.equal(second.isSessionReused(), false, maxVersion);
    second.destroy();
  }
});

test('createListener refuses a body over the limit', { skip }, async () => {
  await using server = await serve(async (request, response) => {
    const outcome = await request.body(10).then(
      () => 'read',
      (error: unknown) => String((error as { code: number }).code),
    );
    response.send(200, {}, Buffer.from(outcome));
  });
  assert.equal((await server.http1('POST', '/', Buffer.alloc(11))).text, '413');
});

test('createListener hands over the socket of an upgrade, or answers it like any request', { skip }, async () => {
  await using server = await serve((request, response, upgrade) => {
    if (upgrade === undefined || request.path !== '/stream') return response.send(403, {}, Buffer.from('no'));
    upgrade.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nframes');
  });
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
  assert.deepEqual(await server.http1('POST', '/stream', undefined, headers), { status: 101, text: 'frames' });
  assert.deepEqual(await server.http1('POST', '/other', undefined, headers), { status: 403, text: 'no' });
});

test('createListener says in one line that a port is in use', { skip }, async () => {
  await using server = await serve((_request, response) => response.send(200, {}));
  const second = createListener({ handler: () => undefined, log: silentLogger });
  await assert.rejects(second.listen({ host: '127.0.0.1', port: server.port }), /is in use by another process/);
});

test('Listener.close does not wait for connections that never shake hands or keep a stream open', {
  skip,
}, async () => {
  const { key, certificate } = testCertificate();
  const handler: HttpHandler = (_request, response) => void response.stream(200, {}).write(Buffer.from('open'));
  const listener = createListener({ handler, log: silentLogger, tls: { key, certificate } });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  const silent = connectTcp(port, '127.0.0.1');
  silent.on('error', () => undefined);
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificate });
  session.on('error', () => undefined);
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => undefined);
  await once(stream, 'data');
  await listener.close(50);
  assert.equal(listener.connections, 0);
  silent.destroy();
  session.destroy();
});

test('Listener.stopAccepting answers what comes first on connections that are open, and cuts those on which nothing comes', {
  skip,
}, async () => {
  const { key, certificate } = testCertificate();
  const seen: string[] = [];
  const handler: HttpHandler = (request, response) => {
    seen.push(request.path);
    response.send(200, {}, Buffer.from('answered'));
  };
  const limits = { firstRequestMs: 60_000 };
  const listener = createListener({ handler, log: silentLogger, tls: { key, certificate }, limits });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  const plain = connectTls({ host: '127.0.0.1', port, ca: certificate, ALPNProtocols: ['http/1.1'] });
  await once(plain, 'secureConnect');
  // A whole exchange on another connection: by then the server knows this one.
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificate });
  await once(session, 'remoteSettings');
  const stopping = listener.stopAccepting();
  plain.write('POST /plain HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  const text = (await plain.setEncoding('utf8').toArray()).join('');
  assert.match(text, /^HTTP\/1.1 200 OK\r\n.*Connection: close.*answered$/is);
  await stopping;
  assert.deepEqual(seen, ['/plain']);
  await listener.close();
  const hasty = createListener({
    handler,
    log: silentLogger,
    tls: { key, certificate },
    limits: { firstRequestMs: 0 },
  });
  const silent = connectTls({ ...(await hasty.listen({ host: '127.0.0.1', port: 0 })), ca: certificate });
  silent.on('error', () => undefined);
  await once(silent, 'secureConnect');
  const closed = once(silent, 'close');
  await hasty.stopAccepting();
  await closed;
  await hasty.close();
});

test('Listener.stopAccepting lets an answer be told to its end that is just ending', { skip }, async () => {
  const { key, certificate } = testCertificate();
  const handler: HttpHandler = async (_request, response) => {
    await new Promise(setImmediate);
    const out = response.stream(200, {});
    for (const part of ['one ', 'two ', 'three']) out.write(Buffer.from(part));
    out.end();
    void listener.stopAccepting();
  };
  const listener = createListener({ handler, log: silentLogger, tls: { key, certificate } });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ ca: certificate, keepAlive: true });
  const request = httpsRequest({ agent, host: '127.0.0.1', port }).end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal((await answer.setEncoding('utf8').toArray()).join(''), 'one two three');
  await listener.close(60_000);
});
