import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { fakeClock } from '@steersman/machinery';
import { PREFACE } from './frames.ts';
import { GrpcServer, type Method, type ServerCall } from './server.ts';

const BYTES_MAX = 2_000_000;

function serverOf(methods: Readonly<Record<string, Method>>) {
  const clock = fakeClock();
  const options = { messageBytesMax: BYTES_MAX, keepaliveMs: 60_000, keepaliveAnswerMs: 1000, clock };
  const server = new GrpcServer({ methods: new Map(Object.entries(methods)), ...options });
  const accept = (): Duplex => {
    const [near, far] = duplexPair();
    server.accept(far);
    return near;
  };
  return { server, clock, accept };
}
const echo: Method = {
  kind: 'unary',
  answer: async (bytes) => ({ bytes }),
  encode: ({ bytes }) => bytes as Uint8Array,
};

const messageOf = (body: Uint8Array) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};
const HEADERS = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };

interface Outcome {
  readonly headers: Record<string, unknown>;
  readonly trailers: Record<string, unknown>;
  readonly body: Buffer;
}
/** A call by Node's own HTTP/2. */
function call(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body: Uint8Array): Promise<Outcome> {
  const stream = session.request({ ...HEADERS, ...headers });
  stream.end(body);
  return outcomeOf(stream);
}
function outcomeOf(stream: ClientHttp2Stream): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let headers = {};
    let trailers = {};
    const parts: Buffer[] = [];
    stream.on('response', (fields) => (headers = fields));
    stream.on('trailers', (fields) => (trailers = fields));
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('error', reject);
    stream.on('close', () => resolve({ headers, trailers, body: Buffer.concat(parts) }));
  });
}
const clientOn = (socket: Duplex, settings = {}) =>
  connect('http://etcd', { createConnection: () => socket as never, settings });

test('GrpcServer answers calls of any size, at once and one after the other', async () => {
  const { accept, server } = serverOf({ '/s/Echo': echo });
  const client = clientOn(accept(), { initialWindowSize: 1000, maxFrameSize: 16_384, headerTableSize: 0 });
  const bodies = [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(100_000, 1), Buffer.alloc(BYTES_MAX, 2)];
  for (let round = 0; round < 2; round += 1) {
    const outcomes = await Promise.all(bodies.map((body) => call(client, { ':path': '/s/Echo' }, messageOf(body))));
    for (const [index, { headers, trailers, body }] of outcomes.entries()) {
      assert.equal(headers[':status'], 200);
      assert.equal(trailers['grpc-status'], '0');
      assert.ok(body.equals(messageOf(bodies[index]!)));
    }
  }
  client.close();
  server.close();
});

test('GrpcServer refuses what it does not have, what is too large, compressed, or not gRPC', async () => {
  const refuse: Method = { ...echo, answer: () => Promise.reject({ code: 11, details: 'für 100%' }) };
  const { accept, server } = serverOf({ '/s/Echo': echo, '/s/Refuse': refuse });
  const client = clientOn(accept());
  const refusal = async (headers: OutgoingHttpHeaders, body: Uint8Array = messageOf(Buffer.of(1))) => {
    const outcome = await call(client, headers, body);
    return [outcome.headers['grpc-status'], outcome.headers['grpc-message']];
  };
  assert.deepEqual(await refusal({ ':path': '/s/Nothing' }), ['12', 'unknown method Nothing for service s']);
  assert.deepEqual(await refusal({ ':path': '/other/Nothing' }), ['12', 'unknown service other']);
  assert.deepEqual(await refusal({ ':path': '/s/Refuse' }), ['11', 'f%C3%BCr 100%25']);
  assert.equal((await refusal({ ':path': '/s/Echo', 'grpc-encoding': 'gzip' }))[0], '12');
  assert.equal((await refusal({ ':path': '/s/Echo' }, Buffer.from('01000000010a', 'hex')))[0], '12');
  assert.equal((await refusal({ ':path': '/s/Echo' }, Buffer.alloc(0)))[0], '13');
  assert.equal((await refusal({ ':path': '/s/Echo' }, messageOf(Buffer.alloc(BYTES_MAX + 1))))[0], '8');
  const page = await call(client, { ':path': '/s/Echo', 'content-type': 'text/html' }, Buffer.alloc(0));
  assert.equal(page.headers[':status'], 415);
  client.close();
  server.close();
});

test('GrpcServer tells a stream what the client sends, and that it is over', async () => {
  const heard: string[] = [];
  let current: ServerCall | undefined;
  const closed = Promise.withResolvers<void>();
  const open = (opened: ServerCall) => {
    current = opened;
    return {
      onMessage(message: Buffer) {
        heard.push(String(message));
        opened.send(message);
      },
      onEnd: () => opened.end({ code: 10, details: 'enough' }),
      onClose: () => closed.resolve(),
    };
  };
  const { accept, server } = serverOf({ '/s/Stream': { kind: 'stream', open } });
  const client = clientOn(accept());
  const stream = client.request({ ...HEADERS, ':path': '/s/Stream' });
  const outcome = outcomeOf(stream);
  stream.write(messageOf(Buffer.from('one')));
  stream.write(Buffer.concat([messageOf(Buffer.from('two')), messageOf(Buffer.from('three')).subarray(0, 3)]));
  stream.end(messageOf(Buffer.from('three')).subarray(3));
  const { trailers, body } = await outcome;
  assert.deepEqual(heard, ['one', 'two', 'three']);
  assert.deepEqual([trailers['grpc-status'], trailers['grpc-message']], ['10', 'enough']);
  assert.ok(body.equals(Buffer.concat(heard.map((text) => messageOf(Buffer.from(text))))));
  await closed.promise;
  assert.equal(current!.over, true);
  client.close();
  server.close();
});

