/** What a hostile client can do to a connection: each costs it the connection or the request, and others are served meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, constants as http2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { silentLogger } from '@steersman/machinery';
import type { HttpHandler, ResponseStream } from '../http-contract.ts';
import {
  PIPELINED_REQUESTS_MAX,
  REQUEST_BODY_BYTES_MAX,
  REQUEST_HEADER_BYTES_MAX,
  STREAM_RESETS_MAX,
  STREAM_UNSENT_BYTES_MAX,
} from '../limits.ts';
import { type ConnectionLimits, createListener, type Listener } from './listener.ts';
import { testCertificate, withoutOpenssl } from './test-certificate.ts';

const skip = withoutOpenssl;
const tls = skip === false ? testCertificate() : { key: Buffer.alloc(0), certificate: Buffer.alloc(0) };

interface Target {
  readonly port: number;
  readonly listener: Listener;
  /** Requests that reached the handler. */
  readonly seen: { count: number };
}

async function serve(t: TestContext, handler: HttpHandler, limits: Partial<ConnectionLimits> = {}): Promise<Target> {
  const seen = { count: 0 };
  const counting: HttpHandler = (request, response, upgrade) => {
    seen.count += 1;
    return handler(request, response, upgrade);
  };
  const listener = createListener({ handler: counting, log: silentLogger, tls, limits });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => listener.close());
  return { port, listener, seen };
}

const ok: HttpHandler = (_request, response) => response.send(200, {}, Buffer.from('ok'));