test('GrpcServer says that a message was sent only when the client has made room for it', async () => {
  const sent: number[] = [];
  const all = Promise.withResolvers<void>();
  const open = (opened: ServerCall) => {
    for (let index = 0; index < 3; index += 1)
      opened.send(Buffer.alloc(60_000, index), () => {
        sent.push(index);
        if (sent.length === 3) all.resolve();
      });
    return { onMessage: () => undefined, onEnd: () => undefined, onClose: () => undefined };
  };
  const { accept, server } = serverOf({ '/s/Stream': { kind: 'stream', open } });
  const client = clientOn(accept());
  const stream = client.request({ ...HEADERS, ':path': '/s/Stream' });
  stream.on('error', () => undefined);
  await new Promise((resolve) => stream.once('readable', resolve));
  assert.ok(sent.length < 3, `${sent.length} of 3 were sent to a client that does not read`);
  stream.on('data', () => undefined);
  await all.promise;
  assert.deepEqual(sent, [0, 1, 2]);
  client.destroy();
  server.close();
});

const frame = (type: number, flags: number, stream: number, payload: Uint8Array) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

test('GrpcServer ends connections that break the protocol, and no others', async () => {
  const settings = frame(4, 0, 0, Buffer.alloc(0));
  const endless = Array.from({ length: 10 }, () => frame(9, 0, 1, Buffer.alloc(16_000)));
  const hostile: Readonly<Record<string, readonly Buffer[]>> = {
    'not HTTP/2': [Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')],
    'a frame that is too long': [PREFACE, settings, Buffer.from('ffffff000000000001', 'hex')],
    'data before a stream': [PREFACE, settings, frame(0, 0, 1, Buffer.of(1))],
    'an even stream': [PREFACE, settings, frame(1, 4, 2, Buffer.of(0x82))],
    'a broken block': [PREFACE, settings, frame(1, 4, 1, Buffer.of(0xff, 0xff))],
    'a block without end': [PREFACE, settings, frame(1, 0, 1, Buffer.of(0x82)), ...endless],
    'a block interrupted': [PREFACE, settings, frame(1, 0, 1, Buffer.of(0x82)), frame(6, 0, 0, Buffer.alloc(8))],
    'a window of nothing': [PREFACE, settings, frame(8, 0, 0, Buffer.alloc(4))],
    'a window too wide': [PREFACE, settings, frame(8, 0, 0, Buffer.from('7fffffff', 'hex'))],
    'padding only': [PREFACE, settings, frame(1, 12, 1, Buffer.of(9, 0x82))],
    'a ping of one byte': [PREFACE, settings, frame(6, 0, 0, Buffer.of(1))],
  };
  const { accept, server } = serverOf({ '/s/Echo': echo });
  const good = clientOn(accept());
  for (const [what, parts] of Object.entries(hostile)) {
    const socket = accept();
    socket.on('error', () => undefined);
    socket.resume();
    const ended = new Promise((resolve) => socket.once('end', resolve));
    // Byte by byte too: nothing may depend on where packets end.
    for (const part of parts) {
      for (const byte of part.subarray(0, 100)) socket.write(Buffer.of(byte));
      socket.write(part.subarray(100));
    }
    await ended.catch(() => assert.fail(what));
  }
  assert.equal((await call(good, { ':path': '/s/Echo' }, messageOf(Buffer.of(1)))).trailers['grpc-status'], '0');
  good.close();
  server.close();
});

test('GrpcServer has a bounded number of calls under way, also for clients that give up what they asked for', async () => {
  const release = Promise.withResolvers<void>();
  let running = 0;
  const slow: Method = {
    ...echo,
    async answer(bytes) {
      running += 1;
      await release.promise;
      return { bytes };
    },
  };
  const { accept, server } = serverOf({ '/s/Slow': slow });
  const socket = accept();
  socket.on('error', () => undefined);
  socket.resume();
  // POST, a path, the content type, and at once the message and the end of interest.
  const block = Buffer.concat([
    Buffer.from('830407', 'hex'),
    Buffer.from('/s/Slow'),
    Buffer.from('0f1010', 'hex'),
    Buffer.from('application/grpc'),
  ]);
  socket.write(Buffer.concat([PREFACE, frame(4, 0, 0, Buffer.alloc(0))]));
  for (let id = 1; id < 24_000; id += 2)
    socket.write(
      Buffer.concat([
        frame(1, 4, id, block),
        frame(0, 1, id, messageOf(Buffer.of(1))),
        frame(3, 0, id, Buffer.of(0, 0, 0, 8)),
      ]),
    );
  await new Promise((resolve) => socket.write(frame(6, 0, 0, Buffer.alloc(8)), resolve));
  const good = clientOn(accept());
  const answer = call(good, { ':path': '/s/Slow' }, messageOf(Buffer.of(1)));
  while (running < 10_001) await new Promise((resolve) => setImmediate(resolve));
  release.resolve();
  assert.equal((await answer).trailers['grpc-status'], '0');
  assert.equal(running, 10_001, 'those of the other connection, and one here');
  good.close();
  socket.destroy();
  server.close();
});

test('GrpcServer asks silent clients whether they live, and ends the connections of those that do not', async () => {
  const { accept, clock } = serverOf({ '/s/Echo': echo });
  const socket = accept();
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  const ended = new Promise((resolve) => socket.once('end', resolve));
  socket.write(PREFACE);
  await clock.advance(62_000);
  await ended;
  assert.ok(Buffer.concat(received).includes(frame(6, 0, 0, Buffer.alloc(8))), 'a ping was sent');
});