async function dial(t: TestContext, { port }: Target, options: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', ca: tls.certificate, ALPNProtocols: ['http/1.1'], ...options });
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** Everything until the server closes. */
async function answerTo(socket: TLSSocket, ...sent: string[]): Promise<string> {
  for (const text of sent) socket.write(text);
  return allOf(socket);
}

async function allOf(socket: TLSSocket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

function session(t: TestContext, { port }: Target, settings: object = {}): ClientHttp2Session {
  const made = connectHttp2(`https://127.0.0.1:${port}`, { ca: tls.certificate, settings, maxSessionMemory: 1000 });
  made.on('error', () => undefined);
  t.after(() => made.destroy());
  return made;
}

async function get(on: ClientHttp2Session, headers: object = {}): Promise<{ status: number; text: string }> {
  const stream = on.request({ ':path': '/', ...headers });
  const [answer] = (await once(stream, 'response')) as [Record<string, number>];
  const chunks = await Array.fromAsync(stream as AsyncIterable<Buffer>);
  return { status: answer[':status']!, text: Buffer.concat(chunks).toString() };
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n';
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const unreadable: readonly (readonly [what: string, text: string])[] = [
  ['two lengths of its body', `${REQUEST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  ['two different Content-Length', `${REQUEST}Content-Length: 4\r\nContent-Length: 6\r\n\r\nabcd${SMUGGLED}`],
  ['a negative length', `${REQUEST}Content-Length: -1\r\n\r\n${SMUGGLED}`],
  [
    'a transfer coding that is not the last',
    `${REQUEST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  ['a space before a colon', `${REQUEST}Content-Length : 4\r\n\r\nabcd${SMUGGLED}`],
  ['a NUL in a header', `${REQUEST}X: a\0b\r\n\r\n`],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['no sense', 'what is this\r\n\r\n'],
  ['the preface of HTTP/2 where that was not agreed on', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
];
for (const [what, text] of unreadable) {
  test(`createListener answers an HTTP/1.1 request with ${what} with 400 and closes`, { skip }, async (t) => {
    const target = await serve(t, ok);
    const answer = await answerTo(await dial(t, target), text);
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
    assert.equal(target.seen.count, 0);
  });
}

test('createListener answers headers over the limit with 431, and takes thousands of small ones', {
  skip,
}, async (t) => {
  let headers = 0;
  const target = await serve(t, (request, response) => {
    headers = request.headerValues('x-many').length;
    response.send(200, request.path === '/close' ? { connection: 'close' } : {});
  });
  const large = `X-Large: ${'a'.repeat(REQUEST_HEADER_BYTES_MAX)}\r\n`;
  assert.match(await answerTo(await dial(t, target), `${REQUEST}${large}\r\n`), /^HTTP\/1\.1 431 .*\r\n/);
  assert.match(
    await answerTo(await dial(t, target), `GET /?${'q'.repeat(100_000)} HTTP/1.1\r\n\r\n`),
    /^HTTP\/1\.1 431 /,
  );
  assert.equal(target.seen.count, 0);
  await answerTo(await dial(t, target), `${REQUEST.replace('/', '/close')}${'X-Many: a\r\n'.repeat(4_000)}\r\n`);
  assert.equal(headers, 4_000);
  const connection = session(t, target);
  await get(connection, { 'x-many': Array.from({ length: 1_500 }, () => 'a') });
  assert.equal(headers, 1_500);
  const refused = connection.request({ ':path': '/', 'x-large': 'a'.repeat(REQUEST_HEADER_BYTES_MAX) });
  await once(refused, 'close').catch(() => undefined);
  assert.equal(target.seen.count, 2);
  assert.equal((await get(session(t, target))).status, 200);
});

test('createListener cuts connections that do not shake hands, send no headers, or nothing at all', {
  skip,
}, async (t) => {
  // Long enough for three handshakes on a machine that is busy with other things.
  const target = await serve(t, ok, { headerWaitMs: 2000, checkMs: 50, idleMs: 2000 });
  const silent = connectTcp(target.port, '127.0.0.1');
  const slow = await dial(t, target);
  slow.write('GET / HTTP/1.1\r\nHost: a\r\nX-Sl');
  const mute = await dial(t, target);
  const muteHttp2 = await dial(t, target, { ALPNProtocols: ['h2'] });
  silent.on('error', () => undefined);
  muteHttp2.resume();
  assert.equal(target.listener.connections, 4);
  await Promise.all([once(silent, 'close'), allOf(slow), allOf(mute), once(muteHttp2, 'close')]);
  while (target.listener.connections > 0) await new Promise(setImmediate);
  assert.equal(target.seen.count, 0);
});

test('createListener takes no more connections than its limit, and serves the ones it has', { skip }, async (t) => {
  const target = await serve(t, ok, { connections: 2 });
  const served = session(t, target);
  await get(served);
  await dial(t, target);
  const third = connectTcp(target.port, '127.0.0.1');
  third.on('error', () => undefined);
  await once(third, 'close');
  assert.equal(target.listener.connections, 2);
  assert.equal((await get(served)).status, 200);
});

test('createListener tells too large bodies so and closes, without reading them', { skip }, async (t) => {
  const target = await serve(t, async (request, response) => {
    const code = await request.body().then(
      () => 200,
      (error: { code: number }) => error.code,
    );
    response.send(code, {}, Buffer.from('done'));
  });
  const chunk = 'x'.repeat(64 * 1024);
  const framed = `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  const count = REQUEST_BODY_BYTES_MAX / chunk.length + 1;
  const declared = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n${chunk}`;
  const chunked = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${framed.repeat(count)}`;
  for (const text of [declared, chunked]) {
    const answer = await answerTo(await dial(t, target), text);
    assert.match(answer, /^HTTP\/1\.1 413 .*\r\n(.*\r\n)*connection: close\r\n(.*\r\n)*\r\ndone$/i);
  }
  const connection = session(t, target);
  const stream = connection.request({ ':method': 'POST', ':path': '/', 'content-length': 1e12 }, { endStream: false });
  stream.write(chunk);
  const [headers] = (await once(stream, 'response')) as [Record<string, number>];
  assert.equal(headers[':status'], 413);
  stream.resume();
  await once(stream, 'close');
  assert.equal(stream.rstCode, http2.NGHTTP2_NO_ERROR);
});

test('createListener answers pipelined requests one after the other, and cuts who sends too many', {
  skip,
}, async (t) => {
  const waiting: (() => void)[] = [];
  const target = await serve(t, (_request, response) => {
    waiting.push(() => response.send(200, {}, Buffer.from('x')));
  });
  const few = await dial(t, target);
  few.resume();
  few.write(SMUGGLED.repeat(5));
  for (let at = 0; at < 5; at += 1) {
    while (waiting.length === 0) await new Promise(setImmediate);
    assert.equal(waiting.length, 1);
    waiting.pop()!();
  }
  assert.equal(target.seen.count, 5);
  const many = await dial(t, target);
  await answerTo(many, SMUGGLED.repeat(PIPELINED_REQUESTS_MAX + 2));
  assert.equal(target.seen.count, 6);
});

test('createListener ends connections that reset streams by the thousand, having done little for them', {
  skip,
}, async (t) => {
  const target = await serve(t, ok);
  const hostile = session(t, target);
  await once(hostile, 'remoteSettings');
  const closed = new Promise((resolve) => hostile.once('close', resolve));
  let opened = 0;
  while (!hostile.closed && !hostile.destroyed && opened < 20_000) {
    for (let burst = 0; burst < 100; burst += 1, opened += 1) {
      if (hostile.closed || hostile.destroyed) break;
      const stream = hostile.request({ ':path': '/' });
      stream.on('error', () => undefined);
      stream.close(http2.NGHTTP2_CANCEL);
    }
    await new Promise(setImmediate);
  }
  await closed;
  assert.ok(target.seen.count <= 2 * STREAM_RESETS_MAX, `${target.seen.count} of ${opened}`);
  assert.equal((await get(session(t, target))).status, 200);
});

test('createListener holds little for streams that nobody reads, and serves others beside them', {
  skip,
}, async (t) => {
  const streams: ResponseStream[] = [];
  const chunk = Buffer.alloc(64 * 1024);
  const target = await serve(t, (request, response) => {
    if (request.path === '/small') return response.send(200, {}, Buffer.from('ok'));
    const stream = response.stream(200, {});
    streams.push(stream);
    while (stream.write(chunk));
  });
  const hostile = session(t, target, { initialWindowSize: 0 });
  const open = Array.from({ length: 100 }, () => hostile.request({ ':path': '/' }));
  await Promise.all(open.map((stream) => once(stream, 'response')));
  const held = streams.reduce((sum, stream) => sum + stream.unsentBytes, 0);
  assert.ok(held > 0 && held <= 100 * (STREAM_UNSENT_BYTES_MAX + chunk.length), String(held));
  assert.equal((await get(hostile, { ':path': '/small', ':method': 'HEAD' })).status, 200);
  assert.equal((await get(session(t, target), { ':path': '/small' })).text, 'ok');
});

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const [HEADERS, SETTINGS, PING, CONTINUATION] = [1, 4, 6, 9];
const floods: readonly (readonly [what: string, frames: Buffer])[] = [
  ['pings', Buffer.concat(Array.from({ length: 20_000 }, () => frame(PING, 0, 0, Buffer.alloc(8))))],
  ['settings', Buffer.concat(Array.from({ length: 20_000 }, () => frame(SETTINGS, 0, 0)))],
  [
    'continued headers',
    Buffer.concat([
      frame(HEADERS, 0, 1),
      ...Array.from({ length: 20_000 }, () => frame(CONTINUATION, 0, 1, Buffer.from([0x00, 1, 97, 1, 98]))),
    ]),
  ],
  [
    'empty continuations',
    Buffer.concat(
      [frame(HEADERS, 0, 1), frame(CONTINUATION, 0, 1).subarray(0)].concat(
        Array.from({ length: 20_000 }, () => frame(CONTINUATION, 0, 1)),
      ),
    ),
  ],
];
for (const [what, frames] of floods) {
  test(`createListener ends an HTTP/2 connection that floods it with ${what}`, { skip }, async (t) => {
    const target = await serve(t, ok);
    const socket = await dial(t, target, { ALPNProtocols: ['h2'] });
    socket.pause(); // Who reads the answers to pings floods nobody but itself.
    const ended = once(socket, 'close');
    const pump = () => socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0), frames]));
    pump();
    socket.resume();
    const flood = setInterval(() => socket.write(frames), 20);
    t.after(() => clearInterval(flood));
    await ended;
    clearInterval(flood);
    assert.equal(target.seen.count, 0);
    assert.equal((await get(session(t, target))).status, 200);
  });
}

test('createListener does not shake hands anew', { skip }, async (t) => {
  const target = await serve(t, ok);
  const socket = await dial(t, target, { maxVersion: 'TLSv1.2' });
  const outcome = await new Promise((resolve) => {
    socket.once('close', () => resolve('closed'));
    socket.renegotiate({}, (error) => resolve(error === null ? 'done' : 'refused'));
  });
  assert.notEqual(outcome, 'done');
  assert.equal((await get(session(t, target))).status, 200);
});

test('createListener answers who has closed its own half, and then forgets it', { skip }, async (t) => {
  const target = await serve(t, ok);
  const socket = await dial(t, target, { allowHalfOpen: true });
  socket.end(`${REQUEST}\r\n`);
  await allOf(socket);
  const other = await dial(t, target);
  other.destroy();
  while (target.listener.connections > 0) await new Promise(setImmediate);
});
